// The compact family: an inverted-residual convolutional tower (MobileNetV2, Sandler et al., arXiv 1801.04381;
// EfficientNet-Lite0..4, the EfficientNet of Tan & Le, arXiv 1905.11946, without squeeze-excite and with ReLU6),
// described wholly by its configuration. Batch normalisation is folded into the convolutions.
#pragma once

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "backbone/inverted_residual.h"
#include "backbone/sentence_encoder.h"
#include "io/json.h"

namespace eliq::backbone {

struct CompactStage {
  int64_t kernel;
  int64_t expansion;  // 1: no expansion convolution
  int64_t channels;
  int64_t stride;  // of the first block
  int64_t repeats;
};

struct CompactOptions {
  int64_t stem_channels = 32;
  int64_t stem_kernel = 3;
  int64_t stem_stride = 2;
  std::vector<CompactStage> stages;
  int64_t head_channels = 0;                   // final 1x1 convolution; 0: none
  std::vector<std::string> taps;               // "stage.<i>" (0-based, output of its last block) or "head"
  bool same_padding = true;                    // TensorFlow SAME: the odd pixel of padding goes to the bottom and right
  int64_t classes = 0;                         // > 0: a classifier follows the pooled head (conversion checks only)
  std::optional<SentenceEncoderOptions> text;  // none: no text side

  // config.json "backbone". Error(kModelCorrupt / kModelUnsupported) on anything senseless.
  static CompactOptions from_json(const io::Json& json);
};

// Parameter names: "stem.weight|bias", "stages.<i>.<j>.expand|depthwise|project.weight|bias", "head.weight|bias",
// "classifier.weight|bias". The text side is not among them: its weights are never trained and lie in their own file.
class CompactImpl : public BackboneImpl {
 public:
  explicit CompactImpl(CompactOptions options);
  void reset();  // fresh weights from the current generator
  // Any H and W from 1; a level of stride s is [N, C, ceil(H / s), ceil(W / s)], channels-last. Text that is given
  // before open_text() is Error(kInvalidArgument), and so is what the encoder refuses.
  Features forward(const torch::Tensor& images, const torch::Tensor& text) override;
  std::vector<LevelSpec> level_specs() const override;
  int64_t text_channels() const override { return options_.text ? options_.text->width : 0; }
  void open_text(const std::string& directory) override;
  void prepare_inference() override;
  // Logits [N, classes]; Error(kModelUnsupported) without a classifier.
  torch::Tensor classify(const torch::Tensor& images);

  const CompactOptions& options() const { return options_; }

 private:
  // Runs the stages up to `last_stage`; hands every stage's output to `visit(index, tokens)`.
  template <typename Visit>
  torch::Tensor run(const torch::Tensor& images, int64_t last_stage, const Visit& visit);

  void read_text(const torch::Tensor& text, Features& features);

  CompactOptions options_;
  std::unique_ptr<LazySentenceEncoder> text_;  // empty until open_text()
  Convolution stem_{nullptr};
  torch::nn::ModuleList stages_{nullptr};  // of ModuleList of InvertedResidual
  Convolution head_{nullptr};
  torch::nn::Linear classifier_{nullptr};
};
TORCH_MODULE(Compact);

}  // namespace eliq::backbone
