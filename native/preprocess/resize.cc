#include "preprocess/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string>
#include <vector>

#include "common/error.h"

// The inner loops multiply 32-bit integers, for which the x86-64 baseline has no vector instruction: these functions
// are compiled for newer processors too and chosen at load.
#if defined(__x86_64__) && defined(__GLIBC__)
#define ELIQ_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define ELIQ_VECTOR_CLONES
#endif

namespace eliq::preprocess {

namespace {

constexpr int64_t kChannels = 3;
// Room for an 8-bit value and, because bicubic and Lanczos overshoot, a sign and one bit above (Resample.c).
constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr int32_t kHalf = 1 << (kPrecisionBits - 1);

using Int4 __attribute__((vector_size(16))) = int32_t;
using Byte4 __attribute__((vector_size(4))) = uint8_t;

double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double bicubic(double x) {
  constexpr double a = -0.5;  // Keys, 1981
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

struct Kernel {
  double support;
  double (*at)(double);
};

Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::kBox:
      return {0.5, [](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }};
    case Filter::kBilinear:
      return {1, [](double x) { return std::max(0.0, 1 - std::abs(x)); }};
    case Filter::kBicubic:
      return {2, bicubic};
    case Filter::kLanczos3:
      return {3, [](double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0.0; }};
  }
  throw Error(ErrorCode::kInternal, "An unknown resize filter.");
}

struct Window {
  int64_t first;  // source index
  int64_t count;
  const int32_t* taps;  // count fixed-point coefficients
};

// The source window and coefficients of every target position along one axis.
class Weights {
 public:
  Weights(int64_t source, int64_t target, const Kernel& kernel) {
    const double scale = static_cast<double>(source) / static_cast<double>(target);
    const double stretch = std::max(scale, 1.0);  // antialiasing: the kernel grows with the reduction
    const double support = kernel.support * stretch;
    stride_ = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
    taps_.resize(static_cast<size_t>(target * stride_));
    std::vector<double> raw(static_cast<size_t>(stride_));
    for (int64_t index = 0; index < target; ++index) {
      const double center = (static_cast<double>(index) + 0.5) * scale;
      const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(center - support + 0.5));
      const int64_t end = std::min(source, static_cast<int64_t>(center + support + 0.5));
      double sum = 0;
      for (int64_t i = first; i < end; ++i) {
        raw[i - first] = kernel.at((static_cast<double>(i) - center + 0.5) * (1.0 / stretch));
        sum += raw[i - first];
      }
      for (int64_t i = 0; i < end - first; ++i) {
        taps_[index * stride_ + i] = fixed_point(sum != 0 ? raw[i] / sum : raw[i]);
      }
      extents_.push_back({first, end - first});
    }
  }

  Window operator[](int64_t index) const {
    return {extents_[index].first, extents_[index].second, taps_.data() + index * stride_};
  }
  int64_t size() const { return static_cast<int64_t>(extents_.size()); }

 private:
  static int32_t fixed_point(double weight) {
    return static_cast<int32_t>(weight * (1 << kPrecisionBits) + (weight < 0 ? -0.5 : 0.5));
  }

  int64_t stride_;
  std::vector<int32_t> taps_;
  std::vector<std::pair<int64_t, int64_t>> extents_;
};

inline uint8_t clip8(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255)); }

// Pixel as four lanes, the fourth unused: reads one byte past the pixel.
inline Int4 load_pixel(const uint8_t* pixel) {
  Byte4 bytes;
  std::memcpy(&bytes, pixel, sizeof(bytes));
  return __builtin_convertvector(bytes, Int4);
}

