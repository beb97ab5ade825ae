#include "common/error.h"
#include "query/score_heads.h"
#include "test/harness.h"
#include "test/numeric.h"

namespace {

using namespace eliq;
using test::values_of;

query::ScoreHeads make(int64_t alignment_queries = 2, double dropout = 0) {
  torch::manual_seed(5);
  query::ScoreHeadsOptions options;
  options.width = 4;
  options.quality_queries = 3;
  options.alignment_queries = alignment_queries;
  options.hidden = 6;
  options.dropout = dropout;
  query::ScoreHeads heads(options);
  heads->to(torch::kFloat64);
  return heads;
}

query::QueryOutput queries() {
  return {torch::randn({2, 3, 4}, torch::kFloat64), torch::randn({2, 2, 4}, torch::kFloat64), {}};
}

// One head on one image's queries, flattened.
double score(const query::ScoreHeads& heads, const std::string& name, const torch::Tensor& queries) {
  const auto parameters = heads->named_parameters();
  const std::vector<double> x = values_of(queries), weight = values_of(parameters[name + ".hidden.weight"]),
                            bias = values_of(parameters[name + ".hidden.bias"]);
  const std::vector<double> out = values_of(parameters[name + ".output.weight"]);
  double sum = values_of(parameters[name + ".output.bias"])[0];
  for (size_t h = 0; h < bias.size(); ++h) {
    double v = bias[h];
    for (size_t i = 0; i < x.size(); ++i) v += weight[h * x.size() + i] * x[i];
    sum += out[h] * v * 0.5 * (1 + std::erf(v / std::sqrt(2.0)));
  }
  return sum;
}

TEST("heads: every score equals its MLP computed in loops") {
  auto heads = make();
  const query::QueryOutput input = queries();
  const query::RawScores scores = heads->forward(input);
  for (int64_t n = 0; n < 2; ++n) {
    EXPECT_NEAR(scores.quality[n].item<double>(), score(heads, "quality", input.quality[n]), 1e-12);
    EXPECT_NEAR(scores.technical[n].item<double>(), score(heads, "technical", input.quality[n]), 1e-12);
    EXPECT_NEAR(scores.aesthetic[n].item<double>(), score(heads, "aesthetic", input.quality[n]), 1e-12);
    EXPECT_NEAR(scores.alignment[n].item<double>(), score(heads, "alignment", input.alignment[n]), 1e-12);
  }
}

TEST("heads: alignment needs both the branch and its queries") {
  query::QueryOutput input = queries();
  EXPECT(!make(0)->forward(input).alignment.defined());
  input.alignment = torch::Tensor();
  EXPECT(!make(2)->forward(input).alignment.defined());
}

TEST("heads: gradients agree with central differences") {
  auto heads = make();
  query::QueryOutput input = queries();
  input.quality.requires_grad_(true);
  input.alignment.requires_grad_(true);
  std::vector<torch::Tensor> leaves = heads->parameters();
  leaves.push_back(input.quality);
  leaves.push_back(input.alignment);
  const auto loss = [&] {
    const query::RawScores scores = heads->forward(input);
    return test::weighted_sum(torch::cat({scores.quality, scores.technical, scores.aesthetic, scores.alignment}));
  };
  EXPECT(test::gradient_error(loss, leaves) < 1e-7);
}

TEST("heads: dropout acts in training mode only") {
  auto heads = make(0, 0.5);
  const query::QueryOutput input = queries();
  heads->eval();
  EXPECT(test::greatest_difference(heads->forward(input).quality, heads->forward(input).quality) == 0);
  heads->train();
  EXPECT(test::greatest_difference(heads->forward(input).quality, heads->forward(input).quality) > 0);
}

TEST("heads: the configuration is checked") {
  query::QualityQueryTransformerOptions queries;
  const auto parse = [&](const std::string& text) {
    return query::ScoreHeadsOptions::from_json(io::Json::parse(text, "config.json"), queries);
  };
  EXPECT_EQ(parse(R"({"hidden": 32})").hidden, 32);
  EXPECT_EQ(parse(R"({"hidden": 32})").alignment_queries, 0);
  EXPECT_ERROR(parse(R"({})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"hidden": 0})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"hidden": 32, "dropout": -0.1})"), ErrorCode::kModelCorrupt);
}

}  // namespace
