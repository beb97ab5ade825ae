// A trainer and the thread that alone touches it. No Node types.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/engine.h"
#include "engine/threads.h"
#include "engine/worker.h"
#include "training/trainer.h"

namespace eliq::addon {

class TrainerSession {
 public:
  using Done = std::function<void(std::optional<Error>)>;

  // Builds the trainer on the new thread; `ready` is called there. Throws what is wrong with `threads` (as in
  // engine::ThreadsClaim).
  TrainerSession(training::TrainerOptions options, int threads, Done ready);
  // What has not started is answered with kAborted; waits for what runs.
  ~TrainerSession();

  // In the order of calls, on the trainer's thread. `done` follows `work` and gets what `work` threw.
  void run(std::function<void(training::Trainer&)> work, Done done);
  // After everything that runs before it: frees the trainer.
  void close(std::function<void()> done);

  // Set it from any thread: what has not started is answered with kAborted.
  const engine::CancelFlag& stopping() const { return state_->stopping; }
  // Only after a successful `ready`.
  int64_t cached() const { return state_->cached; }

 private:
  struct State {
    std::unique_ptr<training::Trainer> trainer;
    int64_t cached = 0;
    engine::CancelFlag stopping = std::make_shared<std::atomic<bool>>(false);
  };
  template <typename Work>
  static std::optional<Error> attempt(const State& state, const Work& work);

  std::shared_ptr<State> state_;
  engine::Worker worker_;  // last: stopped first
};

}  // namespace eliq::addon
