// What one JavaScript environment (the main thread or a worker) owns. Nothing of the addon is static.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "addon/mailbox.h"
#include "addon/napi_config.h"
#include "common/error.h"
#include "engine/engine.h"

namespace eliq::addon {

class TrainerSession;

// A JavaScript object that holds threads or models and must let go of them before its environment goes.
class Releasable {
 public:
  virtual ~Releasable() = default;
  // The environment is going: stop, wait for the threads, and do not touch it again.
  virtual void abandon() = 0;
};

// Settles one promise, once, from any thread; copies settle the same promise.
class Settler {
 public:
  // Makes the promise's value on the environment's thread. It must own nothing that minds where it is destroyed.
  using Make = std::function<Napi::Value(Environment&)>;

  void resolve(Make make) const;
  void reject(Error error) const;

 private:
  friend class Environment;
  Settler(std::shared_ptr<Mailbox> mailbox, uint64_t id) : mailbox_(std::move(mailbox)), id_(id) {}
  std::shared_ptr<Mailbox> mailbox_;
  uint64_t id_;
};

class Environment {
 public:
  // Creates the environment's data and binds its end to the environment's end.
  static void start(Napi::Env env);
  static Environment& of(Napi::Env env);

  explicit Environment(Napi::Env env);

  Napi::Env env() const { return env_; }

  // The class that native errors are made of; before that is known, a plain Error with a `code`.
  void bind_errors(Napi::Function constructor);
  Napi::Error make_error(const Error& error) const;

  struct Operation {
    Napi::Promise promise;
    Settler settler;
  };
  // Starts work that another thread will settle; until then the process stays alive. `keep` lives until the promise is
  // settled or the environment goes, and dies on this thread. `cancel`, if any, is set when the environment goes.
  // `settled` runs on this thread after the promise was settled.
  Operation begin(std::shared_ptr<void> keep, engine::CancelFlag cancel = nullptr,
                  std::function<void()> settled = nullptr);

  void add(Releasable* object) { objects_.insert(object); }
  void remove(Releasable* object) { objects_.erase(object); }

  // Cancels what is in flight, waits for the threads that work only for this environment, and drops every promise
  // unsettled.
  void stop();
  // ERR_DISPOSED once stop() was called (exit listeners may still call into the addon).
  void require_running() const;

  // The wrapped classes, and what the next object of each will own: their constructors take it from here, and so refuse
  // to be called from JavaScript, where it is empty.
  Napi::FunctionReference engine_class;
  Napi::FunctionReference trainer_class;
  std::shared_ptr<engine::EngineHandle> engine_to_wrap;
  std::shared_ptr<TrainerSession> trainer_to_wrap;

 private:
  friend class Settler;
  struct Pending {
    Napi::Promise::Deferred deferred;
    std::shared_ptr<void> keep;
    engine::CancelFlag cancel;
    std::function<void()> settled;
  };
  void settle(uint64_t id, const Settler::Make& make);

  Napi::Env env_;
  Napi::FunctionReference error_class_;
  std::shared_ptr<Mailbox> mailbox_;
  std::map<uint64_t, Pending> pending_;
  uint64_t next_id_ = 0;
  std::set<Releasable*> objects_;
  bool stopped_ = false;
};

}  // namespace eliq::addon
