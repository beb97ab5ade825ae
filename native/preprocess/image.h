// Decoded pixels as they come from lib/images: 8-bit sRGB, interleaved, row-major, no row padding.
#pragma once

#include <cstdint>
#include <vector>

namespace eliq::preprocess {

struct ImageView {
  const uint8_t* data;  // height * width * 3
  int64_t width;
  int64_t height;
};

struct Image {
  std::vector<uint8_t> data;
  int64_t width = 0;
  int64_t height = 0;
  ImageView view() const { return {data.data(), width, height}; }
};

}  // namespace eliq::preprocess
