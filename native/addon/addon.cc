// The module: its functions, registered once for each environment that loads it.
#include <ATen/Version.h>

#include "addon/calls.h"
#include "addon/environment.h"
#include "addon/napi_config.h"
#include "addon/native_engine.h"
#include "addon/native_trainer.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

namespace eliq::addon {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "Clang " __clang_version__;
#elif defined(__GNUC__)
constexpr const char* kCompiler = "GCC " __VERSION__;
#else
constexpr const char* kCompiler = "unknown";
#endif

Napi::Value bind_errors(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) {
    throw Error(ErrorCode::kInvalidArgument, "bindErrors needs the class that native errors are made of.");
  }
  Environment::of(info.Env()).bind_errors(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Value build_info(const Napi::CallbackInfo& info) {
  auto object = Napi::Object::New(info.Env());
  object.Set("eliq", ELIQ_VERSION);
  object.Set("libtorch", ELIQ_LIBTORCH_VERSION);
  object.Set("compiler", kCompiler);
  object.Set("cpuCapability", at::get_cpu_capability());
  return object;
}

Napi::Value engine_count(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), engine::engine_count());
}

// Node unloads an addon when the last worker that loaded it ends. LibTorch cannot be loaded twice, and OpenMP's idle
// threads still stand in its code; so this library, and with it those it needs, stays.
void stay_loaded() {
#if !defined(_WIN32)
  Dl_info self;
  if (dladdr(reinterpret_cast<const void*>(&stay_loaded), &self) != 0) {
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);  // the flag is what counts, not the handle
  }
#endif
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  stay_loaded();
  Environment::start(env);
  Environment& environment = Environment::of(env);
  environment.engine_class = Napi::Persistent(NativeEngine::define(env));
  environment.trainer_class = Napi::Persistent(NativeTrainer::define(env));
  const napi_property_descriptor functions[] = {
      method("bindErrors", throwing_function<bind_errors>),
      method("buildInfo", throwing_function<build_info>),
      method("loadEngine", rejecting_function<NativeEngine::load>),
      method("createTrainer", rejecting_function<NativeTrainer::create>),
      method("engineCount", throwing_function<engine_count>),
  };
  if (napi_define_properties(env, exports, std::size(functions), functions) != napi_ok) throw Napi::Error::New(env);
  return exports;
}

}  // namespace

NODE_API_MODULE(eliq, start)

}  // namespace eliq::addon
