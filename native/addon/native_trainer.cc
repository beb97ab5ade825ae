#include "addon/native_trainer.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/calls.h"

namespace eliq::addon {
namespace {

constexpr int64_t kGreatestSafeInteger = (int64_t{1} << 53) - 1;

Napi::Value undefined(Environment& home) { return home.env().Undefined(); }

Napi::Float32Array to_float32_array(Napi::Env env, const std::vector<float>& values) {
  auto array = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

void read_number(const Napi::Object& options, const char* name, double& target) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return;
  target = as_finite(value, name);
  if (target < 0) throw Error(ErrorCode::kInvalidArgument, std::string(name) + " must not be negative.");
}

training::TrainerOptions to_options(const Napi::Object& given) {
  training::TrainerOptions options;
  options.config = as_string(given.Get("config"), "config");
  options.initial_weights = as_string(given.Get("initialWeights"), "initialWeights");  // "": fresh weights
  if (const Napi::Value value = given.Get("initialPrefix"); !value.IsUndefined()) {
    options.initial_prefix = as_string(value, "initialPrefix");
  }
  if (const Napi::Value value = given.Get("cache"); !value.IsUndefined()) options.cache = as_path(value, "cache");
  if (const Napi::Value value = given.Get("cacheKey"); !value.IsUndefined()) {
    options.cache_key = as_string(value, "cacheKey");
  }
  if (const Napi::Value value = given.Get("tuneBackbone"); !value.IsUndefined()) {
    options.tune_backbone = as_bool(value, "tuneBackbone");
  }
  read_number(given, "learningRateBackbone", options.learning_rate_backbone);
  read_number(given, "weightDecay", options.weight_decay);
  read_number(given, "gradientClip", options.gradient_clip);
  read_number(given, "invarianceWeight", options.invariance_weight);
  read_number(given, "diversityWeight", options.diversity_weight);
  if (const Napi::Value value = given.Get("tokensPerImage"); !value.IsUndefined()) {
    options.tokens_per_image = as_integer(value, "tokensPerImage", 0, 1 << 20);
  }
  read_number(given, "cellNoise", options.cell_noise);
  read_number(given, "imageNoise", options.image_noise);
  options.seed = static_cast<uint64_t>(as_integer(given.Get("seed"), "seed", 0, kGreatestSafeInteger));
  return options;
}

training::PairBatch to_batch(const Napi::Object& given) {
  training::PairBatch batch;
  batch.better = as_int32s(given.Get("better"), "better");
  batch.worse = as_int32s(given.Get("worse"), "worse");
  batch.target = as_floats(given.Get("target"), "target");
  batch.rank = as_bytes(given.Get("rank"), "rank");
  batch.invariant = as_bytes(given.Get("invariant"), "invariant");
  const size_t length = batch.better.size();
  if (length == 0 || batch.worse.size() != length || batch.target.size() != length || batch.rank.size() != length ||
      batch.invariant.size() != length) {
    throw Error(ErrorCode::kInvalidArgument,
                "better, worse, target, rank and invariant must have one length, which must not be 0.");
  }
  return batch;
}

// Sample numbers are checked on the trainer's thread, where the pool is.
void require_samples(const training::Trainer& trainer, const std::vector<int32_t>& samples) {
  const int64_t size = trainer.size();
  for (const int32_t sample : samples) {
    if (sample < 0 || sample >= size) {
      throw Error(ErrorCode::kInvalidArgument,
                  "There is no sample " + std::to_string(sample) + "; the pool holds " + std::to_string(size) + ".");
    }
  }
}

}  // namespace

Napi::Function NativeTrainer::define(Napi::Env env) {
  using Self = NativeTrainer;
  return DefineClass(env, kName,
                     {
                         getter("cached", throwing_method<Self, &Self::cached>),
                         method("add", rejecting_method<Self, &Self::add>),
                         method("fitStandardization", rejecting_method<Self, &Self::fit_standardization>),
                         method("step", rejecting_method<Self, &Self::step>),
                         method("score", rejecting_method<Self, &Self::score>),
                         method("saveModel", rejecting_method<Self, &Self::save_model>),
                         method("saveCheckpoint", rejecting_method<Self, &Self::save_checkpoint>),
                         method("loadCheckpoint", rejecting_method<Self, &Self::load_checkpoint>),
                         method("dispose", rejecting_method<Self, &Self::dispose>),
                     });
}

// As in NativeEngine::load, the operation owns the session until the object does.
Napi::Value NativeTrainer::create(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  const Napi::Object given = as_object(info[0], "options");
  training::TrainerOptions options = to_options(given);
  const Napi::Value threads_value = given.Get("threads");
  const auto threads = threads_value.IsUndefined()
                           ? 0
                           : static_cast<int>(as_integer(threads_value, "threads", 0, std::numeric_limits<int>::max()));

  const auto session = std::make_shared<std::shared_ptr<TrainerSession>>();
  const Environment::Operation operation = environment.begin(session);
  const auto ready = [settler = operation.settler, waiting = std::weak_ptr<std::shared_ptr<TrainerSession>>(session)](
                         const std::optional<Error>& error) {
    if (error) return settler.reject(*error);
    settler.resolve([waiting](Environment& home) -> Napi::Value {
      home.trainer_to_wrap = std::move(*waiting.lock());
      return home.trainer_class.New({});
    });
  };
  try {
    *session = std::make_shared<TrainerSession>(std::move(options), threads, ready);
  } catch (const Error& error) {
    operation.settler.reject(error);
  }
  return operation.promise;
}

NativeTrainer::NativeTrainer(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeTrainer>(info),
      environment_(&Environment::of(info.Env())),
      session_(std::exchange(environment_->trainer_to_wrap, nullptr)) {
  if (!session_) {
    throw environment_->make_error(
        Error(ErrorCode::kInvalidArgument, "A NativeTrainer is made by createTrainer, not by new."));
  }
  napi_type_tag_object(info.Env(), info.This(), &kTag);
  environment_->add(this);
}

NativeTrainer::~NativeTrainer() {
  if (environment_ != nullptr) environment_->remove(this);
}

void NativeTrainer::abandon() {
  environment_ = nullptr;
  disposed_ = true;
  session_.reset();
}

Napi::Value NativeTrainer::run(const Napi::CallbackInfo& info, Work work) {
  if (disposed_) throw Error(ErrorCode::kDisposed, "This trainer was disposed; create another to go on.");
  const auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info.This().As<Napi::Object>()));
  const Environment::Operation operation = environment_->begin(self, session_->stopping());
  const auto make = std::make_shared<Settler::Make>();
  session_->run([make, work = std::move(work)](training::Trainer& trainer) { *make = work(trainer); },
                [make, settler = operation.settler](const std::optional<Error>& error) {
                  if (error) return settler.reject(*error);
                  settler.resolve(std::move(*make));
                });
  return operation.promise;
}

