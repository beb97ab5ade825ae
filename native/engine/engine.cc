#include "engine/engine.h"

#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "engine/exceptions.h"
#include "engine/session.h"
#include "engine/threads.h"
#include "engine/worker.h"

namespace eliq::engine {

// One key's thread. Tasks share only `State` with it, never the Engine, so that the last handle may go while they run.
class Engine {
 public:
  Engine(EngineKey key, std::shared_ptr<ThreadsClaim> threads);
  ~Engine();

  // Both run after the load, which is the first task in the queue.
  void when_ready(EngineHandle::Ready ready);
  void submit(Request request, CancelFlag cancel, std::function<void(Result)> done);
  const EngineInfo& info() const { return state_->session->info(); }
  const void* id() const { return state_.get(); }

 private:
  struct State {
    EngineKey key;
    std::unique_ptr<Session> session;  // empty until loaded and after a failure
    std::optional<Error> failure;
  };
  static void load(const std::shared_ptr<State>& state, ThreadsClaim& threads);

  std::shared_ptr<State> state_;
  std::unique_ptr<Worker> worker_;
};

namespace {

std::atomic<int> alive{0};

// Weak references: an engine lives as long as a handle does. Never destroyed, because engine threads may still use it
// while static objects go.
struct Registry {
  using Id = std::pair<std::string, std::string>;
  struct Entry {
    std::weak_ptr<Engine> engine;
    const void* state;  // tells an engine that failed from its successor
  };
  std::mutex mutex;
  std::map<Id, Entry> entries;
};

Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

// After a failed load, so that the next one tries again; and when an engine goes.
void forget(const EngineKey& key, const void* state) {
  std::lock_guard lock(registry().mutex);
  const auto entry = registry().entries.find({key.directory, key.device});
  if (entry != registry().entries.end() && entry->second.state == state) registry().entries.erase(entry);
}

std::string resolve_device(const std::string& device) {
  if (device == "cpu" || device == "auto" || device.empty()) return "cpu";
  if (device == "cuda" || device.rfind("cuda:", 0) == 0) {
    throw Error(ErrorCode::kDeviceUnavailable, "Device \"" + device +
                                                   "\" is not available: this build of eliq computes on the CPU only. "
                                                   "Use device \"cpu\" or \"auto\".");
  }
  throw Error(ErrorCode::kDeviceUnavailable, "Unknown device \"" + device + "\". Use device \"cpu\" or \"auto\".");
}

std::string resolve_directory(const std::string& directory) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(directory, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    throw Error(ErrorCode::kModelNotFound, "There is no model directory at \"" + directory +
                                               "\". Pass the folder that holds config.json and model.safetensors.");
  }
  return path.string();
}

}  // namespace

Engine::Engine(EngineKey key, std::shared_ptr<ThreadsClaim> threads)
    : state_(std::make_shared<State>(State{std::move(key), nullptr, std::nullopt})),
      worker_(std::make_unique<Worker>("eliq-engine")) {
  ++alive;
  worker_->post([state = state_, threads = std::move(threads)] { load(state, *threads); });
}

Engine::~Engine() {
  forget(state_->key, state_.get());
  worker_.reset();
  --alive;
}

void Engine::load(const std::shared_ptr<State>& state, ThreadsClaim& threads) {
  try {
    use_threads_here(threads.number());
    state->session = std::make_unique<Session>(state->key, threads.number());
    threads.keep();
  } catch (...) {
    state->failure = translate_current_exception();
    forget(state->key, state.get());
  }
}

void Engine::when_ready(EngineHandle::Ready ready) {
  worker_->post([state = state_, ready = std::move(ready)] { ready(state->failure); });
}

// One image at a time: on a CPU one image already fills every thread, and batching did not help. A GPU engine would
// gather what waits here into micro-batches: this is the one place where requests become work, and `done` is per
// request already.
void Engine::submit(Request request, CancelFlag cancel, std::function<void(Result)> done) {
  auto job = std::make_shared<Request>(std::move(request));
  worker_->post([state = state_, job = std::move(job), cancel = std::move(cancel), done = std::move(done)] {
    done(state->failure ? Result(*state->failure) : state->session->answer(*job, *cancel));
  });
}

EngineHandle::EngineHandle() = default;
EngineHandle::EngineHandle(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
EngineHandle::~EngineHandle() = default;
EngineHandle::EngineHandle(EngineHandle&&) noexcept = default;
EngineHandle& EngineHandle::operator=(EngineHandle&&) noexcept = default;

EngineHandle EngineHandle::open(const EngineKey& requested, int threads, Ready ready) {
  EngineKey key{resolve_directory(requested.directory), resolve_device(requested.device)};
  auto claim = std::make_shared<ThreadsClaim>(threads);
  std::shared_ptr<Engine> engine;
  {
    std::lock_guard lock(registry().mutex);
    Registry::Entry& entry = registry().entries[{key.directory, key.device}];
    engine = entry.engine.lock();
    if (!engine) {
      engine = std::make_shared<Engine>(key, std::move(claim));
      entry = {engine, engine->id()};
    }
  }
  engine->when_ready(std::move(ready));
  return EngineHandle(std::move(engine));
}

EngineHandle EngineHandle::acquire(const EngineKey& key, int threads) {
  std::promise<std::optional<Error>> loaded;
  EngineHandle handle = open(key, threads, [&](std::optional<Error> error) { loaded.set_value(std::move(error)); });
  if (const std::optional<Error> error = loaded.get_future().get()) throw *error;
  return handle;
}

void EngineHandle::submit(Request request, CancelFlag cancel, std::function<void(Result)> done) {
  if (!engine_) throw Error(ErrorCode::kDisposed, "This handle on the engine was released.");
  const std::shared_ptr<Engine> engine = engine_;  // `done` may release this handle before the call below returns
  engine->submit(std::move(request), std::move(cancel), std::move(done));
}

const EngineInfo& EngineHandle::info() const { return engine_->info(); }

void EngineHandle::release() { engine_.reset(); }

int engine_count() { return alive.load(); }

}  // namespace eliq::engine