// One row; `row` has a readable byte after its last pixel.
ELIQ_VECTOR_CLONES
void horizontal_row(const uint8_t* row, const Weights& weights, uint8_t* out) {
  const int64_t width = weights.size();
  for (int64_t x = 0; x < width; ++x, out += kChannels) {
    const Window window = weights[x];
    const uint8_t* pixel = row + window.first * kChannels;
    Int4 even = {kHalf, kHalf, kHalf, 0};
    Int4 odd = {0, 0, 0, 0};
    int64_t i = 0;
    for (; i + 1 < window.count; i += 2, pixel += 2 * kChannels) {
      even += load_pixel(pixel) * window.taps[i];
      odd += load_pixel(pixel + kChannels) * window.taps[i + 1];
    }
    if (i < window.count) even += load_pixel(pixel) * window.taps[i];
    even += odd;
    for (int64_t c = 0; c < kChannels; ++c) out[c] = clip8(even[c]);
  }
}

// One row of `size` bytes from window.count rows that are `size` bytes apart.
ELIQ_VECTOR_CLONES
void vertical_row(const uint8_t* rows, const Window& window, int64_t size, uint8_t* out) {
  constexpr int64_t kBlock = 128;
  int64_t x = 0;
  for (; x + kBlock <= size; x += kBlock) {
    std::array<int32_t, kBlock> sums;
    sums.fill(kHalf);
    const uint8_t* row = rows + x;
    for (int64_t j = 0; j < window.count; ++j, row += size) {
      const int32_t tap = window.taps[j];
      for (int64_t i = 0; i < kBlock; ++i) sums[i] += row[i] * tap;
    }
    for (int64_t i = 0; i < kBlock; ++i) out[x + i] = clip8(sums[i]);
  }
  for (; x < size; ++x) {
    int32_t sum = kHalf;
    for (int64_t j = 0; j < window.count; ++j) sum += rows[j * size + x] * window.taps[j];
    out[x] = clip8(sum);
  }
}

// Rows [first, end) of the source, resampled to `width`.
std::vector<uint8_t> horizontal_pass(ImageView source, int64_t first, int64_t end, int64_t width,
                                     const Kernel& kernel) {
  const Weights weights(source.width, width, kernel);
  const int64_t row_size = source.width * kChannels;
  std::vector<uint8_t> out(static_cast<size_t>((end - first) * width * kChannels));
  std::vector<uint8_t> last_row;
  for (int64_t y = first; y < end; ++y) {
    const uint8_t* row = source.data + y * row_size;
    if (y == source.height - 1) {
      last_row.assign(row, row + row_size);
      last_row.push_back(0);
      row = last_row.data();
    }
    horizontal_row(row, weights, out.data() + (y - first) * width * kChannels);
  }
  return out;
}

}  // namespace

Image resize(ImageView source, int64_t width, int64_t height, Filter filter) {
  if (source.data == nullptr || source.width <= 0 || source.height <= 0) {
    throw Error(ErrorCode::kInvalidArgument, "An empty image cannot be resized.");
  }
  if (width <= 0 || height <= 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "An image cannot be resized to " + std::to_string(width) + " x " + std::to_string(height) + " pixels.");
  }
  const Kernel kernel = kernel_of(filter);
  Image out{std::vector<uint8_t>(), width, height};
  if (height == source.height) {
    if (width != source.width) {
      out.data = horizontal_pass(source, 0, height, width, kernel);
    } else {
      out.data.assign(source.data, source.data + width * height * kChannels);
    }
    return out;
  }
  const Weights weights(source.height, height, kernel);
  const int64_t first = weights[0].first;
  const Window last = weights[height - 1];
  const int64_t row_size = width * kChannels;
  std::vector<uint8_t> narrowed;
  const uint8_t* rows = source.data + first * row_size;
  if (width != source.width) {
    narrowed = horizontal_pass(source, first, last.first + last.count, width, kernel);
    rows = narrowed.data();
  }
  out.data.resize(static_cast<size_t>(height * row_size));
  for (int64_t y = 0; y < height; ++y) {
    const Window window = weights[y];
    vertical_row(rows + (window.first - first) * row_size, window, row_size, out.data.data() + y * row_size);
  }
  return out;
}

}  // namespace eliq::preprocess
