// A whole critic: preprocessing, backbone, fusion, queries and heads, as one model directory describes them.
#pragma once

#include <memory>
#include <string>

#include "backbone/backbone.h"
#include "fusion/gated_fusion.h"
#include "model/weights.h"
#include "preprocess/compact.h"
#include "query/quality_query_transformer.h"
#include "query/score_heads.h"

namespace eliq::model {

struct Output {
  query::RawScores scores;
  torch::Tensor embedding;          // [N, K_q * width], L2-normalised quality-query outputs
  torch::Tensor embedding_norm;     // [N], their L2 norm before; embedding x norm is what the quality heads read
  torch::Tensor gates;              // [N, T, L]
  torch::Tensor quality_attention;  // [N, K_q, T]
  torch::Tensor local_quality;      // [T], only of CriticImpl::explain
  int64_t grid_height = 0;          // of a batch whose images have one grid; 0 otherwise
  int64_t grid_width = 0;
};

class CriticImpl : public torch::nn::Module {
 public:
  // Builds the architecture that `config` (config.json, parsed) describes, with fresh weights from the current
  // generator. Error(kModelCorrupt) where a section or value is missing or senseless, Error(kModelUnsupported) for a
  // newer format or a word that this version does not know.
  explicit CriticImpl(const io::Json& config);

  // float [N, 3, H, W] and, where there are prompts, their token ids (BackboneImpl::forward) -> everything.
  Output forward(const torch::Tensor& images, const torch::Tensor& text = {});
  // The same for one image [1, 3, H, W], with `local_quality`: the raw quality that the heads give when the queries may
  // read one cell alone, for each cell. Gates and the fused tokens are those of the whole image. Attention says where
  // the queries read from, this what they would say of the place.
  Output explain(const torch::Tensor& image, const torch::Tensor& text = {});
  // The trainable end alone, from cached cell statistics.
  Output forward_statistics(const fusion::CellStatistics& statistics);
  // Backbone + resampling.
  fusion::CellStatistics statistics(const torch::Tensor& images);

  const preprocess::CompactInput& input() const { return input_; }

  backbone::BackboneImpl& backbone() { return *backbone_; }
  fusion::GatedFusion fusion{nullptr};
  query::QualityQueryTransformer queries{nullptr};  // registered as "query"
  query::ScoreHeads heads{nullptr};

 private:
  Output read(const fusion::Fused& fused, const fusion::CellStatistics& statistics, const torch::Tensor& text,
              const torch::Tensor& text_mask);

  preprocess::CompactInput input_;
  std::shared_ptr<backbone::BackboneImpl> backbone_;
};
TORCH_MODULE(Critic);

// Reads <directory>/config.json and model.safetensors; every parameter and buffer must be there with the right shape
// and no other tensor may be (Error(kModelCorrupt)). F16/BF16 weights are widened to float32. Missing directory or
// file: Error(kModelNotFound). The critic is in evaluation mode and its parameters need no gradients.
Critic load_critic(const std::string& directory);

}  // namespace eliq::model
