#include "backbone/convolution.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/hardtanh.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "backbone/fused_convolution.h"

namespace eliq::backbone {

namespace {

// Layouts kept per convolution. A whole set costs as much memory as the weights; a miss costs one more conversion.
constexpr size_t kPackedSizes = 4;

uint32_t version_of(const torch::Tensor& tensor) { return tensor.is_inference() ? 0 : tensor._version(); }

}  // namespace

ConvolutionImpl::ConvolutionImpl(ConvolutionOptions options) : options_(options) {
  const int64_t per_group = options_.depthwise ? 1 : options_.in_channels;
  weight =
      register_parameter("weight", torch::empty({options_.out_channels, per_group, options_.kernel, options_.kernel}));
  bias = register_parameter("bias", torch::empty({options_.out_channels}));
  reset();
}

// He et al., arXiv 1502.01852, eq. 10, with the fan of the outputs.
void ConvolutionImpl::reset() {
  const torch::NoGradGuard no_grad;
  const int64_t per_group = options_.depthwise ? 1 : options_.out_channels;
  weight.normal_(0, std::sqrt(2.0 / static_cast<double>(options_.kernel * options_.kernel * per_group)));
  bias.zero_();
}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& input) {
  return packed_is_current(input) ? forward_packed(input) : forward_plain(input);
}

// SAME pads max((ceil(n / s) - 1) s + k - n, 0) pixels, the odd one at the end (tf.nn "SAME"). For odd k that is k - 1
// at stride 1 and, at stride 2, k - 1 for odd n and k - 2 for even n.
ConvolutionImpl::Asymmetry ConvolutionImpl::asymmetry(const torch::Tensor& input) const {
  if (!options_.same_padding || options_.stride == 1 || options_.kernel == 1) return {0, 0};
  return {1 - input.size(2) % 2, 1 - input.size(3) % 2};
}

torch::Tensor ConvolutionImpl::pad_asymmetric(const torch::Tensor& input, Asymmetry lacking) const {
  const int64_t full = full_padding();
  return at::constant_pad_nd(input, {full - lacking.columns, full, full - lacking.rows, full});
}

torch::Tensor ConvolutionImpl::forward_plain(const torch::Tensor& input) const {
  const Asymmetry lacking = asymmetry(input);
  const bool pad = lacking.rows + lacking.columns > 0;
  const int64_t padding = pad ? 0 : full_padding();
  torch::Tensor output =
      at::conv2d(pad ? pad_asymmetric(input, lacking) : input, weight, bias, options_.stride, padding, 1, groups());
  if (options_.relu6) at::hardtanh_(output, 0, 6);
  return output;
}

torch::Tensor ConvolutionImpl::forward_packed(const torch::Tensor& input) {
  Asymmetry lacking = asymmetry(input);
  torch::Tensor padded = input;
  int64_t padding = full_padding();
  // Padding less at the beginning equals symmetric padding with a leading zero row in the kernel. For a depthwise
  // convolution that is cheaper than a padded copy of its wide input; for the stem the copy is cheaper.
  if (!options_.depthwise && lacking.rows + lacking.columns > 0) {
    padded = pad_asymmetric(input, lacking);
    padding = 0;
    lacking = {0, 0};
  }
  const torch::Tensor* kernel = packed_weight(input, padded, lacking, padding);
  if (kernel == nullptr) return forward_plain(input);
  return fused_convolution(padded, *kernel, packed_->bias, {padding, options_.stride, groups()}, options_.relu6);
}

// The weight for inputs of this size; null, and never again, where oneDNN refuses.
const torch::Tensor* ConvolutionImpl::packed_weight(const torch::Tensor& input, const torch::Tensor& padded,
                                                    Asymmetry absorbed, int64_t padding) {
  const std::array<int64_t, 3> size = {input.size(0), input.size(2), input.size(3)};
  auto& weights = packed_->weights;
  const auto found =
      std::find_if(weights.begin(), weights.end(), [&](const auto& entry) { return entry.size == size; });
  if (found != weights.end()) {
    std::rotate(weights.begin(), found, found + 1);
    return &weights.front().weight;
  }
  const torch::NoGradGuard no_grad;
  const torch::Tensor kernel = absorbed.rows + absorbed.columns > 0
                                   ? at::constant_pad_nd(weight, {absorbed.columns, 0, absorbed.rows, 0})
                                   : weight.detach();
  const auto packed = pack_weight(kernel, padded.sizes(), {padding, options_.stride, groups()});
  if (!packed) {
    packed_.reset();
    return nullptr;
  }
  if (weights.size() == kPackedSizes) weights.pop_back();
  weights.insert(weights.begin(), {size, *packed});
  return &weights.front().weight;
}

void ConvolutionImpl::prepare_inference() {
  packed_.reset();
  if (fused_convolution_available()) packed_ = Packed{weight.detach(), version_of(weight), bias.detach(), {}};
}

bool ConvolutionImpl::packed_is_current(const torch::Tensor& input) const {
  return packed_ && !c10::GradMode::is_enabled() && input.device().is_cpu() && input.scalar_type() == torch::kFloat &&
         weight.is_alias_of(packed_->source) && weight.scalar_type() == torch::kFloat &&
         version_of(weight) == packed_->version && bias.is_alias_of(packed_->bias);
}

}  // namespace eliq::backbone
