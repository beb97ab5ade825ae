// NativeTrainer of lib/native/addon.ts: one training run.
#pragma once

#include <functional>
#include <memory>

#include "addon/environment.h"
#include "addon/napi_config.h"
#include "addon/trainer_session.h"

namespace eliq::addon {

class NativeTrainer : public Napi::ObjectWrap<NativeTrainer>, public Releasable {
 public:
  static constexpr const char* kName = "NativeTrainer";
  static constexpr napi_type_tag kTag = {0x51c7e2a90b3d4f68, 0xa2d4e6f81b3c5d7e};

  static Napi::Function define(Napi::Env env);
  // createTrainer(options): Promise<NativeTrainer>
  static Napi::Value create(const Napi::CallbackInfo& info);

  explicit NativeTrainer(const Napi::CallbackInfo& info);
  ~NativeTrainer() override;
  void abandon() override;

 private:
  Napi::Value cached(const Napi::CallbackInfo& info);
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value fit_standardization(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value score(const Napi::CallbackInfo& info);
  Napi::Value save_model(const Napi::CallbackInfo& info);
  Napi::Value save_checkpoint(const Napi::CallbackInfo& info);
  Napi::Value load_checkpoint(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  // `work` runs on the trainer's thread; what it returns makes the promise's value on this one.
  using Work = std::function<Settler::Make(training::Trainer&)>;
  Napi::Value run(const Napi::CallbackInfo& info, Work work);

  Environment* environment_;                 // null once the environment is going
  std::shared_ptr<TrainerSession> session_;  // empty once the trainer was freed
  bool disposed_ = false;
};

}  // namespace eliq::addon
