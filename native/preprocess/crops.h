// Square crops at native resolution: what resizing the whole picture to a fixed area would hide (enlargement, fine
// damage). The choice of windows is this project's and written down in docs/model.md.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "io/json.h"
#include "preprocess/image.h"

namespace eliq::preprocess {

// config.json "input.crops".
struct CropOptions {
  int64_t side = 256;  // pixels of a crop's sides
  int64_t count = 4;   // crops of a picture, at most

  // Section "crops" of config.json's `input`; nothing where it is absent. Error(kModelCorrupt) on senseless numbers.
  static std::optional<CropOptions> from_json(const io::Json& input);
};

// Pixels of a picture, from its top left. A crop reaches beyond a picture that is shorter than the crop.
struct Rect {
  int64_t x = 0;
  int64_t y = 0;
  int64_t width = 0;
  int64_t height = 0;
  bool operator==(const Rect& other) const = default;
};

// Windows of options.side squared, in reading order of their cells, 1 to options.count of them. A picture that `count`
// windows can tile is covered by evenly spread ones; another is divided into `count` strata (rows x columns, cells as
// near to a square as they get), and each gives its window with the most detail: the mean squared difference of luma
// between neighbouring pixels, among candidates at steps of side / 4; ties go to the first in reading order. Windows
// lie inside the picture where it is large enough; along a side that is shorter they start at 0. Deterministic.
std::vector<Rect> choose_crops(const CropOptions& options, ImageView picture);

// Pixels of the window, unchanged; what lies beyond the picture's right and lower edge is its reflection (edge pixels
// repeated, as often as needed). `rect` starts inside the picture.
Image cut(ImageView picture, Rect rect);

}  // namespace eliq::preprocess
