#include "fusion/gated_fusion.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/config_check.h"
#include "common/error.h"

namespace eliq::fusion {
namespace {

constexpr double kVarianceEpsilon = 1e-6;

// [N, C, H, W] -> [N, T, 2 C]: mean and std over each cell.
torch::Tensor cell_mean_and_std(const torch::Tensor& tokens, Grid grid) {
  const torch::Tensor mean = at::adaptive_avg_pool2d(tokens, {grid.height, grid.width});
  const torch::Tensor square = at::adaptive_avg_pool2d(tokens * tokens, {grid.height, grid.width});
  const torch::Tensor variance = (square - mean * mean).clamp_min(0);
  return torch::cat({mean, (variance + kVarianceEpsilon).sqrt()}, 1).flatten(2).transpose(1, 2);
}

}  // namespace

GatedFusionOptions GatedFusionOptions::from_json(const io::Json& json, std::vector<backbone::LevelSpec> levels) {
  GatedFusionOptions options;
  options.levels = std::move(levels);
  options.width = require_between<int64_t>("fusion.width", json.at("width").as_integer(), 4, 8192);
  options.cell = require_between<int64_t>("fusion.cell", json.at("cell").as_integer(), 1, 4096);
  options.dropout = require_between("fusion.dropout", json.number_or("dropout", 0.0), 0.0, 0.9);
  const std::string gate = json.string_or("gate", "softmax");
  if (gate != "softmax" && gate != "uniform") throw unknown_choice("fusion.gate", gate, "\"softmax\" and \"uniform\"");
  options.gate = gate == "uniform" ? Gate::kUniform : Gate::kSoftmax;
  return options;
}

int64_t GatedFusionOptions::values() const {
  int64_t sum = 0;
  for (const backbone::LevelSpec& level : levels) sum += 2 * level.channels;
  return sum;
}

Grid plan_grid(int64_t input_height, int64_t input_width, int64_t cell) {
  const auto cells = [cell](int64_t side) {
    return std::max<int64_t>(1, std::llround(static_cast<double>(side) / static_cast<double>(cell)));
  };
  return {cells(input_height), cells(input_width)};
}

torch::Tensor cell_positions(Grid grid, const torch::TensorOptions& options) {
  const torch::Tensor y = (torch::arange(grid.height, options) + 0.5) / static_cast<double>(grid.height);
  const torch::Tensor x = (torch::arange(grid.width, options) + 0.5) / static_cast<double>(grid.width);
  return torch::stack(
             {y.view({-1, 1}).expand({grid.height, grid.width}), x.view({1, -1}).expand({grid.height, grid.width})}, -1)
      .view({-1, 2});
}

torch::Tensor token_mean(const torch::Tensor& tokens, const torch::Tensor& mask) {
  if (!mask.defined()) return tokens.mean(1);
  const torch::Tensor real = mask.to(tokens.scalar_type()).unsqueeze(-1);
  return (tokens * real).sum(1) / real.sum(1);
}

GatedFusionImpl::GatedFusionImpl(GatedFusionOptions options) : options_(std::move(options)) { reset(); }

void GatedFusionImpl::reset() {
  if (options_.levels.empty())
    throw Error(ErrorCode::kModelCorrupt,
                "config.json: the backbone taps no level; name at least one in \"backbone.taps\".");
  const auto levels = static_cast<int64_t>(options_.levels.size());
  projections_ = register_module("projections", torch::nn::ModuleList());
  for (const backbone::LevelSpec& level : options_.levels)
    projections_->push_back(torch::nn::Linear(2 * level.channels, options_.width));
  if (options_.gate == Gate::kSoftmax) {
    gate_ = register_module("gate", torch::nn::Linear(torch::nn::LinearOptions(2 * options_.width, 1).bias(false)));
    gate_bias_ = register_parameter("gate_bias", torch::zeros({levels}));
    torch::NoGradGuard no_grad;
    gate_->weight.zero_();
  }
  norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({options_.width})));
  mean_ = register_buffer("mean", torch::zeros({options_.values()}));
  std_ = register_buffer("std", torch::ones({options_.values()}));
}

