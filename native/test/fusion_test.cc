#include "common/error.h"
#include "fusion/gated_fusion.h"
#include "test/harness.h"
#include "test/numeric.h"

namespace {

using namespace eliq;
using test::greatest_difference;
using test::values_of;

const std::vector<backbone::LevelSpec> kLevels = {{"stage.0", 8, 3}, {"stage.1", 16, 2}};

fusion::GatedFusion make(fusion::Gate gate = fusion::Gate::kSoftmax, double dropout = 0) {
  torch::manual_seed(7);
  fusion::GatedFusionOptions options;
  options.levels = kLevels;
  options.width = 8;
  options.cell = 32;
  options.gate = gate;
  options.dropout = dropout;
  fusion::GatedFusion module(options);
  module->set_standardization(torch::randn({10}) * 0.3, torch::rand({10}) + 0.5);
  module->to(torch::kFloat64);
  torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : module->parameters()) parameter.add_(torch::randn_like(parameter) * 0.2);
  return module;
}

backbone::Features features(int64_t images, int64_t height, int64_t width) {
  torch::manual_seed(11);
  backbone::Features features;
  for (const backbone::LevelSpec& level : kLevels)
    features.levels.push_back(
        {level.name, level.stride,
         torch::randn({images, level.channels, height / level.stride, width / level.stride}, torch::kFloat64) * 2 + 1});
  features.input_height = height;
  features.input_width = width;
  return features;
}

fusion::CellStatistics random_statistics(int64_t images, int64_t tokens) {
  fusion::CellStatistics statistics;
  statistics.values = torch::randn({images, tokens, 10}, torch::kFloat64) + 0.4;
  return statistics;
}

// One image's fusion as the formulas say it, in plain loops. values: [T][V]; returns gates [T][L] and fused [T][d].
struct Expected {
  std::vector<double> gates, tokens;
};
std::vector<double> standardised(const std::vector<double>& x, double epsilon = 1e-5) {
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y;
  for (const double v : x) y.push_back((v - mean) / std::sqrt(variance + epsilon));
  return y;
}
Expected expected_fusion(const fusion::GatedFusion& module, const torch::Tensor& values) {
  const auto parameters = module->named_parameters();
  const auto buffers = module->named_buffers();
  const auto get = [&](const std::string& name) {
    return values_of(parameters.contains(name) ? parameters[name] : buffers[name]);
  };
  const auto tokens = static_cast<size_t>(values.size(0));
  const size_t width = 8, levels = kLevels.size(), count = 10;
  const std::vector<double> raw = values_of(values), mu = get("mean"), sigma = get("std");
  std::vector<std::vector<std::vector<double>>> p(tokens,
                                                  std::vector<std::vector<double>>(levels, std::vector<double>(width)));
  std::vector<double> context(width, 0.0);
  for (size_t t = 0; t < tokens; ++t) {
    size_t begin = 0;
    for (size_t l = 0; l < levels; ++l) {
      const auto channels = static_cast<size_t>(2 * kLevels[l].channels);
      const std::vector<double> weight = get("projections." + std::to_string(l) + ".weight"),
                                bias = get("projections." + std::to_string(l) + ".bias");
      for (size_t i = 0; i < width; ++i) {
        p[t][l][i] = bias[i];
        for (size_t c = 0; c < channels; ++c)
          p[t][l][i] += weight[i * channels + c] * (raw[t * count + begin + c] - mu[begin + c]) / sigma[begin + c];
        context[i] += p[t][l][i] / static_cast<double>(tokens * levels);
      }
      begin += channels;
    }
  }
  const std::vector<double> c = standardised(context), gate = get("gate.weight"), gate_bias = get("gate_bias");
  const std::vector<double> norm_weight = get("norm.weight"), norm_bias = get("norm.bias");
  Expected expected;
  for (size_t t = 0; t < tokens; ++t) {
    std::vector<double> exponential;
    double total = 0;
    for (size_t l = 0; l < levels; ++l) {
      double logit = gate_bias[l];
      const std::vector<double> own = standardised(p[t][l]);
      for (size_t i = 0; i < width; ++i) logit += gate[i] * own[i] + gate[width + i] * own[i] * c[i];
      exponential.push_back(std::exp(logit / std::sqrt(static_cast<double>(width))));
      total += exponential.back();
    }
    std::vector<double> sum(width, 0.0);
    for (size_t l = 0; l < levels; ++l) {
      expected.gates.push_back(exponential[l] / total);
      for (size_t i = 0; i < width; ++i) sum[i] += exponential[l] / total * p[t][l][i];
    }
    const std::vector<double> normed = standardised(sum);
    for (size_t i = 0; i < width; ++i) expected.tokens.push_back(normed[i] * norm_weight[i] + norm_bias[i]);
  }
  return expected;
}

