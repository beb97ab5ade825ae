// Sharing, order, cancellation, failures and the end of engines, on a tiny random model.
#include "engine/engine.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <new>
#include <thread>

#include "engine/exceptions.h"
#include "engine/threads.h"
#include "engine/worker.h"
#include "model/critic.h"
#include "test/harness.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace eliq::engine {
namespace {

constexpr const char* kConfig = R"({
  "format": "eliq-model", "formatVersion": 1, "name": "tiny", "revision": "000000000000",
  "input": {"area": 16384, "multiple": 32, "maxSide": 512, "filter": "bicubic", "mean": [127, 127, 127], "std": [128, 128, 128]},
  "backbone": {"family": "compact", "stem": {"channels": 8, "kernel": 3, "stride": 2},
    "stages": [{"kernel": 3, "expansion": 1, "channels": 8, "stride": 1, "repeats": 1},
               {"kernel": 3, "expansion": 2, "channels": 12, "stride": 2, "repeats": 1}],
    "headChannels": 0, "taps": ["stage.0", "stage.1"], "padding": "same", "classes": 0},
  "fusion": {"width": 8, "cell": 32, "gate": "softmax", "dropout": 0.1},
  "query": {"qualityQueries": 2, "alignmentQueries": 0, "depth": 1, "heads": 2, "ffn": 16, "dropout": 0.1, "pool": "queries"},
  "heads": {"hidden": 8, "dropout": 0.1}
})";

