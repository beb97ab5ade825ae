// Antialiased resampling of 8-bit RGB, equal to Pillow's Image.resize for the same filter (Pillow, src/libImaging/
// Resample.c: separable convolution, support scaled by the reduction factor, fixed-point coefficients). Always
// horizontally first, as Pillow did until version 12; from 13 on it starts vertically where the height shrinks much
// more.
#pragma once

#include "preprocess/image.h"

namespace eliq::preprocess {

enum class Filter { kBox, kBilinear, kBicubic, kLanczos3 };

// Error(kInvalidArgument) for empty input or target.
Image resize(ImageView source, int64_t width, int64_t height, Filter filter);

}  // namespace eliq::preprocess
