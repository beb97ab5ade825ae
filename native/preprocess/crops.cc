#include "preprocess/crops.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/config_check.h"
#include "common/error.h"

namespace eliq::preprocess {
namespace {

constexpr int64_t kStepsPerSide = 4;  // candidates along a crop's side

int64_t bounded(const io::Json& json, const std::string& key, int64_t low, int64_t high) {
  return require_between("input.crops." + key, json.at(key).as_integer(), low, high);
}

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Offsets of `count` windows spread evenly over a side, both ends covered.
std::vector<int64_t> spread(int64_t length, int64_t side, int64_t count) {
  const int64_t room = std::max<int64_t>(length - side, 0);
  if (count == 1) return {room / 2};
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < count; ++i) offsets.push_back((room * i + (count - 1) / 2) / (count - 1));
  return offsets;
}

struct Layout {
  int64_t rows;
  int64_t columns;
};

// The division into `count` cells whose shape is nearest to a square: |log(cell width / cell height)| least.
Layout divide(int64_t count, int64_t width, int64_t height) {
  Layout best{1, count};
  double least = INFINITY;
  for (int64_t rows = 1; rows <= count; ++rows) {
    if (count % rows != 0) continue;
    const int64_t columns = count / rows;
    const double shape = std::abs(std::log(static_cast<double>(width * rows) / static_cast<double>(height * columns)));
    if (shape < least - 1e-12) {
      least = shape;
      best = {rows, columns};
    }
  }
  return best;
}

// Sums of the squared luma gradient over blocks, as a summed-area table: candidates' windows are whole blocks, so that
// the table needs no more than a number a block.
class Detail {
 public:
  Detail(ImageView picture, int64_t block)
      : block_(block),
        columns_(divide_up(picture.width, block)),
        rows_(divide_up(picture.height, block)),
        table_(static_cast<size_t>((columns_ + 1) * (rows_ + 1)), 0) {
    gather(picture);
    for (int64_t r = 1; r <= rows_; ++r)
      for (int64_t c = 1; c <= columns_; ++c) at(r, c) += at(r - 1, c) + at(r, c - 1) - at(r - 1, c - 1);
  }

  // Sum over blocks of rows [top, bottom) and columns [left, right).
  int64_t sum(int64_t top, int64_t left, int64_t bottom, int64_t right) const {
    bottom = std::min(bottom, rows_);
    right = std::min(right, columns_);
    return at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
  }

 private:
  int64_t& at(int64_t row, int64_t column) { return table_[static_cast<size_t>(row * (columns_ + 1) + column)]; }
  int64_t at(int64_t row, int64_t column) const { return table_[static_cast<size_t>(row * (columns_ + 1) + column)]; }

