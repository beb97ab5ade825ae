#include "engine/worker.h"

#include <utility>
#include <vector>

#if defined(__linux__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace eliq::engine {
namespace {

struct Retired {
  std::mutex mutex;
  std::vector<std::thread> threads;
};

// Never destroyed: destroying a joinable std::thread at exit would terminate the process.
Retired& retired() {
  static Retired& list = *new Retired;
  return list;
}

void name_this_thread(const std::string& name) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
#elif defined(__APPLE__)
  pthread_setname_np(name.c_str());
#endif
}

}  // namespace

Worker::Worker(const std::string& name) : queue_(std::make_shared<Queue>()) {
  thread_ = std::thread([queue = queue_, name] { run(queue, name); });
}

Worker::~Worker() {
  {
    std::lock_guard lock(queue_->mutex);
    queue_->closing = true;
  }
  queue_->changed.notify_one();
  if (thread_.get_id() != std::this_thread::get_id()) {
    thread_.join();
    return;
  }
  std::lock_guard lock(retired().mutex);
  retired().threads.push_back(std::move(thread_));
}

void Worker::post(std::function<void()> task) {
  {
    std::lock_guard lock(queue_->mutex);
    queue_->tasks.push_back(std::move(task));
  }
  queue_->changed.notify_one();
}

void Worker::run(const std::shared_ptr<Queue>& queue, const std::string& name) {
  name_this_thread(name);
  std::unique_lock lock(queue->mutex);
  for (;;) {
    queue->changed.wait(lock, [&] { return queue->closing || !queue->tasks.empty(); });
    if (queue->tasks.empty()) return;
    std::function<void()> task = std::move(queue->tasks.front());
    queue->tasks.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what the task owns is released without the lock: it may own the last reference to this Worker
    lock.lock();
  }
}

void join_retired_workers() {
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(retired().mutex);
    auto& all = retired().threads;
    for (auto thread = all.begin(); thread != all.end();) {
      if (thread->get_id() == std::this_thread::get_id()) {
        ++thread;
        continue;
      }
      threads.push_back(std::move(*thread));
      thread = all.erase(thread);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace eliq::engine
