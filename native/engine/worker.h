// A thread that runs tasks in the order in which they were posted.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace eliq::engine {

class Worker {
 public:
  // `name` shows in debuggers and `top -H`; Linux keeps its first 15 characters.
  explicit Worker(const std::string& name);
  // Runs what is still queued, then joins. When the last owner lets go on the worker's own thread, which cannot join
  // itself, the thread finishes its queue alone and is joined by join_retired_workers().
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From any thread. A task must not throw.
  void post(std::function<void()> task);

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> tasks;
    bool closing = false;
  };
  static void run(const std::shared_ptr<Queue>& queue, const std::string& name);

  std::shared_ptr<Queue> queue_;  // shared with the thread, which may outlive this object (see ~Worker)
  std::thread thread_;
};

// Joins the threads whose Worker was destroyed on its own thread (called on such a thread, it leaves that one alone).
// For whoever must know that no thread of ours runs any more; it waits for what they still do, so hold no lock that
// they take.
void join_retired_workers();

}  // namespace eliq::engine