CellStatistics GatedFusionImpl::resample(const backbone::Features& features) const {
  if (features.levels.size() != options_.levels.size())
    throw Error(ErrorCode::kInternal, "The backbone gave another number of levels than it announced.");
  const Grid grid = plan_grid(features.input_height, features.input_width, options_.cell);
  std::vector<torch::Tensor> parts;
  for (const backbone::Level& level : features.levels) parts.push_back(cell_mean_and_std(level.tokens, grid));
  CellStatistics statistics;
  statistics.values = torch::cat(parts, 2);
  if (statistics.values.size(2) != options_.values())
    throw Error(ErrorCode::kInternal, "The backbone gave levels of other widths than it announced.");
  statistics.positions = cell_positions(grid, statistics.values.options().requires_grad(false)).unsqueeze(0);
  statistics.grid_height = grid.height;
  statistics.grid_width = grid.width;
  return statistics;
}

// [N, T, V] -> p: [N, T, L, d]. The standardisation is folded into the weights: on a training batch the statistics are
// by far the largest tensor, and this spares two passes over them.
torch::Tensor GatedFusionImpl::project(const torch::Tensor& values) const {
  const int64_t images = values.size(0);
  const int64_t tokens = values.size(1);
  const torch::Tensor rows = values.reshape({images * tokens, values.size(2)});
  std::vector<torch::Tensor> projected;
  int64_t begin = 0;
  for (size_t l = 0; l < options_.levels.size(); ++l) {
    const int64_t count = 2 * options_.levels[l].channels;
    const auto& linear = projections_->at<torch::nn::LinearImpl>(l);
    const torch::Tensor weight = linear.weight / std_.narrow(0, begin, count);
    const torch::Tensor bias = linear.bias - weight.mv(mean_.narrow(0, begin, count));
    projected.push_back(torch::addmm(bias, rows.narrow(1, begin, count), weight.t()));
    begin += count;
  }
  return torch::stack(projected, 1).view({images, tokens, static_cast<int64_t>(projected.size()), options_.width});
}

// p: [N, T, L, d] -> gates [N, T, L].
torch::Tensor GatedFusionImpl::gate(const torch::Tensor& projected, const torch::Tensor& mask) const {
  const auto levels = static_cast<int64_t>(options_.levels.size());
  if (options_.gate == Gate::kUniform)
    return torch::full({projected.size(0), projected.size(1), levels}, 1.0 / static_cast<double>(levels),
                       projected.options());
  const int64_t width = options_.width;
  const torch::Tensor context = torch::layer_norm(token_mean(projected.mean(2), mask), {width});  // [N, d]
  // w . [n ; n * c] = n . (w_1 + w_2 * c): one vector an image.
  const torch::Tensor vector =
      gate_->weight.narrow(1, 0, width) + gate_->weight.narrow(1, width, width) * context;  // [N, d]
  const torch::Tensor agreement = (torch::layer_norm(projected, {width}) * vector.unsqueeze(1).unsqueeze(1)).sum(-1);
  return ((agreement + gate_bias_) / std::sqrt(static_cast<double>(width))).softmax(-1);
}

Fused GatedFusionImpl::forward(const CellStatistics& statistics) {
  const torch::Tensor projected = project(statistics.values);
  Fused fused;
  fused.gates = gate(projected, statistics.mask);
  const torch::Tensor sum = torch::matmul(fused.gates.unsqueeze(2), projected).squeeze(2);
  fused.tokens = torch::dropout(norm_->forward(sum), options_.dropout, is_training());
  fused.positions = statistics.positions;
  fused.mask = statistics.mask;
  return fused;
}

void GatedFusionImpl::set_standardization(const torch::Tensor& mean, const torch::Tensor& std) {
  if (mean.sizes() != mean_.sizes() || std.sizes() != std_.sizes())
    throw Error(ErrorCode::kInternal, "Standardisation of " + std::to_string(mean.numel()) +
                                          " values for statistics of " + std::to_string(mean_.numel()) + ".");
  torch::NoGradGuard no_grad;
  mean_.copy_(mean);
  std_.copy_(torch::maximum(std, (mean.abs() * 1e-2).clamp_min(1e-3)));
}

}  // namespace eliq::fusion
