// LibTorch's oneDNN convolution with a fused ReLU6. These operators have no C++ header; they are looked up by name and
// schema, and are absent in builds without oneDNN.
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

// Whether this LibTorch has the operators. They may still refuse a processor: see pack_weight.
bool fused_convolution_available();

// The weight in the layout (an opaque tensor) that oneDNN wants for an input of just these sizes: another input runs
// with it too, but may pay a slow conversion at every call. Nothing where oneDNN refuses.
std::optional<torch::Tensor> pack_weight(const torch::Tensor& weight, at::IntArrayRef input_sizes,
                                         const ConvolutionGeometry& geometry);

// `packed_weight` from pack_weight with the same geometry. No autograd.
torch::Tensor fused_convolution(const torch::Tensor& input, const torch::Tensor& packed_weight,
                                const torch::Tensor& bias, const ConvolutionGeometry& geometry, bool relu6);

}  // namespace eliq::backbone
