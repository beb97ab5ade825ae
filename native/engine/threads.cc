#include "engine/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "common/error.h"

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace eliq::engine {
namespace {

constexpr int kMaxThreads = 1024;

#if defined(__linux__)

int read_topology(int cpu, const char* field) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + field);
  int value = -1;
  file >> value;
  return file ? value : -1;
}

// Distinct (package, core) pairs among the processors of the affinity mask; 0 when the system does not say.
int physical_cores() {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return 0;
  std::set<std::pair<int, int>> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &mask)) continue;
    const int core = read_topology(cpu, "core_id");
    if (core < 0) return CPU_COUNT(&mask);
    cores.emplace(read_topology(cpu, "physical_package_id"), core);
  }
  return static_cast<int>(cores.size());
}

// cgroup v2 (https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max) of this process and of every ancestor that is
// visible; infinity when there is no quota.
double cgroup_quota() {
  std::ifstream self("/proc/self/cgroup");
  std::string path;
  for (std::string line; std::getline(self, line);) {
    if (line.rfind("0::", 0) == 0) path = line.substr(3);
  }
  double quota = HUGE_VAL;
  for (;;) {
    std::ifstream file("/sys/fs/cgroup" + path + "/cpu.max");
    std::string limit;
    double period = 0;
    if (file >> limit >> period && limit != "max" && period > 0) {
      quota = std::min(quota, std::strtod(limit.c_str(), nullptr) / period);
    }
    if (path.empty() || path == "/") return quota;
    path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
  }
}

#else

int physical_cores() {
#if defined(__APPLE__)
  int cores = 0;
  size_t size = sizeof(cores);
  if (sysctlbyname("hw.physicalcpu", &cores, &size, nullptr, 0) == 0) return cores;
#endif
  return 0;
}

double cgroup_quota() { return HUGE_VAL; }

#endif

struct Setting {
  std::mutex mutex;
  int number = 0;  // 0: nobody has decided
  int claims = 0;  // loads under way
  bool final = false;
};

Setting& setting() {
  static Setting& instance = *new Setting;  // used by threads that may outlive static destruction
  return instance;
}

}  // namespace

int default_threads() {
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {
    const int number = std::atoi(text);
    if (number > 0) return std::min(number, kMaxThreads);
  }
  int cores = physical_cores();
  if (cores <= 0) cores = static_cast<int>(std::thread::hardware_concurrency());
  const double allowed = std::min<double>(cores, std::ceil(cgroup_quota()));
  return std::clamp(static_cast<int>(allowed), 1, kMaxThreads);
}

ThreadsClaim::ThreadsClaim(int requested) {
  if (requested < 0 || requested > kMaxThreads) {
    throw Error(ErrorCode::kInvalidArgument, "threads must be between 0 (the default) and " +
                                                 std::to_string(kMaxThreads) + ", not " + std::to_string(requested) +
                                                 ".");
  }
  Setting& process = setting();
  std::lock_guard lock(process.mutex);
  if (process.number != 0 && requested != 0 && requested != process.number) {
    throw Error(ErrorCode::kInvalidArgument, "threads belongs to the process and an earlier load set it to " +
                                                 std::to_string(process.number) + "; it cannot become " +
                                                 std::to_string(requested) +
                                                 ". Leave threads out, or pass the same number to every load.");
  }
  if (process.number == 0) process.number = requested != 0 ? requested : default_threads();
  ++process.claims;
  number_ = process.number;
}

ThreadsClaim::~ThreadsClaim() {
  Setting& process = setting();
  std::lock_guard lock(process.mutex);
  if (--process.claims == 0 && !process.final) process.number = 0;
}

void ThreadsClaim::keep() {
  Setting& process = setting();
  std::lock_guard lock(process.mutex);
  process.final = true;
}

void use_threads_here(int number) { at::set_num_threads(number); }

}  // namespace eliq::engine
