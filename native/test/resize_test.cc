#include "preprocess/resize.h"

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "preprocess/compact.h"
#include "test/harness.h"
#include "test/pictures.h"

using namespace eliq;
using namespace eliq::preprocess;

namespace {

struct Golden {
  Filter filter;
  int64_t source_height, source_width, height, width;
  uint32_t seed;
  uint64_t hash;
};

const Golden kGoldens[] = {
#include "test/goldens/resize.inc"
};

uint64_t fnv1a64(const std::vector<uint8_t>& data) {
  uint64_t value = 14695981039346656037u;
  for (const uint8_t byte : data) value = (value ^ byte) * 1099511628211u;
  return value;
}

}  // namespace

TEST("resize: bit-equal to Pillow for every filter, up and down, odd sizes and single pixels") {
  for (const Golden& golden : kGoldens) {
    const Image source = test::picture(golden.source_height, golden.source_width, golden.seed);
    const Image resized = resize(source.view(), golden.width, golden.height, golden.filter);
    EXPECT_EQ(resized.data.size(), static_cast<size_t>(golden.width * golden.height * 3));
    if (fnv1a64(resized.data) != golden.hash) {
      test::record_failure(__FILE__, __LINE__,
                           "filter " + std::to_string(static_cast<int>(golden.filter)) + ": " +
                               std::to_string(golden.source_width) + "x" + std::to_string(golden.source_height) +
                               " to " + std::to_string(golden.width) + "x" + std::to_string(golden.height) +
                               " differs from Pillow");
    }
  }
}

TEST("resize: a flat picture stays flat and nothing is read outside it") {
  const std::vector<uint8_t> flat(31 * 17 * 3, 200);
  for (const Filter filter : {Filter::kBox, Filter::kBilinear, Filter::kBicubic, Filter::kLanczos3}) {
    const Image resized = resize({flat.data(), 31, 17}, 64, 5, filter);
    for (const uint8_t value : resized.data) EXPECT_EQ(int{value}, 200);
  }
}

TEST("resize: empty pictures and targets are refused") {
  const std::vector<uint8_t> pixel(3);
  EXPECT_ERROR(resize({pixel.data(), 0, 1}, 1, 1, Filter::kBox), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(resize({nullptr, 1, 1}, 1, 1, Filter::kBox), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(resize({pixel.data(), 1, 1}, 0, 1, Filter::kBox), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(resize({pixel.data(), 1, 1}, 1, -1, Filter::kBox), ErrorCode::kInvalidArgument);
}

TEST("plan_size: the area, the aspect ratio and both bounds") {
  const CompactInput input;
  const auto expect = [&](int64_t width, int64_t height, int64_t planned_width, int64_t planned_height) {
    const Size size = plan_size(input, width, height);
    EXPECT_EQ(size.width, planned_width);
    EXPECT_EQ(size.height, planned_height);
  };
  expect(512, 512, 512, 512);
  expect(4000, 4000, 512, 512);
  expect(1, 1, 512, 512);
  expect(1024, 256, 1024, 256);
  expect(1500, 1000, 640, 448);  // 627 x 418
  expect(1000, 1500, 448, 640);
  expect(30000, 200, 2048, 64);  // 6271 x 42
  expect(1, 100000, 64, 2048);
}

TEST("fit and normalize: planned size, channels-last, (pixel - mean) / std") {
  CompactInput input;
  input.area = 64 * 64;
  input.multiple = 16;
  input.mean = {127, 100, 50};
  input.std = {128, 64, 0.5};
  const Image source = test::picture(50, 75, 3);
  const Image fitted = fit(input, source.view());
  EXPECT_EQ(fitted.width, 80);
  EXPECT_EQ(fitted.height, 48);
  EXPECT(fitted.data == resize(source.view(), 80, 48, Filter::kBicubic).data);
  const torch::Tensor tensor = normalize(input, fitted.view());
  EXPECT(tensor.sizes() == (std::vector<int64_t>{1, 3, 48, 80}));
  EXPECT(tensor.is_contiguous(torch::MemoryFormat::ChannelsLast));
  for (int64_t y = 0; y < 48; y += 5) {
    for (int64_t x = 0; x < 80; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        const float pixel = fitted.data[(y * 80 + x) * 3 + c];
        const float wanted = (pixel - static_cast<float>(input.mean[c])) / static_cast<float>(input.std[c]);
        EXPECT_EQ(tensor[0][c][y][x].item<float>(), wanted);
      }
    }
  }
}

TEST("input configuration: defaults, values and refusals") {
  const auto parse = [](const std::string& text) {
    return CompactInput::from_json(io::Json::parse(text, "config.json"));
  };
  EXPECT_EQ(parse("{}").area, 512 * 512);
  const CompactInput input =
      parse(R"({"area":65536,"multiple":32,"maxSide":1024,"filter":"lanczos3","mean":[1,2,3.5],"std":[4,5,6]})");
  EXPECT_EQ(input.multiple, 32);
  EXPECT(input.filter == Filter::kLanczos3);
  EXPECT_EQ(input.mean[2], 3.5);
  for (const char* text :
       {R"({"area":0})", R"({"multiple":0})", R"({"maxSide":63})", R"({"area":1e5})", R"({"mean":[1,2]})",
        R"({"std":[1,1,0]})", R"({"std":[1,1,-1]})", R"({"area":99999999999})", R"({"mean":1})"}) {
    EXPECT_ERROR(parse(text), ErrorCode::kModelCorrupt);
  }
  EXPECT_ERROR(parse(R"({"filter":"nearest"})"), ErrorCode::kModelUnsupported);
  EXPECT_ERROR(parse(R"({"crops":{"side":256,"count":4}})"), ErrorCode::kModelUnsupported);
}
