#include "preprocess/crops.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include "common/error.h"
#include "test/harness.h"
#include "test/pictures.h"

namespace {

using namespace eliq;
using preprocess::choose_crops;
using preprocess::CropOptions;
using preprocess::Image;
using preprocess::Rect;

Image flat(int64_t width, int64_t height) {
  return {std::vector<uint8_t>(static_cast<size_t>(width * height * 3), 100), width, height};
}

// Stripes of one pixel, the strongest detail there is.
void stripe(Image& image, Rect area) {
  for (int64_t y = area.y; y < area.y + area.height; ++y)
    for (int64_t x = area.x; x < area.x + area.width; ++x)
      for (int64_t c = 0; c < 3; ++c)
        image.data[static_cast<size_t>((y * image.width + x) * 3 + c)] = x % 2 == 0 ? 0 : 255;
}

TEST("crops: a picture that they can tile is covered by evenly spread ones") {
  const CropOptions options{32, 4};
  EXPECT(choose_crops(options, flat(32, 32).view()) == std::vector<Rect>({{0, 0, 32, 32}}));
  EXPECT(choose_crops(options, flat(64, 64).view()) ==
         std::vector<Rect>({{0, 0, 32, 32}, {32, 0, 32, 32}, {0, 32, 32, 32}, {32, 32, 32, 32}}));
  EXPECT(choose_crops(options, flat(80, 20).view()) ==
         std::vector<Rect>({{0, 0, 32, 32}, {24, 0, 32, 32}, {48, 0, 32, 32}}));
  for (int64_t width = 1; width <= 128; width += 9)
    for (int64_t height = 1; height <= 128; height += 7) {
      if ((width + 31) / 32 * ((height + 31) / 32) > 4) continue;
      std::vector<bool> seen(static_cast<size_t>(width * height), false);
      for (const Rect rect : choose_crops(options, flat(width, height).view()))
        for (int64_t y = rect.y; y < std::min(rect.y + 32, height); ++y)
          for (int64_t x = rect.x; x < std::min(rect.x + 32, width); ++x)
            seen[static_cast<size_t>(y * width + x)] = true;
      EXPECT(std::all_of(seen.begin(), seen.end(), [](bool one) { return one; }));
    }
}

TEST("crops: strata follow the picture's shape, and windows lie inside it") {
  const CropOptions options{32, 4};
  for (const auto& [width, height] :
       {std::pair<int64_t, int64_t>{300, 100}, {100, 300}, {200, 200}, {500, 33}, {66, 65}}) {
    const auto rects = choose_crops(options, flat(width, height).view());
    REQUIRE(rects.size() == 4);
    for (const Rect rect : rects) {
      EXPECT(rect.x >= 0 && rect.x + rect.width <= width);
      EXPECT(rect.y >= 0 && rect.y + rect.height <= height);
    }
    const bool row = width > 2 * height, column = height > 2 * width;
    EXPECT_EQ(rects[0].y == rects[1].y && rects[1].y == rects[2].y, row);
    EXPECT_EQ(rects[0].x == rects[1].x && rects[1].x == rects[2].x, column);
  }
  // Without any detail: the first candidate of each stratum.
  EXPECT(choose_crops(options, flat(256, 256).view()) ==
         std::vector<Rect>({{0, 0, 32, 32}, {128, 0, 32, 32}, {0, 128, 32, 32}, {128, 128, 32, 32}}));
}

TEST("crops: each stratum gives its window with the most detail") {
  Image image = flat(256, 256);
  stripe(image, {64, 24, 32, 32});
  stripe(image, {200, 184, 32, 32});
  stripe(image, {176, 8, 16, 8});  // fills an eighth of a window; several hold it whole
  const auto rects = choose_crops({32, 4}, image.view());
  REQUIRE(rects.size() == 4);
  EXPECT((rects[0] == Rect{64, 24, 32, 32}));
  EXPECT((rects[1] == Rect{160, 0, 32, 32}));  // first of those that hold the stripes and their edges
  EXPECT((rects[2] == Rect{0, 128, 32, 32}));
  EXPECT((rects[3] == Rect{200, 184, 32, 32}));
}

TEST("crops: pixels are unchanged inside and mirrored outside the picture") {
  const Image image = test::picture(20, 30, 4);
  const Image inside = preprocess::cut(image.view(), {7, 3, 16, 16});
  for (int64_t y = 0; y < 16; ++y)
    for (int64_t i = 0; i < 16 * 3; ++i)
      EXPECT_EQ(int{inside.data[static_cast<size_t>(y * 48 + i)]},
                int{image.data[static_cast<size_t>((y + 3) * 90 + 21 + i)]});
  const Image beyond = preprocess::cut(image.view(), {0, 0, 64, 64});
  const auto red = [&](int64_t x, int64_t y) { return int{beyond.data[static_cast<size_t>((y * 64 + x) * 3)]}; };
  for (int64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(red(30 + i, 5), red(29 - i, 5));
    EXPECT_EQ(red(5, 20 + i), red(5, 19 - i));
  }
  EXPECT_EQ(red(60, 5), red(0, 5));
  EXPECT_EQ(red(5, 40), red(5, 0));
  const Image dot{{1, 2, 3}, 1, 1};
  const auto rects = choose_crops({16, 4}, dot.view());
  REQUIRE(rects.size() == 1);
  const Image grown = preprocess::cut(dot.view(), rects[0]);
  for (size_t i = 0; i < grown.data.size(); ++i) EXPECT_EQ(int{grown.data[i]}, static_cast<int>(i % 3 + 1));
}

TEST("crops: a large picture is chosen from quickly, the same each time") {
  const Image image = test::picture(2048, 2048, 1);
  const auto start = std::chrono::steady_clock::now();
  const auto first = choose_crops({256, 4}, image.view());
  const double took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  std::cout << "# choosing crops of 2048 x 2048: " << took << " ms\n";
  EXPECT(took < 1000);  // far above what it takes; a machine under load must pass
  EXPECT(first == choose_crops({256, 4}, image.view()));
}

TEST("crops: senseless settings are refused, absent ones are none") {
  const auto read = [](const char* text) { return CropOptions::from_json(io::Json::parse(text, "config.json")); };
  EXPECT(!read("{}").has_value());
  EXPECT_EQ(read(R"({"crops": {"side": 128, "count": 3}})")->count, 3);
  EXPECT_ERROR(read(R"({"crops": {"side": 8, "count": 3}})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(read(R"({"crops": {"side": 130, "count": 3}})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(read(R"({"crops": {"side": 128, "count": 0}})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(read(R"({"crops": {"side": 128}})"), ErrorCode::kModelCorrupt);
}

}  // namespace
