#include "backbone/compact.h"

#include <string>
#include <vector>

#include "backbone/factory.h"
#include "common/error.h"
#include "test/harness.h"
#include "test/pictures.h"

using namespace eliq;
using backbone::CompactImpl;
using backbone::CompactOptions;

namespace {

struct Golden {
  bool same_padding;
  int64_t height, width;
  const char* tap;
  double greatest;
  std::vector<double> values;
};

const Golden kGoldens[] = {
#include "test/goldens/compact.inc"
};

// The tower of scripts/parity/compact_goldens.py. Stage 3 starts with a residual block on a tapped tensor.
std::string configuration(bool same_padding) {
  return std::string(R"({"family":"compact","stem":{"channels":8,"kernel":3,"stride":2},"stages":[
      {"kernel":3,"expansion":1,"channels":8,"stride":1,"repeats":1},
      {"kernel":3,"expansion":6,"channels":12,"stride":2,"repeats":2},
      {"kernel":5,"expansion":3,"channels":16,"stride":2,"repeats":2},
      {"kernel":3,"expansion":4,"channels":16,"stride":1,"repeats":1},
      {"kernel":5,"expansion":2,"channels":24,"stride":2,"repeats":2}],
      "headChannels":32,"taps":["stage.1","stage.2","stage.3","stage.4","head"],"classes":10,"padding":")") +
         (same_padding ? "same" : "symmetric") + "\"}";
}

CompactOptions options_of(const std::string& text) {
  return CompactOptions::from_json(io::Json::parse(text, "config.json"));
}

std::shared_ptr<CompactImpl> tiny_tower(bool same_padding) {
  auto tower = std::make_shared<CompactImpl>(options_of(configuration(same_padding)));
  for (auto& parameter : tower->named_parameters()) test::fill_parameter(parameter.key(), parameter.value());
  tower->eval();
  return tower;
}

torch::Tensor input_of(int64_t height, int64_t width, uint32_t seed) {
  const preprocess::Image image = test::picture(height, width, seed);
  const torch::Tensor bytes =
      torch::from_blob(const_cast<uint8_t*>(image.data.data()), {1, height, width, 3}, torch::kByte);
  return (bytes.to(torch::kFloat) - 127).div_(128).permute({0, 3, 1, 2});
}

double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

void expect_golden(CompactImpl& tower, const Golden& golden, uint32_t seed) {
  const torch::Tensor image = input_of(golden.height, golden.width, seed);
  torch::Tensor found;
  if (std::string(golden.tap) == "logits") {
    found = tower.classify(image);
  } else {
    for (const backbone::Level& level : tower.forward(image, {}).levels) {
      if (level.name == golden.tap) found = level.tokens;
    }
  }
  REQUIRE(found.defined());
  const torch::Tensor flat = found.detach().contiguous().flatten();
  EXPECT_NEAR(flat.abs().max().item<double>(), golden.greatest, 1e-4 * golden.greatest);
  const auto count = static_cast<int64_t>(golden.values.size());
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_NEAR(flat[i * flat.numel() / count].item<double>(), golden.values[i], 1e-4 * golden.greatest);
  }
}

uint32_t seed_of(const Golden& golden) {
  uint32_t seed = 0;
  const Golden* last = nullptr;
  for (const Golden& other : kGoldens) {
    if (other.same_padding != golden.same_padding) continue;
    if (last != nullptr && (other.height != last->height || other.width != last->width)) ++seed;
    if (&other == &golden) return seed;
    last = &other;
  }
  return seed;
}

}  // namespace

TEST("compact: taps and logits equal PyTorch's for odd sizes and both paddings, on the plain and the prepared path") {
  for (const bool same : {true, false}) {
    const auto tower = tiny_tower(same);
    for (const bool prepared : {false, true}) {
      if (prepared) tower->prepare_inference();
      const torch::NoGradGuard no_grad;
      for (const Golden& golden : kGoldens) {
        if (golden.same_padding == same) expect_golden(*tower, golden, seed_of(golden));
      }
    }
  }
}

