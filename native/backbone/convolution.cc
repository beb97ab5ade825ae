#include "backbone/convolution.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/hardtanh.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "backbone/fused_convolution.h"

namespace eliq::backbone {

namespace {

uint32_t version_of(const torch::Tensor& tensor) { return tensor.is_inference() ? 0 : tensor._version(); }

}  // namespace

ConvolutionImpl::ConvolutionImpl(ConvolutionOptions options) : options_(options) {
  const int64_t per_group = options_.depthwise ? 1 : options_.in_channels;
  weight = register_parameter(
      "weight", torch::empty({options_.out_channels, per_group, options_.kernel, options_.kernel}));
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

// SAME pads max((ceil(n / s) - 1) s + k - n, 0) pixels, the odd one at the end (tf.nn "SAME"). For odd k that is k - 1 at
// stride 1 and, at stride 2, k - 1 for odd n and k - 2 for even n.
ConvolutionImpl::Asymmetry ConvolutionImpl::asymmetry(const torch::Tensor& input) const {
  if (!options_.same_padding || options_.stride == 1 || options_.kernel == 1) return {0, 0};
  return {1 - input.size(2) % 2, 1 - input.size(3) % 2};
}

// Padding less at the beginning equals symmetric padding with a leading zero row in the kernel. For a depthwise
// convolution that is cheaper than a padded copy of its wide input; for the stem the copy is cheaper.
bool ConvolutionImpl::absorbs_asymmetry() const {
  return options_.depthwise && options_.same_padding && options_.stride == 2 && options_.kernel > 1;
}

torch::Tensor ConvolutionImpl::pad_asymmetric(const torch::Tensor& input, Asymmetry lacking) const {
  const int64_t full = (options_.kernel - 1) / 2;
  return at::constant_pad_nd(input, {full - lacking.columns, full, full - lacking.rows, full});
}

torch::Tensor ConvolutionImpl::forward_plain(const torch::Tensor& input) const {
  const Asymmetry lacking = asymmetry(input);
  const bool pad = lacking.rows + lacking.columns > 0;
  const int64_t padding = pad ? 0 : (options_.kernel - 1) / 2;
  torch::Tensor output = at::conv2d(pad ? pad_asymmetric(input, lacking) : input, weight, bias, options_.stride,
                                          padding, 1, options_.depthwise ? options_.in_channels : 1);
  if (options_.relu6) at::hardtanh_(output, 0, 6);
  return output;
}

torch::Tensor ConvolutionImpl::forward_packed(const torch::Tensor& input) const {
  const Asymmetry lacking = asymmetry(input);
  ConvolutionGeometry geometry = {(options_.kernel - 1) / 2, options_.stride,
                                  options_.depthwise ? options_.in_channels : 1};
  if (absorbs_asymmetry()) {
    const torch::Tensor& kernel = packed_->weights[2 * lacking.rows + lacking.columns];
    return fused_convolution(input, kernel, packed_->bias, geometry, options_.relu6);
  }
  if (lacking.rows + lacking.columns == 0) {
    return fused_convolution(input, packed_->weights[0], packed_->bias, geometry, options_.relu6);
  }
  geometry.padding = 0;
  return fused_convolution(pad_asymmetric(input, lacking), packed_->weights[0], packed_->bias, geometry, options_.relu6);
}

void ConvolutionImpl::prepare_inference() {
  const torch::NoGradGuard no_grad;
  packed_.reset();
  const ConvolutionGeometry geometry = {(options_.kernel - 1) / 2, options_.stride,
                                        options_.depthwise ? options_.in_channels : 1};
  Packed packed = {weight.detach(), version_of(weight), bias.detach(), {}};
  const size_t variants = absorbs_asymmetry() ? packed.weights.size() : 1;
  for (size_t variant = 0; variant < variants; ++variant) {
    const int64_t rows = static_cast<int64_t>(variant / 2);
    const int64_t columns = static_cast<int64_t>(variant % 2);
    const torch::Tensor extended = at::constant_pad_nd(weight, {columns, 0, rows, 0});
    const std::optional<torch::Tensor> reordered = pack_weight(extended, geometry);
    if (!reordered) return;
    packed.weights[variant] = *reordered;
  }
  packed_ = std::move(packed);
}

bool ConvolutionImpl::packed_is_current(const torch::Tensor& input) const {
  return packed_ && !c10::GradMode::is_enabled() && input.device().is_cpu() && input.scalar_type() == torch::kFloat &&
         weight.is_alias_of(packed_->source) && weight.scalar_type() == torch::kFloat &&
         version_of(weight) == packed_->version && bias.is_alias_of(packed_->bias);
}

}  // namespace eliq::backbone
