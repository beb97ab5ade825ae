#include "backbone/inverted_residual.h"

namespace eliq::backbone {

InvertedResidualImpl::InvertedResidualImpl(InvertedResidualOptions options) : options_(options) {
  const int64_t wide = options_.in_channels * options_.expansion;
  if (options_.expansion != 1) {
    expand_ = register_module("expand", Convolution(ConvolutionOptions{
                                            .in_channels = options_.in_channels, .out_channels = wide, .relu6 = true}));
  }
  depthwise_ = register_module("depthwise", Convolution(ConvolutionOptions{.in_channels = wide,
                                                                           .out_channels = wide,
                                                                           .kernel = options_.kernel,
                                                                           .stride = options_.stride,
                                                                           .depthwise = true,
                                                                           .relu6 = true,
                                                                           .same_padding = options_.same_padding}));
  project_ = register_module(
      "project", Convolution(ConvolutionOptions{.in_channels = wide, .out_channels = options_.out_channels}));
}

void InvertedResidualImpl::reset() {
  if (expand_) expand_->reset();
  depthwise_->reset();
  project_->reset();
}

torch::Tensor InvertedResidualImpl::forward(const torch::Tensor& input) {
  const torch::Tensor wide = expand_ ? expand_->forward(input) : input;
  torch::Tensor output = project_->forward(depthwise_->forward(wide));
  if (options_.stride == 1 && options_.in_channels == options_.out_channels) output.add_(input);
  return output;
}

void InvertedResidualImpl::prepare_inference() {
  if (expand_) expand_->prepare_inference();
  depthwise_->prepare_inference();
  project_->prepare_inference();
}

}  // namespace eliq::backbone
