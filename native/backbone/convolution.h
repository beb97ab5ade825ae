// One convolution of a compact tower: bias, optional ReLU6, TensorFlow's or symmetric padding; a plain ATen path that
// trains, and a path for inference on the CPU that fuses the activation and keeps weights in oneDNN's layout.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace eliq::backbone {

struct ConvolutionOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t kernel = 1;  // odd
  int64_t stride = 1;  // 1 or 2
  bool depthwise = false;
  bool relu6 = false;
  // TensorFlow SAME: at stride 2 an even side is padded by one pixel less at its beginning. Otherwise (kernel - 1) / 2
  // on every side.
  bool same_padding = true;
};

class ConvolutionImpl : public torch::nn::Module {
 public:
  explicit ConvolutionImpl(ConvolutionOptions options);
  void reset();
  // float [N, C_in, H, W] -> [N, C_out, ceil(H / stride), ceil(W / stride)].
  torch::Tensor forward(const torch::Tensor& input);
  // From now on forward() without gradients on the CPU keeps weights in oneDNN's layouts, made when an input size is
  // first met; does nothing where this LibTorch cannot.
  void prepare_inference();

  torch::Tensor weight;  // [C_out, C_in / groups, kernel, kernel]
  torch::Tensor bias;    // [C_out]

 private:
  // Rows and columns that padding lacks at the beginning compared with the end (0 or 1), for an input of this size.
  struct Asymmetry {
    int64_t rows;
    int64_t columns;
  };
  struct PackedWeight {
    std::array<int64_t, 3> size;  // N, H, W of the input
    torch::Tensor weight;
  };
  struct Packed {
    torch::Tensor source;  // shares the weight's storage, so that a replaced weight is told from this one
    uint32_t version;      // of that weight
    torch::Tensor bias;
    std::vector<PackedWeight> weights;  // latest used first
  };
  Asymmetry asymmetry(const torch::Tensor& input) const;
  bool packed_is_current(const torch::Tensor& input) const;
  torch::Tensor forward_plain(const torch::Tensor& input) const;
  torch::Tensor forward_packed(const torch::Tensor& input);
  const torch::Tensor* packed_weight(const torch::Tensor& input, const torch::Tensor& padded, Asymmetry absorbed,
                                     int64_t padding);
  torch::Tensor pad_asymmetric(const torch::Tensor& input, Asymmetry lacking) const;
  int64_t groups() const { return options_.depthwise ? options_.in_channels : 1; }
  int64_t full_padding() const { return (options_.kernel - 1) / 2; }

  ConvolutionOptions options_;
  std::optional<Packed> packed_;
};
TORCH_MODULE(Convolution);

}  // namespace eliq::backbone
