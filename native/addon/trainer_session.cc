#include "addon/trainer_session.h"

#include <utility>

#include "engine/exceptions.h"

namespace eliq::addon {

template <typename Work>
std::optional<Error> TrainerSession::attempt(const State& state, const Work& work) {
  try {
    if (state.stopping->load()) throw Error(ErrorCode::kAborted, "Training was stopped.");
    work();
    return std::nullopt;
  } catch (...) {
    return engine::translate_current_exception();
  }
}

TrainerSession::TrainerSession(training::TrainerOptions options, int threads, Done ready)
    : state_(std::make_shared<State>()), worker_("eliq-trainer") {
  auto claim = std::make_shared<engine::ThreadsClaim>(threads);
  worker_.post([state = state_, claim = std::move(claim), options = std::move(options), ready = std::move(ready)] {
    ready(attempt(*state, [&] {
      engine::use_threads_here(claim->number());
      state->trainer = std::make_unique<training::Trainer>(options);
      state->cached = state->trainer->cached();
      claim->keep();
    }));
  });
}

TrainerSession::~TrainerSession() { state_->stopping->store(true); }

void TrainerSession::run(std::function<void(training::Trainer&)> work, Done done) {
  worker_.post([state = state_, work = std::move(work), done = std::move(done)] {
    done(attempt(*state, [&] { work(*state->trainer); }));
  });
}

void TrainerSession::close(std::function<void()> done) {
  worker_.post([state = state_, done = std::move(done)] {
    state->trainer.reset();
    done();
  });
}

}  // namespace eliq::addon
