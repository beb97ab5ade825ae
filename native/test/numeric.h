// Helpers of the tests that compare modules with straightforward computations.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "test/harness.h"

namespace eliq::test {

// Row-major copy in float64.
inline std::vector<double> values_of(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  return {plain.data_ptr<double>(), plain.data_ptr<double>() + plain.numel()};
}

inline double greatest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  const std::vector<double> x = values_of(a);
  const std::vector<double> y = values_of(b);
  double greatest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!(std::abs(x[i] - y[i]) <= greatest)) greatest = std::isnan(x[i] - y[i]) ? INFINITY : std::abs(x[i] - y[i]);
  }
  return greatest;
}

// Greatest relative error of autograd's gradients of `loss` against central differences, over up to `probes` entries of
// each leaf (float64, requires_grad).
inline double gradient_error(const std::function<torch::Tensor()>& loss, std::vector<torch::Tensor> leaves,
                             int64_t probes = 24) {
  for (torch::Tensor& leaf : leaves) leaf.mutable_grad() = torch::Tensor();
  loss().backward();
  constexpr double kStep = 1e-5;
  double worst = 0;
  torch::NoGradGuard no_grad;
  for (torch::Tensor& leaf : leaves) {
    if (!leaf.grad().defined()) return INFINITY;
    const std::vector<double> analytic = values_of(leaf.grad());
    auto* data = leaf.data_ptr<double>();
    const int64_t stride = std::max<int64_t>(1, leaf.numel() / probes);
    for (int64_t i = 0; i < leaf.numel(); i += stride) {
      const double saved = data[i];
      data[i] = saved + kStep;
      const double above = loss().item<double>();
      data[i] = saved - kStep;
      const double below = loss().item<double>();
      data[i] = saved;
      const double numeric = (above - below) / (2 * kStep);
      worst = std::max(worst, std::abs(numeric - analytic[static_cast<size_t>(i)]) / std::max(1.0, std::abs(numeric)));
    }
  }
  return worst;
}

// Fixed weights that make a scalar of a tensor, so that every entry of its gradient is different.
inline torch::Tensor weighted_sum(const torch::Tensor& tensor) {
  const torch::Tensor weights =
      torch::sin(torch::arange(tensor.numel(), tensor.options().requires_grad(false)) * 1.7 + 0.3);
  return (tensor.reshape({-1}) * weights).sum();
}

// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "eliq-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace eliq::test
