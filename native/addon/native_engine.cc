#include "addon/native_engine.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/calls.h"

namespace eliq::addon {
namespace {

Napi::Float32Array to_float32_array(Napi::Env env, const std::vector<float>& values) {
  auto array = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

Napi::Object to_object(Napi::Env env, const engine::Explanation& explanation) {
  auto object = Napi::Object::New(env);
  object.Set("gridHeight", static_cast<double>(explanation.grid_height));
  object.Set("gridWidth", static_cast<double>(explanation.grid_width));
  object.Set("inputHeight", static_cast<double>(explanation.input_height));
  object.Set("inputWidth", static_cast<double>(explanation.input_width));
  auto levels = Napi::Array::New(env, explanation.level_names.size());
  for (size_t i = 0; i < explanation.level_names.size(); ++i) {
    auto level = Napi::Object::New(env);
    level.Set("name", explanation.level_names[i]);
    level.Set("stride", static_cast<double>(explanation.level_strides[i]));
    levels.Set(static_cast<uint32_t>(i), level);
  }
  object.Set("levels", levels);
  object.Set("gates", to_float32_array(env, explanation.gates));
  object.Set("attention", to_float32_array(env, explanation.attention));
  object.Set("quality", to_float32_array(env, explanation.quality));
  return object;
}

Napi::Object to_object(Napi::Env env, const engine::Response& response) {
  auto object = Napi::Object::New(env);
  object.Set("quality", response.quality);
  object.Set("technical", response.technical);
  object.Set("aesthetic", response.aesthetic);
  object.Set("alignment", response.alignment ? Napi::Value(Napi::Number::New(env, *response.alignment)) : env.Null());
  if (!response.embedding.empty()) {
    object.Set("embedding", to_float32_array(env, response.embedding));
    object.Set("embeddingNorm", response.embedding_norm);
  }
  if (response.explanation) object.Set("explanation", to_object(env, *response.explanation));
  return object;
}

bool optional_flag(const Napi::Object& options, const char* name) {
  const Napi::Value value = options.Get(name);
  return !value.IsUndefined() && as_bool(value, name);
}

engine::Request to_request(const Napi::Object& options) {
  engine::Request request;
  request.embedding = optional_flag(options, "embedding");
  request.explain = optional_flag(options, "explain");
  const Napi::Value text = options.Get("text");
  if (!text.IsUndefined()) request.text = as_int32s(text, "text");
  Pixels pixels = as_pixels(options);
  request.width = pixels.width;
  request.height = pixels.height;
  request.pixels = std::move(pixels.data);
  return request;
}

}  // namespace

Napi::Function NativeEngine::define(Napi::Env env) {
  using Self = NativeEngine;
  return DefineClass(env, kName,
                     {
                         method("score", throwing_method<Self, &Self::score>),
                         method("dispose", rejecting_method<Self, &Self::dispose>),
                         getter("device", throwing_method<Self, &Self::device>),
                         getter("threads", throwing_method<Self, &Self::threads>),
                         getter("embeddingLength", throwing_method<Self, &Self::embedding_length>),
                         getter("queries", throwing_method<Self, &Self::queries>),
                     });
}

// The handle waits in the operation, on this thread; letters only refer to it weakly. So if the environment goes while
// the model loads, this thread releases the engine, never the engine's own.
Napi::Value NativeEngine::load(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const Napi::Object options = as_object(info[0], "options");
  const std::string directory = as_path(options.Get("directory"), "directory");
  const std::string device = as_string(options.Get("device"), "device");
  const auto threads =
      static_cast<int>(as_integer(options.Get("threads"), "threads", 0, std::numeric_limits<int>::max()));

  const auto handle = std::make_shared<engine::EngineHandle>();
  const Environment::Operation operation = environment.begin(handle);
  const auto loaded = [settler = operation.settler,
                       waiting = std::weak_ptr<engine::EngineHandle>(handle)](const std::optional<Error>& error) {
    if (error) return settler.reject(*error);
    settler.resolve([waiting](Environment& home) -> Napi::Value {
      home.engine_to_wrap = waiting.lock();
      return home.engine_class.New({});
    });
  };
  try {
    *handle = engine::EngineHandle::open({directory, device}, threads, loaded);
  } catch (const Error& error) {
    operation.settler.reject(error);
  }
  return operation.promise;
}

NativeEngine::NativeEngine(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeEngine>(info), environment_(&Environment::of(info.Env())) {
  const auto handle = std::exchange(environment_->engine_to_wrap, nullptr);
  if (!handle) {
    throw environment_->make_error(
        Error(ErrorCode::kInvalidArgument, "A NativeEngine is made by loadEngine, not by new."));
  }
  handle_ = std::move(*handle);
  info_ = handle_.info();
  napi_type_tag_object(info.Env(), info.This(), &kTag);
  environment_->add(this);
}

NativeEngine::~NativeEngine() {
  if (environment_ != nullptr) environment_->remove(this);
}

void NativeEngine::abandon() {
  environment_ = nullptr;
  disposed_ = true;
  handle_.release();
}

Napi::Value NativeEngine::score(const Napi::CallbackInfo& info) {
  if (disposed_) {
    throw Error(ErrorCode::kDisposed, "This engine was disposed; load the model again to go on scoring.");
  }
  engine::Request request = to_request(as_object(info[0], "request"));
  const auto cancel = std::make_shared<std::atomic<bool>>(false);
  const auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info.This().As<Napi::Object>()));
  const Environment::Operation operation = environment_->begin(self, cancel, [this] { settled(); });
  ++in_flight_;
  handle_.submit(std::move(request), cancel, [settler = operation.settler](engine::Result result) {
    if (const Error* error = std::get_if<Error>(&result)) return settler.reject(*error);
    settler.resolve([response = std::move(std::get<engine::Response>(result))](Environment& home) -> Napi::Value {
      return to_object(home.env(), response);
    });
  });

  auto ticket = Napi::Object::New(info.Env());
  ticket.Set("promise", operation.promise);
  ticket.Set("cancel",
             Napi::Function::New(info.Env(), [cancel](const Napi::CallbackInfo&) { cancel->store(true); }, "cancel"));
  return ticket;
}

Napi::Value NativeEngine::dispose(const Napi::CallbackInfo& info) {
  disposed_ = true;
  const auto deferred = Napi::Promise::Deferred::New(info.Env());
  disposals_.push_back(deferred);
  if (in_flight_ == 0) release();
  return deferred.Promise();
}

void NativeEngine::settled() {
  if (--in_flight_ == 0 && disposed_) release();
}

void NativeEngine::release() {
  handle_.release();
  for (const Napi::Promise::Deferred& deferred : std::exchange(disposals_, {})) deferred.Resolve(Env().Undefined());
}

Napi::Value NativeEngine::device(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), info_.device); }

Napi::Value NativeEngine::threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), info_.threads);
}

Napi::Value NativeEngine::embedding_length(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(info_.embedding_length));
}

Napi::Value NativeEngine::queries(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(info_.queries));
}

}  // namespace eliq::addon
