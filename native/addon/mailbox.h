// The way from other threads back to one JavaScript environment.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "addon/napi_config.h"

namespace eliq::addon {

class Environment;

// Shared by the environment and every piece of work that will answer it. Letters carry no Napi values: one may be
// destroyed on any thread. Node-API allows no call on a thread-safe function once its environment is going
// (napi_closing, then freed memory), so each call is made under `mutex_` and only while the mailbox is open.
class Mailbox {
 public:
  using Letter = std::function<void(Environment&)>;

  // On the environment's thread.
  static std::shared_ptr<Mailbox> open(Napi::Env env);
  void keep_process_alive(Napi::Env env, bool alive);
  void close();

  // From any thread. After close() letters are dropped.
  void post(Letter letter);

 private:
  static void deliver(napi_env env, napi_value, void* context, void*);
  Letter take();

  std::mutex mutex_;
  std::deque<Letter> letters_;
  napi_threadsafe_function function_ = nullptr;  // null: closed
};

}  // namespace eliq::addon