TEST("compact: levels are ceil(side / stride), named and channels-last") {
  const auto tower = tiny_tower(true);
  const torch::NoGradGuard no_grad;
  const backbone::Features features = tower->forward(input_of(70, 45, 0).expand({2, 3, 70, 45}), {});
  EXPECT_EQ(features.input_height, 70);
  EXPECT_EQ(features.input_width, 45);
  EXPECT(!features.text.defined());
  const auto specs = tower->level_specs();
  const std::vector<int64_t> strides = {4, 8, 8, 16, 16};
  const std::vector<int64_t> channels = {12, 16, 16, 24, 32};
  REQUIRE(features.levels.size() == strides.size() && specs.size() == strides.size());
  for (size_t i = 0; i < strides.size(); ++i) {
    const backbone::Level& level = features.levels[i];
    EXPECT_EQ(level.stride, strides[i]);
    EXPECT_EQ(specs[i].stride, strides[i]);
    EXPECT_EQ(specs[i].channels, channels[i]);
    EXPECT_EQ(specs[i].name, level.name);
    const int64_t height = (70 + strides[i] - 1) / strides[i];
    const int64_t width = (45 + strides[i] - 1) / strides[i];
    EXPECT(level.tokens.sizes() == (std::vector<int64_t>{2, channels[i], height, width}));
    EXPECT(level.tokens.is_contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

TEST("compact: a batch gives what its images give alone") {
  const auto tower = tiny_tower(true);
  tower->prepare_inference();
  const torch::NoGradGuard no_grad;
  const torch::Tensor a = input_of(48, 33, 1);
  const torch::Tensor b = input_of(48, 33, 2);
  const auto both = tower->forward(torch::cat({a, b}), {});
  const auto alone = tower->forward(b, {});
  for (size_t i = 0; i < alone.levels.size(); ++i) {
    EXPECT(relative_error(both.levels[i].tokens[1], alone.levels[i].tokens[0]) < 1e-5);
  }
}

TEST("compact: the prepared path notices changed and replaced weights") {
  const auto tower = tiny_tower(true);
  tower->prepare_inference();
  const torch::NoGradGuard no_grad;
  const torch::Tensor image = input_of(40, 40, 5);
  const torch::Tensor before = tower->classify(image);
  for (auto& parameter : tower->parameters()) parameter.mul_(0.5);
  const torch::Tensor changed = tower->classify(image);
  EXPECT(relative_error(changed, before) > 0.1);
  tower->prepare_inference();
  EXPECT(relative_error(tower->classify(image), changed) < 1e-5);
  for (auto& parameter : tower->parameters()) parameter.set_data(parameter * 2);
  EXPECT(relative_error(tower->classify(image), before) < 1e-5);
}

TEST("compact: it trains, and gradients agree with finite differences in float64") {
  const auto tower = tiny_tower(true);
  tower->prepare_inference();  // must not be used where gradients are wanted
  tower->to(torch::kDouble);
  const torch::Tensor image = input_of(21, 30, 4).to(torch::kDouble);
  const auto loss = [&] {
    torch::Tensor sum = torch::zeros({}, torch::kDouble);
    for (const auto& level : tower->forward(image, {}).levels) sum = sum + level.tokens.square().mean();
    return sum;
  };
  loss().backward();
  for (auto& parameter : tower->named_parameters()) {
    if (parameter.key().starts_with("classifier")) continue;
    REQUIRE(parameter.value().grad().defined());
    const torch::NoGradGuard no_grad;
    torch::Tensor flat = parameter.value().view({-1});
    const int64_t index = flat.numel() / 2;
    const double value = flat[index].item<double>();
    constexpr double kStep = 1e-6;
    flat[index] = value + kStep;
    const double above = loss().item<double>();
    flat[index] = value - kStep;
    const double below = loss().item<double>();
    flat[index] = value;
    const double analytic = parameter.value().grad().view({-1})[index].item<double>();
    EXPECT_NEAR((above - below) / (2 * kStep), analytic, 1e-4 * std::abs(analytic) + 1e-7);
  }
}

TEST("compact: parameter names are the contract's") {
  const auto parameters = tiny_tower(true)->named_parameters();
  for (const char* name : {"stem.weight", "stem.bias", "stages.0.0.depthwise.weight", "stages.1.1.expand.weight",
                           "stages.4.1.project.bias", "head.weight", "classifier.bias"}) {
    EXPECT(parameters.contains(name));
  }
  EXPECT(!parameters.contains("stages.0.0.expand.weight"));
  EXPECT_EQ(parameters.size(), size_t{2 + 4 + 7 * 6 + 2 + 2});
}

TEST("compact: reset draws new weights from the generator") {
  const auto tower = tiny_tower(true);
  torch::manual_seed(1);
  tower->reset();
  const torch::Tensor first = tower->named_parameters()["stages.1.0.expand.weight"].detach().clone();
  EXPECT(first.std().item<double>() > 0);
  torch::manual_seed(1);
  tower->reset();
  EXPECT(first.equal(tower->named_parameters()["stages.1.0.expand.weight"]));
}

TEST("compact: senseless configurations and inputs are refused") {
  const std::string good = configuration(true);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  EXPECT_EQ(options_of(good).stages.size(), size_t{5});
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"stage.3\"", "\"stage.9\""},
                                                        {"\"stage.3\"", "\"stage.2\""},
                                                        {"\"stage.3\"", "\"stage.03x\""},
                                                        {"\"stage.3\"", "\"neck\""},
                                                        {"\"headChannels\":32", "\"headChannels\":0"},
                                                        {"\"kernel\":3", "\"kernel\":\"3\""},
                                                        {"\"repeats\":1", "\"repeat\":1"}}) {
    EXPECT_ERROR(options_of(with(from, to)), ErrorCode::kModelCorrupt);
  }
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"kernel\":5", "\"kernel\":4"},
                                                        {"\"stride\":2", "\"stride\":3"},
                                                        {"\"repeats\":1", "\"repeats\":0"},
                                                        {"\"channels\":12", "\"channels\":-1"},
                                                        {"\"channels\":12", "\"channels\":1000000000"},
                                                        {"\"expansion\":6", "\"expansion\":17"},
                                                        {"\"padding\":\"same\"", "\"padding\":\"valid\""}}) {
    EXPECT_ERROR(options_of(with(from, to)), ErrorCode::kModelUnsupported);
  }
  std::string huge = good;
  for (const char* channels : {"\"channels\":12", "\"channels\":16", "\"channels\":24"}) {
    huge.replace(huge.find(channels), 13, "\"channels\":8192");
  }
  EXPECT_ERROR(options_of(huge), ErrorCode::kModelUnsupported);
  EXPECT_ERROR(backbone::make_backbone(io::Json::parse(R"({"family":"resnet"})", "config.json")),
               ErrorCode::kModelUnsupported);
  const auto tower = backbone::make_backbone(io::Json::parse(good, "config.json"));
  for (const torch::Tensor& image : {torch::zeros({3, 8, 8}), torch::zeros({1, 1, 8, 8}), torch::zeros({1, 3, 0, 8}),
                                     torch::zeros({1, 3, 8, 8}, torch::kByte)}) {
    EXPECT_ERROR(tower->forward(image, {}), ErrorCode::kInvalidArgument);
  }
  CompactImpl headless(options_of(with("\"classes\":10", "\"classes\":0")));
  EXPECT_ERROR(headless.classify(torch::zeros({1, 3, 8, 8})), ErrorCode::kModelUnsupported);
}
