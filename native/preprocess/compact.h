// What the compact family sees: the whole picture at its own aspect ratio, resized to a fixed pixel budget.
#pragma once

#include <torch/types.h>

#include <string>

#include "io/json.h"
#include "preprocess/image.h"
#include "preprocess/resize.h"

namespace eliq::preprocess {

// config.json "input".
struct CompactInput {
  int64_t area = 512 * 512;  // target width * height
  int64_t multiple = 64;     // both sides are multiples of this
  int64_t max_side = 2048;   // extreme panoramas are squashed to this (aspect ratio is given up there only)
  Filter filter = Filter::kBicubic;
  std::vector<double> mean = {127.0, 127.0, 127.0};  // of 0..255
  std::vector<double> std = {128.0, 128.0, 128.0};

  static CompactInput from_json(const io::Json& json);
};

struct Size {
  int64_t width;
  int64_t height;
};

// Size that `input` gives an image: sides proportional to the image's, product near `area`, rounded to `multiple`,
// each within [multiple, max_side].
Size plan_size(const CompactInput& input, int64_t width, int64_t height);

// Resized 8-bit pixels (what a training cache may keep) …
Image fit(const CompactInput& input, ImageView source);
// … and the model input: float32 [1, 3, H, W], channels-last memory format, (pixel - mean) / std.
torch::Tensor normalize(const CompactInput& input, ImageView resized);

}  // namespace eliq::preprocess
