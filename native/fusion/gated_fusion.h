// Gated fusion of tapped levels (ELIQ, arXiv 2602.03558, "lightweight gated fusion"; the definition is this project's,
// docs/model.md). Levels of different stride and width become one grid of tokens of width d:
//
//   s_l   = [mean ; std] of level l over each cell of the grid           (2 C_l numbers a token; std carries texture)
//   p_l   = W_l ((s_l - mu_l) / sigma_l) + b_l                           (mu, sigma: of the training pool)
//   g     = softmax_l (w . [LN(p_l) ; LN(c)] + a_l),  c = mean over tokens and levels of p_l
//   fused = LN(sum_l g_l p_l)
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "backbone/backbone.h"
#include "io/json.h"

namespace eliq::fusion {

enum class Gate { kSoftmax, kUniform };  // kUniform: every gate is 1/L, the ablation of the gates

struct GatedFusionOptions {
  std::vector<backbone::LevelSpec> levels;
  int64_t width = 64;
  int64_t cell = 64;  // input pixels per side of a grid cell
  Gate gate = Gate::kSoftmax;
  double dropout = 0.0;

  static GatedFusionOptions from_json(const io::Json& json, std::vector<backbone::LevelSpec> levels);
};

// Per-cell statistics of one batch: what the frozen-backbone trainer caches.
struct CellStatistics {
  torch::Tensor values;  // float [N, T, sum_l 2 C_l], levels in order, each [mean ; std]
  torch::Tensor mask;    // bool [N, T]; undefined: every token is real (all images have one grid)
  int64_t grid_height = 0;  // of an unmasked batch; T = grid_height * grid_width
  int64_t grid_width = 0;
};

struct Fused {
  torch::Tensor tokens;  // [N, T, width]
  torch::Tensor gates;   // [N, T, L], sum to 1 over L
  torch::Tensor mask;    // as in CellStatistics
};

class GatedFusionImpl : public torch::nn::Cloneable<GatedFusionImpl> {
 public:
  explicit GatedFusionImpl(GatedFusionOptions options);
  void reset() override;

  // Grid: round(input side / cell), at least 1. Differentiable (the tower may be tuned through it).
  CellStatistics resample(const backbone::Features& features) const;
  Fused forward(const CellStatistics& statistics);
  // Sets mu and sigma ([sum_l 2 C_l] each; buffers "mean", "std").
  void set_standardization(const torch::Tensor& mean, const torch::Tensor& std);

  const GatedFusionOptions& options() const { return options_; }

 private:
  GatedFusionOptions options_;
  // …
};
TORCH_MODULE(GatedFusion);

}  // namespace eliq::fusion
