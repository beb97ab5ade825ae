#include "training/regularization.h"

#include <algorithm>

namespace eliq::training {
namespace {

// [N, T, C] (or [1, T, C]) at indices [N, k].
torch::Tensor take_tokens(const torch::Tensor& tokens, const torch::Tensor& indices) {
  const int64_t channels = tokens.size(2);
  return tokens.expand({indices.size(0), -1, -1}).gather(1, indices.unsqueeze(-1).expand({-1, -1, channels}));
}

}  // namespace

fusion::CellStatistics subsample_tokens(const fusion::CellStatistics& statistics, int64_t tokens) {
  const int64_t present = statistics.values.size(1);
  if (tokens <= 0 || tokens >= present) return statistics;
  // The largest of independent uniform keys are a uniform sample; padding sorts last.
  torch::Tensor keys = torch::rand({statistics.values.size(0), present});
  if (statistics.mask.defined()) keys.masked_fill_(statistics.mask.logical_not(), -1.0);
  const torch::Tensor indices = std::get<1>(keys.topk(tokens, 1));
  fusion::CellStatistics chosen;
  chosen.values = take_tokens(statistics.values, indices);
  chosen.positions = take_tokens(statistics.positions, indices);
  if (statistics.mask.defined()) chosen.mask = statistics.mask.gather(1, indices);
  return chosen;
}

fusion::CellStatistics perturb(fusion::CellStatistics statistics, const torch::Tensor& sigma, double cell,
                               double image) {
  const torch::Tensor& values = statistics.values;
  torch::Tensor noise;
  if (cell > 0) noise = torch::randn_like(values, values.options().requires_grad(false)).mul_(cell);
  if (image > 0) {
    const torch::Tensor shared =
        torch::randn({values.size(0), 1, values.size(2)}, values.options().requires_grad(false)) * image;
    noise = noise.defined() ? noise.add_(shared) : shared.expand_as(values);
  }
  if (noise.defined()) statistics.values = values + noise * sigma;
  return statistics;
}

}  // namespace eliq::training
