#include "engine/session.h"

#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <cmath>
#include <utility>

#include "engine/exceptions.h"
#include "model/critic.h"
#include "preprocess/compact.h"

namespace eliq::engine {
namespace {

void stop_if(const std::atomic<bool>& cancelled) {
  if (cancelled.load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::kAborted, "The request was aborted.");
  }
}

double finite(double value, const char* name, const std::string& directory) {
  if (std::isfinite(value)) return value;
  throw Error(ErrorCode::kModelCorrupt, "The model in " + directory + " gave a " + name +
                                            " score that is not a number; its weights are damaged. Restore the model.");
}

std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
  return {plain.const_data_ptr<float>(), plain.const_data_ptr<float>() + plain.numel()};
}

// Token ids [1, T]; undefined where there are none.
torch::Tensor text_of(const Request& request) {
  if (request.text.empty()) return {};
  return torch::tensor(std::vector<int64_t>(request.text.begin(), request.text.end())).unsqueeze(0);
}

Explanation explain(const model::Output& output, const std::vector<backbone::LevelSpec>& levels,
                    const preprocess::Image& input) {
  Explanation explanation;
  explanation.grid_height = output.grid_height;
  explanation.grid_width = output.grid_width;
  explanation.input_height = input.height;
  explanation.input_width = input.width;
  for (const backbone::LevelSpec& level : levels) {
    explanation.level_names.push_back(level.name);
    explanation.level_strides.push_back(level.stride);
  }
  explanation.gates = to_vector(output.gates.select(0, 0).transpose(0, 1));  // [T, L] -> [L, T]
  explanation.attention = to_vector(output.quality_attention.select(0, 0));
  explanation.quality = to_vector(output.local_quality);
  return explanation;
}

}  // namespace

Session::Session(const EngineKey& key, int threads) : directory_(key.directory) {
  critic_ = model::load_critic(key.directory).ptr();
  critic_->eval();
  {
    const torch::NoGradGuard no_grad;
    critic_->backbone().prepare_inference();
  }
  const query::QualityQueryTransformerOptions& options = critic_->queries->options();
  info_.device = key.device;
  info_.threads = threads;
  info_.queries = options.quality_queries;
  info_.embedding_length = options.quality_queries * options.width;
}

Response Session::compute(Request& request, const std::atomic<bool>& cancelled) {
  const c10::InferenceMode inference;
  stop_if(cancelled);
  const preprocess::Image input =
      preprocess::fit(critic_->input(), {request.pixels.data(), request.width, request.height});
  std::vector<uint8_t>().swap(request.pixels);
  stop_if(cancelled);
  const torch::Tensor images = preprocess::normalize(critic_->input(), input.view());
  stop_if(cancelled);
  const model::Output output =
      request.explain ? critic_->explain(images, text_of(request)) : critic_->forward(images, text_of(request));

  Response response;
  response.quality = finite(output.scores.quality.item<double>(), "quality", directory_);
  response.technical = finite(output.scores.technical.item<double>(), "technical", directory_);
  response.aesthetic = finite(output.scores.aesthetic.item<double>(), "aesthetic", directory_);
  if (output.scores.alignment.defined()) {
    response.alignment = finite(output.scores.alignment.item<double>(), "alignment", directory_);
  }
  if (request.embedding) {
    response.embedding = to_vector(output.embedding.select(0, 0));
    response.embedding_norm = output.embedding_norm.item<double>();
  }
  if (request.explain) response.explanation = explain(output, critic_->backbone().level_specs(), input);
  return response;
}

Result Session::answer(Request& request, const std::atomic<bool>& cancelled) {
  try {
    return compute(request, cancelled);
  } catch (...) {
    return translate_current_exception();
  }
}

}  // namespace eliq::engine
