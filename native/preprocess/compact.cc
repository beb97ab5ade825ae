#include "preprocess/compact.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "common/config_check.h"
#include "common/error.h"
#include "io/utf8.h"

namespace eliq::preprocess {

namespace {

constexpr int64_t kMaxArea = int64_t{1} << 26;

int64_t bounded(const io::Json& json, const std::string& key, int64_t fallback, int64_t low, int64_t high) {
  return require_between("input." + key, json.integer_or(key, fallback), low, high);
}

Filter filter_from_name(const std::string& name) {
  if (name == "box") return Filter::kBox;
  if (name == "bilinear") return Filter::kBilinear;
  if (name == "bicubic") return Filter::kBicubic;
  if (name == "lanczos3") return Filter::kLanczos3;
  throw Error(ErrorCode::kModelUnsupported, "config.json: input.filter \"" + io::clip(name) +
                                                "\" is not known; it knows box, bilinear, bicubic and lanczos3.");
}

std::vector<double> per_channel(const io::Json& json, const std::string& key) {
  std::vector<double> values;
  for (const io::Json& value : json.at(key).as_array()) values.push_back(value.as_number());
  if (values.size() != 3) throw Error(ErrorCode::kModelCorrupt, "config.json: input." + key + " needs three numbers.");
  return values;
}

}  // namespace

CompactInput CompactInput::from_json(const io::Json& json) {
  // Silently leaving out views that a model was trained with would give senseless scores.
  if (json.has("crops")) {
    throw Error(
        ErrorCode::kModelUnsupported,
        "config.json: input.crops asks for native-resolution crops, which this version of eliq cannot give to a "
        "model. Update eliq, or use a model without them.");
  }
  CompactInput input;
  input.multiple = bounded(json, "multiple", input.multiple, 1, 1024);
  input.area = bounded(json, "area", input.area, input.multiple * input.multiple, kMaxArea);
  input.max_side = bounded(json, "maxSide", input.max_side, input.multiple, kMaxArea);
  input.filter = filter_from_name(json.string_or("filter", "bicubic"));
  if (json.has("mean")) input.mean = per_channel(json, "mean");
  if (json.has("std")) input.std = per_channel(json, "std");
  if (std::any_of(input.std.begin(), input.std.end(), [](double value) { return !(value > 0); })) {
    throw Error(ErrorCode::kModelCorrupt, "config.json: input.std needs three numbers above 0.");
  }
  return input;
}

Size plan_size(const CompactInput& input, int64_t width, int64_t height) {
  if (width <= 0 || height <= 0) throw Error(ErrorCode::kInvalidArgument, "An empty image has no size to plan for.");
  const double w = static_cast<double>(width);
  const double h = static_cast<double>(height);
  const double scale = std::sqrt(static_cast<double>(input.area) / (w * h));
  const double multiple = static_cast<double>(input.multiple);
  const double most = std::floor(static_cast<double>(input.max_side) / multiple);
  const auto side = [&](double length) {
    return static_cast<int64_t>(std::clamp(std::round(length * scale / multiple), 1.0, most)) * input.multiple;
  };
  return {side(w), side(h)};
}

Image fit(const CompactInput& input, ImageView source) {
  const Size size = plan_size(input, source.width, source.height);
  return resize(source, size.width, size.height, input.filter);
}

torch::Tensor normalize(const CompactInput& input, ImageView resized) {
  // A period of 48 lanes is whole in pixels and in vector registers, so that the loop over it vectorises.
  constexpr int64_t kPeriod = 48;
  std::array<float, kPeriod> mean;
  std::array<float, kPeriod> std;
  for (int64_t i = 0; i < kPeriod; ++i) {
    mean[i] = static_cast<float>(input.mean[i % 3]);
    std[i] = static_cast<float>(input.std[i % 3]);
  }
  // Interleaved pixels are channels-last already.
  torch::Tensor out = at::empty({1, 3, resized.height, resized.width},
                                at::TensorOptions().dtype(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  float* target = out.mutable_data_ptr<float>();
  const int64_t size = resized.height * resized.width * 3;
  int64_t start = 0;
  for (; start + kPeriod <= size; start += kPeriod) {
    for (int64_t i = 0; i < kPeriod; ++i) {
      target[start + i] = (static_cast<float>(resized.data[start + i]) - mean[i]) / std[i];
    }
  }
  for (int64_t i = 0; start + i < size; ++i) {
    target[start + i] = (static_cast<float>(resized.data[start + i]) - mean[i]) / std[i];
  }
  return out;
}

}  // namespace eliq::preprocess
