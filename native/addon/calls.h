// The edge between JavaScript and C++: the one place where exceptions change language.
#pragma once

#include "addon/environment.h"
#include "addon/napi_config.h"
#include "engine/exceptions.h"

namespace eliq::addon {

// Runs `body` for a JavaScript caller; what it throws is thrown there as an EliqError.
template <typename Body>
napi_value throwing(Napi::Env env, const Body& body) {
  try {
    try {
      return body();
    } catch (const Napi::Error&) {
      throw;
    } catch (...) {
      throw Environment::of(env).make_error(engine::translate_current_exception());
    }
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
    return nullptr;
  }
}

// The same for functions that return a promise: every error rejects it, none is thrown.
template <typename Body>
napi_value rejecting(Napi::Env env, const Body& body) {
  return throwing(env, [&]() -> napi_value {
    const auto reject = [&](const Napi::Error& error) {
      const auto deferred = Napi::Promise::Deferred::New(env);
      deferred.Reject(error.Value());
      return deferred.Promise();
    };
    try {
      return body();
    } catch (const Napi::Error& error) {
      return reject(error);
    } catch (...) {
      return reject(Environment::of(env).make_error(engine::translate_current_exception()));
    }
  });
}

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

template <Function kFunction>
napi_value throwing_function(napi_env env, napi_callback_info raw) {
  const Napi::CallbackInfo info(env, raw);
  return throwing(env, [&]() -> napi_value { return kFunction(info); });
}

template <Function kFunction>
napi_value rejecting_function(napi_env env, napi_callback_info raw) {
  const Napi::CallbackInfo info(env, raw);
  return rejecting(env, [&]() -> napi_value { return kFunction(info); });
}

// The C++ object behind `this`. Unwrapping trusts its argument, so the type tag is checked first: a method may be
// called on anything. T has kTag and kName.
template <typename T>
T& receiver(const Napi::CallbackInfo& info) {
  bool tagged = false;
  if (info.This().IsObject()) napi_check_object_type_tag(info.Env(), info.This(), &T::kTag, &tagged);
  if (!tagged) {
    throw Error(ErrorCode::kInvalidArgument, std::string("A method of ") + T::kName + " was called on something else.");
  }
  return *T::Unwrap(info.This().As<Napi::Object>());
}

template <typename T>
using Method = Napi::Value (T::*)(const Napi::CallbackInfo&);

template <typename T, Method<T> kMethod>
napi_value throwing_method(napi_env env, napi_callback_info raw) {
  const Napi::CallbackInfo info(env, raw);
  return throwing(env, [&]() -> napi_value { return (receiver<T>(info).*kMethod)(info); });
}

template <typename T, Method<T> kMethod>
napi_value rejecting_method(napi_env env, napi_callback_info raw) {
  const Napi::CallbackInfo info(env, raw);
  return rejecting(env, [&]() -> napi_value { return (receiver<T>(info).*kMethod)(info); });
}

inline napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

inline napi_property_descriptor getter(const char* name, napi_callback callback) {
  return {name, nullptr, nullptr, callback, nullptr, nullptr, napi_enumerable, nullptr};
}

}  // namespace eliq::addon
