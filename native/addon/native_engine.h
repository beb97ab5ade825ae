// NativeEngine of lib/native/addon.ts: one handle on a shared engine.
#pragma once

#include <vector>

#include "addon/environment.h"
#include "addon/napi_config.h"
#include "engine/engine.h"

namespace eliq::addon {

class NativeEngine : public Napi::ObjectWrap<NativeEngine>, public Releasable {
 public:
  static constexpr const char* kName = "NativeEngine";
  static constexpr napi_type_tag kTag = {0x8d0f3c1be5a14f02, 0x9a67b1c2d3e84560};

  static Napi::Function define(Napi::Env env);
  // loadEngine({ directory, device, threads }): Promise<NativeEngine>
  static Napi::Value load(const Napi::CallbackInfo& info);

  explicit NativeEngine(const Napi::CallbackInfo& info);
  ~NativeEngine() override;
  void abandon() override;

 private:
  Napi::Value score(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);
  Napi::Value device(const Napi::CallbackInfo& info);
  Napi::Value threads(const Napi::CallbackInfo& info);
  Napi::Value embedding_length(const Napi::CallbackInfo& info);
  Napi::Value queries(const Napi::CallbackInfo& info);

  void settled();
  void release();

  Environment* environment_;  // null once the environment is going
  engine::EngineHandle handle_;
  engine::EngineInfo info_;
  int64_t in_flight_ = 0;
  bool disposed_ = false;
  std::vector<Napi::Promise::Deferred> disposals_;  // waiting for in_flight_ to reach 0
};

}  // namespace eliq::addon
