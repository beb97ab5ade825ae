// Gated fusion of tapped levels (ELIQ, arXiv 2602.03558, "lightweight gated fusion"; the definition is this project's,
// docs/model.md). Levels of different stride and width become one grid of tokens of width d:
//
//   s_l   = [mean ; std] of level l over each cell of the grid           (2 C_l numbers a token; std carries texture)
//   p_l   = W_l ((s_l - mu_l) / sigma_l) + b_l                           (mu, sigma: of the training pool)
//   g     = softmax_l ((w . [n_l ; n_l * LN(c)] + a_l) / sqrt d),  n_l = LN(p_l),  c = mean over tokens and levels of
//   p_l fused = LN(sum_l g_l p_l)
//
// One w serves all levels, so the gate judges what a level says and not which level it is (a_l does that); c enters as
// a product, since a term of its own would be the same for every level and cancel in the softmax. w and a start at
// zero, that is, at 1/L, and sqrt d keeps them from running ahead of what they choose between (docs/model.md). The LN
// inside the gate have no affine part, w takes its place.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "backbone/backbone.h"
#include "io/json.h"

namespace eliq::fusion {

enum class Gate { kSoftmax, kUniform };  // kUniform: every gate is 1/L, the ablation of the gates

struct GatedFusionOptions {
  std::vector<backbone::LevelSpec> levels;
  int64_t width = 64;
  int64_t cell = 64;  // input pixels per side of a grid cell
  Gate gate = Gate::kSoftmax;
  double dropout = 0.0;  // of the fused tokens

  // config.json "fusion". Error(kModelCorrupt / kModelUnsupported) on anything senseless.
  static GatedFusionOptions from_json(const io::Json& json, std::vector<backbone::LevelSpec> levels);
  // Numbers in a token's statistics: sum_l 2 C_l.
  int64_t values() const;
};

// Cells of an image's grid.
struct Grid {
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const Grid& other) const = default;
};

// Grid of an input of this size: round(side / cell), at least 1.
Grid plan_grid(int64_t input_height, int64_t input_width, int64_t cell);

// Centres (y, x) of the cells in row-major order, as fractions of the image's sides: [height * width, 2].
torch::Tensor cell_positions(Grid grid, const torch::TensorOptions& options);

// Mean over the real tokens: [N, T, d] -> [N, d]. mask: bool [N, T] or undefined.
torch::Tensor token_mean(const torch::Tensor& tokens, const torch::Tensor& mask);

// Per-cell statistics of one batch: what the frozen-backbone trainer caches.
struct CellStatistics {
  torch::Tensor values;     // float [N, T, sum_l 2 C_l], levels in order, each [mean ; std]
  torch::Tensor positions;  // float [N, T, 2], or [1, T, 2] when all images have one grid: cell_positions of each image
  torch::Tensor mask;       // bool [N, T]; undefined: every token is real
  // Of a batch whose images have one grid, T = grid_height * grid_width; 0 otherwise.
  int64_t grid_height = 0;
  int64_t grid_width = 0;
};

struct Fused {
  torch::Tensor tokens;     // [N, T, width]
  torch::Tensor gates;      // [N, T, L], sum to 1 over L
  torch::Tensor positions;  // as in CellStatistics
  torch::Tensor mask;       // as in CellStatistics
};

class GatedFusionImpl : public torch::nn::Cloneable<GatedFusionImpl> {
 public:
  explicit GatedFusionImpl(GatedFusionOptions options);
  void reset() override;

  // Differentiable (the tower may be tuned through it). Cells are those of adaptive average pooling; where the input's
  // sides are multiples of `cell` and of every stride, each cell has whole tokens. std = sqrt(variance + 1e-6).
  CellStatistics resample(const backbone::Features& features) const;
  Fused forward(const CellStatistics& statistics);
  // Sets mu and sigma ([sum_l 2 C_l] each; buffers "mean", "std"). sigma is floored at the larger of 1e-3 and 1 % of
  // |mu|: statistics are cached in half precision, whose rounding must stay well below one sigma.
  void set_standardization(const torch::Tensor& mean, const torch::Tensor& std);

  const torch::Tensor& sigma() const { return std_; }

  const GatedFusionOptions& options() const { return options_; }

 private:
  torch::Tensor project(const torch::Tensor& values) const;
  torch::Tensor gate(const torch::Tensor& projected, const torch::Tensor& mask) const;

  GatedFusionOptions options_;
  torch::nn::ModuleList projections_{nullptr};
  torch::nn::Linear gate_{nullptr};  // w [1, 2 d]; none when uniform
  torch::Tensor gate_bias_;          // a [L]
  torch::nn::LayerNorm norm_{nullptr};
  torch::Tensor mean_;
  torch::Tensor std_;
};
TORCH_MODULE(GatedFusion);

}  // namespace eliq::fusion
