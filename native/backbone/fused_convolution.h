// LibTorch's oneDNN convolution with a fused ReLU6. These operators have no C++ header; they are looked up by name and schema,
// and are absent in builds without oneDNN.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

namespace eliq::backbone {

struct ConvolutionGeometry {
  int64_t padding;  // symmetric
  int64_t stride;
  int64_t groups;
};

// The weight in oneDNN's layout (an opaque tensor), or nothing where the operators are missing or refuse.
std::optional<torch::Tensor> pack_weight(const torch::Tensor& weight, const ConvolutionGeometry& geometry);

// `packed_weight` from pack_weight with the same geometry. No autograd.
torch::Tensor fused_convolution(const torch::Tensor& input, const torch::Tensor& packed_weight, const torch::Tensor& bias,
                                const ConvolutionGeometry& geometry, bool relu6);

}  // namespace eliq::backbone