double distance(const std::vector<double>& a, const torch::Tensor& b) {
  const std::vector<double> y = values_of(b);
  if (a.size() != y.size()) return INFINITY;
  double greatest = 0;
  for (size_t i = 0; i < y.size(); ++i) greatest = std::max(greatest, std::abs(a[i] - y[i]));
  return greatest;
}

TEST("fusion: grids are the input's sides over the cell, rounded, at least 1") {
  EXPECT_EQ(fusion::plan_grid(512, 512, 64).height, 8);
  EXPECT_EQ(fusion::plan_grid(448, 576, 64).height, 7);
  EXPECT_EQ(fusion::plan_grid(448, 576, 64).width, 9);
  EXPECT_EQ(fusion::plan_grid(100, 20, 64).height, 2);
  EXPECT_EQ(fusion::plan_grid(100, 20, 64).width, 1);
}

TEST("fusion: positions are the centres of the cells, row by row") {
  const std::vector<double> at = values_of(fusion::cell_positions({2, 3}, torch::kFloat64));
  REQUIRE(at.size() == 12);
  for (size_t y = 0; y < 2; ++y)
    for (size_t x = 0; x < 3; ++x) {
      EXPECT_NEAR(at[(y * 3 + x) * 2], (static_cast<double>(y) + 0.5) / 2, 1e-12);
      EXPECT_NEAR(at[(y * 3 + x) * 2 + 1], (static_cast<double>(x) + 0.5) / 3, 1e-12);
    }
}

TEST("fusion: cell statistics are the mean and standard deviation of each cell's tokens") {
  fusion::GatedFusion module = make();
  const backbone::Features input = features(2, 64, 96);
  const fusion::CellStatistics statistics = module->resample(input);
  EXPECT_EQ(statistics.grid_height, 2);
  EXPECT_EQ(statistics.grid_width, 3);
  REQUIRE(statistics.values.sizes() == torch::IntArrayRef({2, 6, 10}));
  EXPECT(!statistics.mask.defined());
  auto got = statistics.values.accessor<double, 3>();
  int64_t begin = 0;
  for (const backbone::Level& level : input.levels) {
    auto tokens = level.tokens.accessor<double, 4>();
    const int64_t side = 32 / level.stride;
    const int64_t channels = level.tokens.size(1);
    for (int64_t n = 0; n < 2; ++n)
      for (int64_t t = 0; t < 6; ++t)
        for (int64_t c = 0; c < channels; ++c) {
          double mean = 0, variance = 0;
          const auto each = [&](auto&& visit) {
            for (int64_t y = 0; y < side; ++y)
              for (int64_t x = 0; x < side; ++x) visit(tokens[n][c][t / 3 * side + y][t % 3 * side + x]);
          };
          each([&](double v) { mean += v / static_cast<double>(side * side); });
          each([&](double v) { variance += (v - mean) * (v - mean) / static_cast<double>(side * side); });
          EXPECT_NEAR(got[n][t][begin + c], mean, 1e-12);
          EXPECT_NEAR(got[n][t][begin + channels + c], std::sqrt(variance + 1e-6), 1e-9);
        }
    begin += 2 * channels;
  }
}

