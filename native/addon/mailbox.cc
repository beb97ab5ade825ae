#include "addon/mailbox.h"

#include <utility>

#include "addon/environment.h"

namespace eliq::addon {

std::shared_ptr<Mailbox> Mailbox::open(Napi::Env env) {
  auto mailbox = std::make_shared<Mailbox>();
  // The function's context keeps the mailbox until Node-API is done with it, which may be after the environment's data
  // went.
  auto* owner = new std::shared_ptr<Mailbox>(mailbox);
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<Mailbox>*>(data); };
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "eliq"), 0,
                                                             1, owner, finalize, owner, deliver, &mailbox->function_);
  if (status != napi_ok) {
    delete owner;
    throw Napi::Error::New(env);
  }
  mailbox->keep_process_alive(env, false);
  return mailbox;
}

void Mailbox::keep_process_alive(Napi::Env env, bool alive) {
  if (function_ == nullptr) return;
  if (alive) {
    napi_ref_threadsafe_function(env, function_);
  } else {
    napi_unref_threadsafe_function(env, function_);
  }
}

void Mailbox::close() {
  std::deque<Letter> undelivered;
  std::lock_guard lock(mutex_);
  if (function_ == nullptr) return;
  napi_release_threadsafe_function(std::exchange(function_, nullptr), napi_tsfn_abort);
  undelivered.swap(letters_);
}

void Mailbox::post(Letter letter) {
  std::lock_guard lock(mutex_);
  if (function_ == nullptr) return;
  letters_.push_back(std::move(letter));
  napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
}

Mailbox::Letter Mailbox::take() {
  std::lock_guard lock(mutex_);
  if (letters_.empty()) return nullptr;
  Letter letter = std::move(letters_.front());
  letters_.pop_front();
  return letter;
}

// One letter a call, so that Node can share the loop with other work.
void Mailbox::deliver(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;  // the environment is going
  const Letter letter = (*static_cast<std::shared_ptr<Mailbox>*>(context))->take();
  if (!letter) return;
  const Napi::HandleScope scope(env);
  try {
    letter(Environment::of(env));
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  }
}

}  // namespace eliq::addon