Napi::Value NativeTrainer::cached(const Napi::CallbackInfo& info) {
  if (!session_) throw Error(ErrorCode::kDisposed, "This trainer was disposed; create another to go on.");
  return Napi::Number::New(info.Env(), static_cast<double>(session_->cached()));
}

Napi::Value NativeTrainer::add(const Napi::CallbackInfo& info) {
  return run(info, [pixels = as_pixels(as_object(info[0], "image"))](training::Trainer& trainer) -> Settler::Make {
    const int64_t index = trainer.add({pixels.data.data(), pixels.width, pixels.height});
    return [index](Environment& home) { return Napi::Number::New(home.env(), static_cast<double>(index)); };
  });
}

Napi::Value NativeTrainer::fit_standardization(const Napi::CallbackInfo& info) {
  return run(info, [samples = as_int32s(info[0], "samples")](training::Trainer& trainer) -> Settler::Make {
    require_samples(trainer, samples);
    trainer.fit_standardization(samples);
    return undefined;
  });
}

Napi::Value NativeTrainer::step(const Napi::CallbackInfo& info) {
  training::PairBatch batch = to_batch(as_object(info[0], "batch"));
  const double learning_rate = as_finite(info[1], "learningRate");
  return run(info, [batch = std::move(batch), learning_rate](training::Trainer& trainer) -> Settler::Make {
    require_samples(trainer, batch.better);
    require_samples(trainer, batch.worse);
    const training::StepResult result = trainer.step(batch, learning_rate);
    return [result](Environment& home) -> Napi::Value {
      auto object = Napi::Object::New(home.env());
      object.Set("loss", result.loss);
      object.Set("fidelity", result.fidelity);
      object.Set("invariance", result.invariance);
      object.Set("accuracy", result.accuracy);
      object.Set("gradientNorm", result.gradient_norm);
      return object;
    };
  });
}

Napi::Value NativeTrainer::score(const Napi::CallbackInfo& info) {
  return run(info, [samples = as_int32s(info[0], "samples")](training::Trainer& trainer) -> Settler::Make {
    require_samples(trainer, samples);
    return [scores = trainer.score(samples)](Environment& home) -> Napi::Value {
      auto object = Napi::Object::New(home.env());
      object.Set("quality", to_float32_array(home.env(), scores.quality));
      object.Set("technical", to_float32_array(home.env(), scores.technical));
      object.Set("aesthetic", to_float32_array(home.env(), scores.aesthetic));
      return object;
    };
  });
}

Napi::Value NativeTrainer::save_model(const Napi::CallbackInfo& info) {
  const std::string path = as_path(info[0], "path");
  const bool float16 = as_bool(info[1], "float16");
  return run(
      info,
      [path, float16, metadata = as_string_map(info[2], "metadata")](training::Trainer& trainer) -> Settler::Make {
        trainer.save_model(path, float16, metadata);
        return undefined;
      });
}

Napi::Value NativeTrainer::save_checkpoint(const Napi::CallbackInfo& info) {
  const std::string path = as_path(info[0], "path");
  return run(info, [path, metadata = as_string_map(info[1], "metadata")](training::Trainer& trainer) -> Settler::Make {
    trainer.save_checkpoint(path, metadata);
    return undefined;
  });
}

Napi::Value NativeTrainer::load_checkpoint(const Napi::CallbackInfo& info) {
  return run(info, [path = as_path(info[0], "path")](training::Trainer& trainer) -> Settler::Make {
    return [metadata = trainer.load_checkpoint(path)](Environment& home) -> Napi::Value {
      auto object = Napi::Object::New(home.env());
      for (const auto& [key, value] : metadata) object.Set(key, value);
      return object;
    };
  });
}

// Queued behind what is in flight. The thread is joined when the letter arrives, by then with nothing to do.
Napi::Value NativeTrainer::dispose(const Napi::CallbackInfo& info) {
  disposed_ = true;
  if (!session_) {
    const auto deferred = Napi::Promise::Deferred::New(info.Env());
    deferred.Resolve(info.Env().Undefined());
    return deferred.Promise();
  }
  const auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info.This().As<Napi::Object>()));
  const Environment::Operation operation = environment_->begin(self, nullptr, [this] { session_.reset(); });
  session_->close([settler = operation.settler] { settler.resolve(undefined); });
  return operation.promise;
}

}  // namespace eliq::addon