  // Integer Rec. 601 luma, and forward differences (none at the last row and column).
  void gather(ImageView picture) {
    const auto luma = [&](int64_t y, std::vector<int32_t>& row) {
      const uint8_t* pixel = picture.data + y * picture.width * 3;
      for (int64_t x = 0; x < picture.width; ++x, pixel += 3)
        row[static_cast<size_t>(x)] = (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8;
    };
    std::vector<int32_t> current(static_cast<size_t>(picture.width)), below(current.size());
    luma(0, current);
    for (int64_t y = 0; y < picture.height; ++y) {
      if (y + 1 < picture.height)
        luma(y + 1, below);
      else
        below = current;
      for (int64_t c = 0; c < columns_; ++c) at(y / block_ + 1, c + 1) += row_part(current, below, c * block_);
      std::swap(current, below);
    }
  }

  int64_t row_part(const std::vector<int32_t>& current, const std::vector<int32_t>& below, int64_t start) const {
    const auto width = static_cast<int64_t>(current.size());
    const int64_t end = std::min(start + block_, width);
    const int32_t* here = current.data();
    const int32_t* under = below.data();
    int32_t sum = 0;  // at most 2 * 255^2 a pixel, and a block has at most 1024 in a row
    for (int64_t x = start; x < std::min(end, width - 1); ++x) {
      const int32_t across = here[x + 1] - here[x];
      const int32_t down = under[x] - here[x];
      sum += across * across + down * down;
    }
    if (end == width) sum += (under[width - 1] - here[width - 1]) * (under[width - 1] - here[width - 1]);
    return sum;
  }

  int64_t block_, columns_, rows_;
  std::vector<int64_t> table_;
};

// Candidate offsets, multiples of `step`, of the windows that lie in the stratum [from, to) of a side; where it is
// narrower than a window, the one offset that centres the window on it as far as the picture allows.
std::vector<int64_t> candidates(int64_t from, int64_t to, int64_t length, int64_t side, int64_t step) {
  const int64_t last = std::max<int64_t>(length - side, 0) / step;
  std::vector<int64_t> offsets;
  for (int64_t i = divide_up(from, step); i <= last && i * step + side <= to; ++i) offsets.push_back(i * step);
  if (offsets.empty()) {
    const int64_t centred = std::max<int64_t>((from + to - side) / 2, 0);
    offsets.push_back(std::min((centred + step / 2) / step, last) * step);
  }
  return offsets;
}

std::vector<Rect> most_detailed(const CropOptions& options, ImageView picture) {
  const int64_t side = options.side, step = side / kStepsPerSide;
  const Layout layout = divide(options.count, picture.width, picture.height);
  const Detail detail(picture, step);
  std::vector<Rect> rects;
  for (int64_t r = 0; r < layout.rows; ++r) {
    const auto ys = candidates(picture.height * r / layout.rows, picture.height * (r + 1) / layout.rows, picture.height,
                               side, step);
    for (int64_t c = 0; c < layout.columns; ++c) {
      const auto xs = candidates(picture.width * c / layout.columns, picture.width * (c + 1) / layout.columns,
                                 picture.width, side, step);
      Rect best;
      int64_t most = -1;
      for (const int64_t y : ys)
        for (const int64_t x : xs) {
          const int64_t sum = detail.sum(y / step, x / step, y / step + kStepsPerSide, x / step + kStepsPerSide);
          if (sum > most) {
            most = sum;
            best = {x, y, side, side};
          }
        }
      rects.push_back(best);
    }
  }
  return rects;
}

// Index within [0, length) of the reflection of `i` >= 0, edge repeated: period 2 length.
int64_t mirrored(int64_t i, int64_t length) {
  const int64_t phase = i % (2 * length);
  return phase < length ? phase : 2 * length - 1 - phase;
}

}  // namespace

std::optional<CropOptions> CropOptions::from_json(const io::Json& input) {
  if (!input.has("crops")) return std::nullopt;
  const io::Json& json = input.at("crops");
  CropOptions options;
  options.side = bounded(json, "side", 16, 4096);
  options.count = bounded(json, "count", 1, 64);
  if (options.side % kStepsPerSide != 0)
    throw Error(ErrorCode::kModelCorrupt, "config.json: input.crops.side must be a multiple of 4.");
  return options;
}

std::vector<Rect> choose_crops(const CropOptions& options, ImageView picture) {
  if (picture.width <= 0 || picture.height <= 0)
    throw Error(ErrorCode::kInvalidArgument, "An empty image has no crops.");
  const int64_t rows = divide_up(picture.height, options.side), columns = divide_up(picture.width, options.side);
  if (rows * columns > options.count) return most_detailed(options, picture);
  std::vector<Rect> rects;
  for (const int64_t y : spread(picture.height, options.side, rows))
    for (const int64_t x : spread(picture.width, options.side, columns))
      rects.push_back({x, y, options.side, options.side});
  return rects;
}

Image cut(ImageView picture, Rect rect) {
  Image crop{std::vector<uint8_t>(static_cast<size_t>(rect.width * rect.height * 3)), rect.width, rect.height};
  const int64_t inside = std::min(rect.width, picture.width - rect.x);
  uint8_t* to = crop.data.data();
  for (int64_t y = 0; y < rect.height; ++y) {
    const uint8_t* from = picture.data + mirrored(rect.y + y, picture.height) * picture.width * 3;
    to = std::copy_n(from + rect.x * 3, inside * 3, to);
    for (int64_t x = inside; x < rect.width; ++x)
      to = std::copy_n(from + mirrored(rect.x + x, picture.width) * 3, 3, to);
  }
  return crop;
}

}  // namespace eliq::preprocess
