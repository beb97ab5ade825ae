// A whole critic: preprocessing, backbone, fusion, queries and heads, as one model directory describes them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backbone/backbone.h"
#include "fusion/gated_fusion.h"
#include "preprocess/compact.h"
#include "query/quality_query_transformer.h"
#include "query/score_heads.h"

namespace eliq::model {

struct Output {
  query::RawScores scores;
  torch::Tensor embedding;          // [N, K_q * width], L2-normalised quality-query outputs
  torch::Tensor gates;              // [N, T, L]
  torch::Tensor quality_attention;  // [N, K_q, T]
  int64_t grid_height = 0;
  int64_t grid_width = 0;
};

class CriticImpl : public torch::nn::Module {
 public:
  // Builds the architecture that `config` (config.json, parsed) describes, with fresh weights from the current generator.
  explicit CriticImpl(const io::Json& config);

  // float [N, 3, H, W] -> everything.
  Output forward(const torch::Tensor& images);
  // The trainable end alone, from cached cell statistics.
  Output forward_statistics(const fusion::CellStatistics& statistics);
  // Backbone + resampling.
  fusion::CellStatistics statistics(const torch::Tensor& images);

  const preprocess::CompactInput& input() const { return input_; }

  backbone::BackboneImpl& backbone() { return *backbone_; }
  fusion::GatedFusion fusion{nullptr};
  query::QualityQueryTransformer queries{nullptr};
  query::ScoreHeads heads{nullptr};

 private:
  preprocess::CompactInput input_;
  std::shared_ptr<backbone::BackboneImpl> backbone_;
};
TORCH_MODULE(Critic);

// Reads <directory>/config.json and model.safetensors; every parameter and buffer must be there with the right shape and no
// other tensor may be (Error(kModelCorrupt)). F16/BF16 weights are widened to float32. Missing directory or file: Error(kModelNotFound).
Critic load_critic(const std::string& directory);

// Named parameters and buffers ("backbone.stem.weight", "fusion.mean", …) to and from safetensors.
enum class Storage { kFloat32, kFloat16 };
void save_weights(torch::nn::Module& module, const std::string& path, Storage storage,
                  const std::map<std::string, std::string>& metadata);
// `prefix`: take only parameters whose name starts with it (e.g. "backbone."), leaving the others as they are.
void load_weights(torch::nn::Module& module, const std::string& path, const std::string& prefix = "");

}  // namespace eliq::model