TEST("fusion: cell statistics do not depend on the memory format, and stay real where a level has one value") {
  fusion::GatedFusion module = make();
  backbone::Features input = features(2, 64, 96);
  const torch::Tensor plain = module->resample(input).values;
  for (backbone::Level& level : input.levels) level.tokens = level.tokens.contiguous(torch::MemoryFormat::ChannelsLast);
  EXPECT(greatest_difference(plain, module->resample(input).values) < 1e-12);
  for (backbone::Level& level : input.levels) level.tokens = torch::full_like(level.tokens, 1000.3).to(torch::kFloat32);
  EXPECT(module->resample(input).values.isfinite().all().item<bool>());
}

TEST("fusion: a grid finer than a level repeats the level's tokens") {
  fusion::GatedFusion module = make();
  backbone::Features input = features(1, 64, 64);
  input.levels[1].tokens = torch::full({1, 2, 1, 1}, 3.0, torch::kFloat64);
  const torch::Tensor values = module->resample(input).values;
  EXPECT(greatest_difference(values.narrow(2, 6, 2), torch::full({1, 4, 2}, 3.0, torch::kFloat64)) < 1e-12);
}

TEST("fusion: forward equals the formulas computed in loops") {
  fusion::GatedFusion module = make();
  const fusion::CellStatistics input = random_statistics(2, 5);
  const fusion::Fused fused = module->forward(input);
  for (int64_t n = 0; n < 2; ++n) {
    const Expected expected = expected_fusion(module, input.values[n]);
    EXPECT(distance(expected.gates, fused.gates[n]) < 1e-10);
    EXPECT(distance(expected.tokens, fused.tokens[n]) < 1e-10);
  }
}

TEST("fusion: gates sum to 1, differ between tokens, and read the whole image") {
  fusion::GatedFusion module = make();
  fusion::CellStatistics input = random_statistics(3, 6);
  const torch::Tensor gates = module->forward(input).gates;
  EXPECT(greatest_difference(gates.sum(-1), torch::ones({3, 6}, torch::kFloat64)) < 1e-12);
  EXPECT(gates.std(1).min().item<double>() > 1e-3);
  // Another last token moves the context, and with it the gates of the first.
  input.values = input.values.clone();
  input.values.select(1, 5).add_(3.0);
  EXPECT((module->forward(input).gates - gates).select(1, 0).abs().max().item<double>() > 1e-4);
}

TEST("fusion: the uniform gate is 1/L everywhere and has no parameters") {
  fusion::GatedFusion module = make(fusion::Gate::kUniform);
  EXPECT(!module->named_parameters().contains("gate.weight"));
  const fusion::CellStatistics input = random_statistics(2, 4);
  const fusion::Fused fused = module->forward(input);
  EXPECT(greatest_difference(fused.gates, torch::full({2, 4, 2}, 0.5, torch::kFloat64)) < 1e-15);
  EXPECT(fused.tokens.isfinite().all().item<bool>());
}

TEST("fusion: padding a batch changes nothing for the real tokens") {
  fusion::GatedFusion module = make();
  const fusion::CellStatistics small = random_statistics(1, 3);
  const fusion::CellStatistics large = random_statistics(1, 5);
  fusion::CellStatistics both;
  both.values = torch::cat({torch::constant_pad_nd(small.values, {0, 0, 0, 2}, 9.0), large.values});
  both.mask = torch::ones({2, 5}, torch::kBool);
  both.mask[0].narrow(0, 3, 2).fill_(false);
  const fusion::Fused fused = module->forward(both);
  EXPECT(greatest_difference(fused.tokens[0].narrow(0, 0, 3), module->forward(small).tokens[0]) < 1e-12);
  EXPECT(greatest_difference(fused.gates[0].narrow(0, 0, 3), module->forward(small).gates[0]) < 1e-12);
  EXPECT(greatest_difference(fused.tokens[1], module->forward(large).tokens[0]) < 1e-12);
}