// A model directory that goes with the test.
class TinyModel {
 public:
  TinyModel() {
    std::string pattern = (std::filesystem::temp_directory_path() / "eliq-engine-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
    std::ofstream(path_ / "config.json") << kConfig;
    save();
  }
  ~TinyModel() { std::filesystem::remove_all(path_); }

  void save(float quality_bias = 0) {
    torch::manual_seed(1);
    model::Critic critic(io::Json::parse(kConfig, "config.json"));
    torch::NoGradGuard no_grad;
    critic->named_parameters()["heads.quality.output.bias"].fill_(quality_bias);
    model::save_weights(*critic, weights(), model::Storage::kFloat32, {});
  }
  std::string weights() const { return (path_ / "model.safetensors").string(); }
  std::string directory() const { return path_.string(); }
  EngineKey key() const { return {directory(), "cpu"}; }

 private:
  std::filesystem::path path_;
};

Request grey(int64_t side, uint8_t value = 128) {
  Request request;
  request.pixels.assign(static_cast<size_t>(side * side * 3), value);
  request.width = side;
  request.height = side;
  return request;
}

CancelFlag flag(bool set = false) { return std::make_shared<std::atomic<bool>>(set); }

Result ask(EngineHandle& handle, Request request, CancelFlag cancel = flag()) {
  std::promise<Result> answer;
  handle.submit(std::move(request), std::move(cancel), [&](Result result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

// The code of a result that is an error; kInternal with a recorded failure for one that is not.
ErrorCode code_of(const Result& result) {
  EXPECT(std::holds_alternative<Error>(result));
  return std::holds_alternative<Error>(result) ? std::get<Error>(result).code() : ErrorCode::kInternal;
}

// Holds the engine's thread until opened, so that what is queued behind it stays queued.
class Gate {
 public:
  explicit Gate(EngineHandle& handle) {
    handle.submit(grey(8), flag(), [this](Result) {
      entered_.set_value();
      opened_.get_future().wait();
    });
    entered_.get_future().wait();
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_, opened_;
};

}  // namespace

TEST("engine: worker runs tasks in order and drains its queue before it goes") {
  std::vector<int> order;
  {
    Worker worker("test");
    for (int i = 0; i < 100; ++i) worker.post([&order, i] { order.push_back(i); });
  }
  REQUIRE(order.size() == 100);
  EXPECT(std::is_sorted(order.begin(), order.end()));
}

TEST("engine: worker destroyed by its own task finishes alone and is joined later") {
  auto worker = std::make_shared<Worker>("test");
  std::atomic<bool> later{false};
  std::promise<void> released;
  Worker& reference = *worker;
  reference.post([&, held = worker] { released.get_future().wait(); });
  reference.post([&] { later = true; });
  worker.reset();  // the first task now owns the last reference
  released.set_value();
  while (!later) std::this_thread::yield();
  join_retired_workers();
}

TEST("engine: handles on one directory share an engine, however it is spelled") {
  const TinyModel tiny;
  {
    EngineHandle first = EngineHandle::acquire(tiny.key(), 0);
    EngineHandle second = EngineHandle::acquire(
        {tiny.directory() + "/../" + std::filesystem::path(tiny.directory()).filename().string(), "auto"}, 0);
    EXPECT_EQ(engine_count(), 1);
    EXPECT_EQ(second.info().device, "cpu");
    EXPECT_EQ(second.info().queries, 2);
    EXPECT_EQ(second.info().embedding_length, 16);
    first.release();
    EXPECT_EQ(engine_count(), 1);
    EXPECT(std::holds_alternative<Response>(ask(second, grey(40))));
    EXPECT_ERROR(ask(first, grey(40)), ErrorCode::kDisposed);
  }
  EXPECT_EQ(engine_count(), 0);
}

TEST("engine: concurrent acquires share one load") {
  const TinyModel tiny;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::vector<EngineHandle> handles;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
      const std::lock_guard lock(mutex);
      handles.push_back(std::move(handle));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(engine_count(), 1);
  handles.clear();
  EXPECT_EQ(engine_count(), 0);
}

TEST("engine: another directory is another engine") {
  const TinyModel a, b;
  const EngineHandle first = EngineHandle::acquire(a.key(), 0);
  const EngineHandle second = EngineHandle::acquire(b.key(), 0);
  EXPECT_EQ(engine_count(), 2);
}

TEST("engine: one image has one answer, with embedding and maps on request") {
  const TinyModel tiny;
  EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
  Request request = grey(100, 90);
  request.embedding = true;
  request.explain = true;
  const Result result = ask(handle, request);
  REQUIRE(std::holds_alternative<Response>(result));
  const Response& response = std::get<Response>(result);
  const Result again = ask(handle, grey(100, 90));
  REQUIRE(std::holds_alternative<Response>(again));
  EXPECT_EQ(std::get<Response>(again).quality, response.quality);
  EXPECT(std::get<Response>(again).embedding.empty());
  EXPECT(!std::get<Response>(again).explanation);
  EXPECT(!response.alignment);
  EXPECT_EQ(response.embedding.size(), 16u);
  EXPECT(std::isfinite(response.embedding_norm) && response.embedding_norm > 0);

  REQUIRE(response.explanation.has_value());
  const Explanation& explanation = *response.explanation;
  EXPECT_EQ(explanation.input_height, 128);
  EXPECT_EQ(explanation.level_names.size(), 2u);
  const auto tokens = static_cast<size_t>(explanation.grid_height * explanation.grid_width);
  REQUIRE(explanation.gates.size() == 2 * tokens && explanation.attention.size() == 2 * tokens);
  EXPECT_EQ(explanation.quality.size(), tokens);
  for (size_t t = 0; t < tokens; ++t) EXPECT_NEAR(explanation.gates[t] + explanation.gates[tokens + t], 1, 1e-5);
  for (size_t q = 0; q < 2; ++q) {
    double sum = 0;
    for (size_t t = 0; t < tokens; ++t) sum += explanation.attention[q * tokens + t];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

TEST("engine: requests of several handles are answered in the order in which they came") {
  const TinyModel tiny;
  EngineHandle handles[] = {EngineHandle::acquire(tiny.key(), 0), EngineHandle::acquire(tiny.key(), 0)};
  Gate gate(handles[0]);
  std::vector<int> order;
  std::promise<void> finished;
  for (int i = 0; i < 10; ++i) {
    handles[i % 2].submit(grey(16), flag(), [&, i](Result) {
      order.push_back(i);
      if (i == 9) finished.set_value();
    });
  }
  gate.open();
  finished.get_future().wait();
  EXPECT(std::is_sorted(order.begin(), order.end()));
}

TEST("engine: a cancelled request is answered with kAborted, before and while it waits") {
  const TinyModel tiny;
  EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
  EXPECT(code_of(ask(handle, grey(16), flag(true))) == ErrorCode::kAborted);

  Gate gate(handle);
  const CancelFlag cancel = flag();
  std::promise<Result> cancelled, kept;
  handle.submit(grey(16), cancel, [&](Result result) { cancelled.set_value(std::move(result)); });
  handle.submit(grey(16), flag(), [&](Result result) { kept.set_value(std::move(result)); });
  cancel->store(true);
  gate.open();
  EXPECT(code_of(cancelled.get_future().get()) == ErrorCode::kAborted);
  EXPECT(std::holds_alternative<Response>(kept.get_future().get()));
}

TEST("engine: the last release answers what is queued") {
  const TinyModel tiny;
  std::atomic<int> answered{0};
  {
    EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
    for (int i = 0; i < 20; ++i) handle.submit(grey(16), flag(), [&](Result) { ++answered; });
  }
  EXPECT_EQ(answered.load(), 20);
  EXPECT_EQ(engine_count(), 0);
}

TEST("engine: the last handle may go on the engine's own thread") {
  const TinyModel tiny;
  auto handle = std::make_shared<EngineHandle>(EngineHandle::acquire(tiny.key(), 0));
  EngineHandle& reference = *handle;
  std::promise<void> released;
  reference.submit(grey(16), flag(), [&released, held = std::move(handle)](Result) mutable {
    held->release();
    released.set_value();
  });
  released.get_future().wait();
  join_retired_workers();
  EXPECT_EQ(engine_count(), 0);
}

TEST("engine: a failed load is told to everyone and tried again by the next") {
  TinyModel tiny;
  std::filesystem::resize_file(tiny.weights(), std::filesystem::file_size(tiny.weights()) / 2);
  EXPECT_ERROR(EngineHandle::acquire(tiny.key(), 0), ErrorCode::kModelCorrupt);
  {
    std::promise<std::optional<Error>> told;
    EngineHandle handle = EngineHandle::open(tiny.key(), 0, [&](std::optional<Error> error) { told.set_value(error); });
    EXPECT(told.get_future().get().has_value());
    EXPECT(code_of(ask(handle, grey(16))) == ErrorCode::kModelCorrupt);
  }
  EXPECT_EQ(engine_count(), 0);
  tiny.save();
  EngineHandle repaired = EngineHandle::acquire(tiny.key(), 0);
  EXPECT(std::holds_alternative<Response>(ask(repaired, grey(16))));
}

TEST("engine: a score that is not a number is a corrupt model") {
  TinyModel tiny;
  tiny.save(std::numeric_limits<float>::quiet_NaN());
  {
    EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
    EXPECT(code_of(ask(handle, grey(16))) == ErrorCode::kModelCorrupt);
  }
  tiny.save(std::numeric_limits<float>::infinity());
  EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
  EXPECT(code_of(ask(handle, grey(16))) == ErrorCode::kModelCorrupt);
}

TEST("engine: what needs no loading to be known is thrown at once") {
  const TinyModel tiny;
  EXPECT_ERROR(EngineHandle::acquire({tiny.directory() + "/missing", "cpu"}, 0), ErrorCode::kModelNotFound);
  EXPECT_ERROR(EngineHandle::acquire({tiny.weights(), "cpu"}, 0), ErrorCode::kModelNotFound);
  EXPECT_ERROR(EngineHandle::acquire({tiny.directory(), "cuda"}, 0), ErrorCode::kDeviceUnavailable);
  EXPECT_ERROR(EngineHandle::acquire({tiny.directory(), "cuda:1"}, 0), ErrorCode::kDeviceUnavailable);
  EXPECT_ERROR(EngineHandle::acquire({tiny.directory(), "tpu"}, 0), ErrorCode::kDeviceUnavailable);
  EXPECT_ERROR(EngineHandle::acquire(tiny.key(), -1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(engine_count(), 0);
}

TEST("engine: threads belongs to the process, and the engine's thread uses that number") {
  const TinyModel tiny;
  const EngineHandle handle = EngineHandle::acquire(tiny.key(), 0);
  const int number = handle.info().threads;
  EXPECT(number >= 1);
  EXPECT_ERROR(EngineHandle::acquire(tiny.key(), number + 1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(EngineHandle::acquire(tiny.key(), number).info().threads, number);

  std::promise<int> used;
  const EngineHandle other =
      EngineHandle::open(tiny.key(), 0, [&](std::optional<Error>) { used.set_value(at::get_num_threads()); });
  EXPECT_EQ(used.get_future().get(), number);
}

#if defined(__linux__)
TEST("engine: the default number of threads respects the affinity mask") {
  cpu_set_t all, one;
  REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  }
  const char* variable = std::getenv("OMP_NUM_THREADS");
  const std::string kept = variable != nullptr ? variable : "";
  unsetenv("OMP_NUM_THREADS");
  const int unrestricted = default_threads();
  REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
  EXPECT_EQ(default_threads(), 1);
  REQUIRE(sched_setaffinity(0, sizeof(all), &all) == 0);
  EXPECT(unrestricted >= 1 && unrestricted <= CPU_COUNT(&all));
  setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_EQ(default_threads(), 3);
  if (variable != nullptr) {
    setenv("OMP_NUM_THREADS", kept.c_str(), 1);
  } else {
    unsetenv("OMP_NUM_THREADS");
  }
}
#endif

TEST("engine: exceptions of every kind become one") {
  const auto translated = [](const std::function<void()>& body) {
    try {
      body();
    } catch (...) {
      return translate_current_exception();
    }
    return Error(ErrorCode::kInternal, "nothing was thrown");
  };
  EXPECT(translated([] { throw std::bad_alloc(); }).code() == ErrorCode::kOutOfMemory);
  EXPECT(translated([] { torch::empty({int64_t{1} << 55}); }).code() == ErrorCode::kOutOfMemory);
  EXPECT(translated([] { throw Error(ErrorCode::kIo, "disk"); }).code() == ErrorCode::kIo);
  EXPECT(translated([] { throw 1; }).code() == ErrorCode::kInternal);
  const Error mismatch = translated([] { torch::ones({2}) + torch::ones({3}); });
  EXPECT(mismatch.code() == ErrorCode::kInternal);
  EXPECT(std::string(mismatch.what()).find("must match the size") != std::string::npos);
  EXPECT(std::string(mismatch.what()).find("Exception raised from") == std::string::npos);
}

}  // namespace eliq::engine
