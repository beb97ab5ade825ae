#include "training/losses.h"

#include <cmath>

#include "common/error.h"

namespace eliq::training {

torch::Tensor fidelity_loss(const torch::Tensor& difference, const torch::Tensor& target) {
  const torch::Tensor p = target.detach();
  const torch::Tensor x = difference * (1.0 / std::sqrt(2.0));
  // sqrt(Phi(x)) as exp(log Phi(x) / 2): both the logarithm and its derivative phi / Phi are exact far in the tail,
  // where Phi itself underflows and the derivative of a square root would be infinite.
  const torch::Tensor right = torch::exp(0.5 * torch::special_log_ndtr(x));
  const torch::Tensor wrong = torch::exp(0.5 * torch::special_log_ndtr(-x));
  return 1.0 - p.sqrt() * right - (1.0 - p).sqrt() * wrong;
}

torch::Tensor query_diversity_penalty(const torch::Tensor& queries) {
  const int64_t count = queries.size(1);
  if (count < 2) throw Error(ErrorCode::kInvalidArgument, "The diversity penalty needs at least two queries an image.");
  const torch::Tensor unit = queries / queries.norm(2, -1, /*keepdim=*/true).clamp_min(1e-12);
  const torch::Tensor cosine = torch::matmul(unit, unit.transpose(1, 2));
  const torch::Tensor others = 1.0 - torch::eye(count, cosine.options());
  return (cosine * cosine * others).sum() / static_cast<double>(queries.size(0) * count * (count - 1));
}

}  // namespace eliq::training
