// The block of MobileNetV2 (Sandler et al., arXiv 1801.04381, section 3.3): 1x1 expansion, depthwise convolution,
// linear 1x1 projection, and the input added where it fits.
#pragma once

#include "backbone/convolution.h"

namespace eliq::backbone {

struct InvertedResidualOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t kernel = 3;
  int64_t expansion = 1;  // 1: no expansion convolution
  int64_t stride = 1;
  bool same_padding = true;
};

class InvertedResidualImpl : public torch::nn::Module {
 public:
  explicit InvertedResidualImpl(InvertedResidualOptions options);
  void reset();
  torch::Tensor forward(const torch::Tensor& input);
  void prepare_inference();

 private:
  InvertedResidualOptions options_;
  Convolution expand_{nullptr};
  Convolution depthwise_{nullptr};
  Convolution project_{nullptr};
};
TORCH_MODULE(InvertedResidual);

}  // namespace eliq::backbone
