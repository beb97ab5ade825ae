// The hinge of the house: every family of backbone turns images (and text, where it reads text) into Features, and
// nothing behind this header knows which family it talks to.
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace eliq::backbone {

// One tapped level: tokens laid out on a grid.
struct Level {
  std::string name;      // "stage.2", "head", … as in the configuration
  int64_t stride;        // input pixels per token along a side
  torch::Tensor tokens;  // float [N, C, H, W]
};

struct Features {
  std::vector<Level> levels;
  int64_t input_height = 0;  // pixels that the levels cover
  int64_t input_width = 0;
  torch::Tensor text;       // float [N, T, C_text]; undefined when the family has no text side or no text was given
  torch::Tensor text_mask;  // bool [N, T], true = a real token; defined exactly when text is
  torch::Tensor sentence;   // float [N, C_text], Euclidean norm 1: the whole text; defined exactly when text is
};

struct LevelSpec {
  std::string name;
  int64_t stride;
  int64_t channels;
};

// Fills up the shorter rows of a batch of token ids.
constexpr int64_t kPaddingToken = -1;

// `images`: float [N, 3, H, W] as the family's preprocessing made them. `text`: int64 token ids [N, T] with
// kPaddingToken after the last one of a shorter row, or undefined; ignored by a backbone without a text side.
class BackboneImpl : public torch::nn::Module {
 public:
  virtual Features forward(const torch::Tensor& images, const torch::Tensor& text) = 0;
  virtual std::vector<LevelSpec> level_specs() const = 0;
  virtual int64_t text_channels() const { return 0; }
  // Before the first forward() with text: finds the files of the text side in the model directory and checks them as
  // far as that costs little; their numbers are read when the first text comes. Does nothing without a text side.
  // Error(kModelNotFound / kModelCorrupt).
  virtual void open_text(const std::string& /*directory*/) {}
  // Optional: allows forward() without gradients to keep copies of the weights in faster layouts; call it after they
  // are loaded. Weights that change later are noticed; forward() then only runs slower until this is called again.
  virtual void prepare_inference() {}
};

}  // namespace eliq::backbone
