#include "addon/environment.h"

#include <utility>

#include "engine/exceptions.h"
#include "engine/worker.h"

namespace eliq::addon {
namespace {

// Node runs an environment's cleanup hooks when a worker ends in any way and when the main thread ends by itself. It
// does not run them on process.exit() or an uncaught exception: then the process goes straight to exit(), which
// destroys LibTorch's static objects while our threads may still compute with them, and crashes. The "exit" event comes
// before all that on the very same paths, so the environment stops there; first in line, for a listener that throws
// ends the event.
void stop_on_exit_event(Napi::Env env) {
  const Napi::Value process = env.Global().Get("process");
  if (!process.IsObject()) return;
  const Napi::Value listen = process.As<Napi::Object>().Get("prependListener");
  if (!listen.IsFunction()) return;
  const Napi::Function stop =
      Napi::Function::New(env, [](const Napi::CallbackInfo& info) { Environment::of(info.Env()).stop(); }, "stopEliq");
  listen.As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), stop});
}

}  // namespace

void Settler::resolve(Make make) const {
  mailbox_->post([id = id_, make = std::move(make)](Environment& environment) { environment.settle(id, make); });
}

void Settler::reject(Error error) const {
  resolve([error = std::move(error)](Environment&) -> Napi::Value { throw error; });
}

void Environment::start(Napi::Env env) {
  auto* environment = new Environment(env);
  env.SetInstanceData(environment);  // deleted by Node-API after the cleanup hooks
  // Hooks run in reverse order: this one precedes the thread-safe function's own, which the constructor has added.
  env.AddCleanupHook([](Environment* stopping) { stopping->stop(); }, environment);
  stop_on_exit_event(env);
}

Environment& Environment::of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

Environment::Environment(Napi::Env env) : env_(env), mailbox_(Mailbox::open(env)) {}

void Environment::bind_errors(Napi::Function constructor) { error_class_ = Napi::Persistent(constructor); }

Napi::Error Environment::make_error(const Error& error) const {
  const Napi::String code = Napi::String::New(env_, error_code_name(error.code()));
  const Napi::String message = Napi::String::New(env_, error.what());
  if (!error_class_.IsEmpty()) return Napi::Error(env_, error_class_.New({code, message}));
  Napi::Error plain = Napi::Error::New(env_, error.what());
  plain.Set("code", code);
  return plain;
}

Environment::Operation Environment::begin(std::shared_ptr<void> keep, engine::CancelFlag cancel,
                                          std::function<void()> settled) {
  require_running();
  const auto deferred = Napi::Promise::Deferred::New(env_);
  if (pending_.empty()) mailbox_->keep_process_alive(env_, true);
  const uint64_t id = next_id_++;
  pending_.emplace(id, Pending{deferred, std::move(keep), std::move(cancel), std::move(settled)});
  return {deferred.Promise(), Settler(mailbox_, id)};
}

void Environment::settle(uint64_t id, const Settler::Make& make) {
  const auto node = pending_.extract(id);
  if (node.empty()) return;
  if (pending_.empty()) mailbox_->keep_process_alive(env_, false);
  const Pending& pending = node.mapped();
  try {
    pending.deferred.Resolve(make(*this));
  } catch (const Napi::Error& error) {
    pending.deferred.Reject(error.Value());
  } catch (...) {
    pending.deferred.Reject(make_error(engine::translate_current_exception()).Value());
  }
  if (pending.settled) pending.settled();
}

void Environment::stop() {
  if (stopped_) return;
  stopped_ = true;
  const Napi::HandleScope scope(env_);
  mailbox_->close();
  for (auto& [id, pending] : pending_) {
    if (pending.cancel) pending.cancel->store(true);
  }
  for (Releasable* object : std::exchange(objects_, {})) object->abandon();
  pending_.clear();
  engine::join_retired_workers();
}

void Environment::require_running() const {
  if (stopped_) throw Error(ErrorCode::kDisposed, "The process is exiting; eliq has stopped.");
}

}  // namespace eliq::addon