TEST("fusion: gradients of parameters and of statistics agree with central differences") {
  fusion::GatedFusion module = make();
  fusion::CellStatistics input = random_statistics(2, 4);
  input.values.requires_grad_(true);
  input.mask = torch::ones({2, 4}, torch::kBool);
  input.mask[1][3] = false;
  std::vector<torch::Tensor> leaves = module->parameters();
  leaves.push_back(input.values);
  const auto loss = [&] {
    const fusion::Fused fused = module->forward(input);
    return test::weighted_sum(fused.tokens) + test::weighted_sum(fused.gates);
  };
  EXPECT(test::gradient_error(loss, leaves) < 1e-7);
}

TEST("fusion: gradients reach the tower's levels through resampling") {
  fusion::GatedFusion module = make();
  backbone::Features input = features(1, 64, 32);
  std::vector<torch::Tensor> leaves;
  for (backbone::Level& level : input.levels) leaves.push_back(level.tokens.requires_grad_(true));
  EXPECT(test::gradient_error([&] { return test::weighted_sum(module->forward(module->resample(input)).tokens); },
                              leaves) < 1e-7);
}

TEST("fusion: sigma is floored, mu and sigma are taken otherwise") {
  fusion::GatedFusion module = make();
  torch::Tensor mean = torch::zeros({10}), std = torch::full({10}, 2.0);
  mean[1] = 50.0;
  std[1] = 0.0;
  std[2] = 0.0;
  module->set_standardization(mean, std);
  const auto buffers = module->named_buffers();
  EXPECT_NEAR(buffers["std"][0].item<double>(), 2.0, 1e-9);
  EXPECT_NEAR(buffers["std"][1].item<double>(), 0.5, 1e-6);
  EXPECT_NEAR(buffers["std"][2].item<double>(), 1e-3, 1e-9);
  EXPECT_NEAR(buffers["mean"][1].item<double>(), 50.0, 1e-9);
  EXPECT_ERROR(module->set_standardization(torch::zeros({3}), torch::ones({3})), ErrorCode::kInternal);
}

TEST("fusion: dropout acts in training mode only") {
  fusion::GatedFusion module = make(fusion::Gate::kSoftmax, 0.5);
  const fusion::CellStatistics input = random_statistics(1, 6);
  module->eval();
  EXPECT(greatest_difference(module->forward(input).tokens, module->forward(input).tokens) == 0);
  EXPECT_EQ(module->forward(input).tokens.eq(0).sum().item<int64_t>(), 0);
  module->train();
  EXPECT(module->forward(input).tokens.eq(0).sum().item<int64_t>() > 5);
}

TEST("fusion: a clone computes the same and shares nothing") {
  fusion::GatedFusion module = make();
  const fusion::CellStatistics input = random_statistics(1, 4);
  const auto clone = std::dynamic_pointer_cast<fusion::GatedFusionImpl>(module->clone());
  REQUIRE(clone != nullptr);
  const torch::Tensor before = module->forward(input).tokens;
  EXPECT(greatest_difference(before, clone->forward(input).tokens) == 0);
  torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : module->parameters()) parameter.zero_();
  EXPECT(greatest_difference(before, clone->forward(input).tokens) == 0);
}

TEST("fusion: the configuration is checked") {
  const auto parse = [](const std::string& text) {
    return fusion::GatedFusionOptions::from_json(io::Json::parse(text, "config.json"), kLevels);
  };
  const fusion::GatedFusionOptions options = parse(R"({"width": 32, "cell": 16, "gate": "uniform", "dropout": 0.25})");
  EXPECT_EQ(options.width, 32);
  EXPECT_EQ(options.cell, 16);
  EXPECT(options.gate == fusion::Gate::kUniform);
  EXPECT_NEAR(options.dropout, 0.25, 0);
  EXPECT_EQ(options.values(), 10);
  EXPECT_ERROR(parse(R"({"width": 0, "cell": 16})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"width": 32, "cell": -1})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"width": 32})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"width": "32", "cell": 16})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"width": 32, "cell": 16, "dropout": 1.5})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"width": 32, "cell": 16, "gate": "hard"})"), ErrorCode::kModelUnsupported);
}

}  // namespace
