#include "common/error.h"
#include "query/quality_query_transformer.h"
#include "test/harness.h"
#include "test/numeric.h"

namespace {

using namespace eliq;
using test::greatest_difference;
using test::values_of;
using Matrix = std::vector<std::vector<double>>;

query::QualityQueryTransformerOptions small_options() {
  query::QualityQueryTransformerOptions options;
  options.width = 8;
  options.quality_queries = 3;
  options.alignment_queries = 2;
  options.text_channels = 5;
  options.depth = 2;
  options.heads = 2;
  options.ffn = 12;
  return options;
}

query::QualityQueryTransformer make(const query::QualityQueryTransformerOptions& options = small_options()) {
  torch::manual_seed(3);
  query::QualityQueryTransformer module(options);
  module->to(torch::kFloat64);
  torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : module->parameters()) parameter.add_(torch::randn_like(parameter) * 0.1);
  module->eval();
  return module;
}

fusion::Fused visual(int64_t images, fusion::Grid grid) {
  fusion::Fused fused;
  fused.tokens = torch::randn({images, grid.height * grid.width, 8}, torch::kFloat64);
  fused.positions = fusion::cell_positions(grid, torch::kFloat64).unsqueeze(0);
  return fused;
}

torch::Tensor words(int64_t images, int64_t count) { return torch::randn({images, count, 5}, torch::kFloat64); }

// The decoder in plain loops, from the module's parameters by name.
class Loops {
 public:
  explicit Loops(query::QualityQueryTransformer module) : parameters_(module->named_parameters()) {}

  std::vector<double> get(const std::string& name) const { return values_of(parameters_[name]); }
  Matrix rows(const torch::Tensor& tensor) const {
    Matrix m;
    const std::vector<double> flat = values_of(tensor);
    const auto width = static_cast<size_t>(tensor.size(1));
    for (size_t i = 0; i < flat.size(); i += width)
      m.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(i),
                     flat.begin() + static_cast<std::ptrdiff_t>(i + width));
    return m;
  }
  Matrix linear(const std::string& name, const Matrix& x) const {
    const std::vector<double> weight = get(name + ".weight"), bias = get(name + ".bias");
    Matrix y;
    for (const auto& row : x) {
      std::vector<double> out(bias);
      for (size_t o = 0; o < out.size(); ++o)
        for (size_t i = 0; i < row.size(); ++i) out[o] += weight[o * row.size() + i] * row[i];
      y.push_back(out);
    }
    return y;
  }
  Matrix norm(const std::string& name, const Matrix& x) const {
    const std::vector<double> weight = get(name + ".weight"), bias = get(name + ".bias");
    Matrix y;
    for (const auto& row : x) {
      const auto n = static_cast<double>(row.size());
      double mean = 0, variance = 0;
      for (const double v : row) mean += v / n;
      for (const double v : row) variance += (v - mean) * (v - mean) / n;
      std::vector<double> out;
      for (size_t i = 0; i < row.size(); ++i)
        out.push_back((row[i] - mean) / std::sqrt(variance + 1e-5) * weight[i] + bias[i]);
      y.push_back(out);
    }
    return y;
  }
  static Matrix add(Matrix a, const Matrix& b) {
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t j = 0; j < a[i].size(); ++j) a[i][j] += b[i][j];
    return a;
  }
  static Matrix columns(const Matrix& x, size_t begin, size_t count) {
    Matrix y;
    for (const auto& row : x)
      y.emplace_back(row.begin() + static_cast<std::ptrdiff_t>(begin),
                     row.begin() + static_cast<std::ptrdiff_t>(begin + count));
    return y;
  }
  // Returns what was read; `attention` receives the mean over heads.
  static Matrix attend(const Matrix& q, const Matrix& k, const Matrix& v, size_t heads, Matrix& attention) {
    const size_t width = q[0].size(), size = width / heads;
    Matrix out(q.size(), std::vector<double>(width, 0.0));
    attention.assign(q.size(), std::vector<double>(k.size(), 0.0));
    for (size_t h = 0; h < heads; ++h)
      for (size_t i = 0; i < q.size(); ++i) {
        std::vector<double> weight;
        double total = 0;
        for (const auto& key : k) {
          double dot = 0;
          for (size_t c = h * size; c < (h + 1) * size; ++c) dot += q[i][c] * key[c];
          weight.push_back(std::exp(dot / std::sqrt(static_cast<double>(size))));
          total += weight.back();
        }
        for (size_t m = 0; m < k.size(); ++m) {
          attention[i][m] += weight[m] / total / static_cast<double>(heads);
          for (size_t c = h * size; c < (h + 1) * size; ++c) out[i][c] += weight[m] / total * v[m][c];
        }
      }
    return out;
  }
  // memory already carries its positions.
  Matrix group(const std::string& name, const Matrix& memory, Matrix& attention) const {
    const size_t width = 8, heads = 2;
    Matrix x = rows(parameters_[name + ".queries"]);
    Matrix unused;
    for (int i = 0; i < 2; ++i) {
      const std::string block = name + ".blocks." + std::to_string(i) + ".";
      const Matrix own = linear(block + "self_qkv", norm(block + "self_norm", x));
      x = add(x, linear(block + "self_out", attend(columns(own, 0, width), columns(own, width, width),
                                                   columns(own, 2 * width, width), heads, unused)));
      const Matrix read = linear(block + "cross_kv", memory);
      const Matrix asked = linear(block + "cross_q", norm(block + "cross_norm", x));
      x = add(x, linear(block + "cross_out",
                        attend(asked, columns(read, 0, width), columns(read, width, width), heads, attention)));
      Matrix hidden = linear(block + "ffn_in", norm(block + "ffn_norm", x));
      for (auto& row : hidden)
        for (double& v : row) v *= 0.5 * (1 + std::erf(v / std::sqrt(2.0)));
      x = add(x, linear(block + "ffn_out", hidden));
    }
    return norm(name + ".norm", x);
  }
  Matrix placed(const torch::Tensor& tokens, fusion::Grid grid) const {
    Matrix m = rows(tokens);
    const double gain = get("position_gain")[0];
    const double pi = std::acos(-1.0);
    for (size_t t = 0; t < m.size(); ++t) {
      const double y =
          (static_cast<double>(t / static_cast<size_t>(grid.width)) + 0.5) / static_cast<double>(grid.height);
      const double x =
          (static_cast<double>(t % static_cast<size_t>(grid.width)) + 0.5) / static_cast<double>(grid.width);
      const double frequencies[2] = {pi, 16 * pi};
      for (size_t f = 0; f < 2; ++f) {
        m[t][f] += gain * std::sin(y * frequencies[f]);
        m[t][2 + f] += gain * std::cos(y * frequencies[f]);
        m[t][4 + f] += gain * std::sin(x * frequencies[f]);
        m[t][6 + f] += gain * std::cos(x * frequencies[f]);
      }
    }
    return m;
  }

 private:
  torch::OrderedDict<std::string, torch::Tensor> parameters_;
};

double distance(const Matrix& a, const torch::Tensor& b) {
  const std::vector<double> y = values_of(b);
  double greatest = 0;
  size_t at = 0;
  for (const auto& row : a)
    for (const double v : row) greatest = std::max(greatest, at < y.size() ? std::abs(v - y[at++]) : INFINITY);
  return at == y.size() ? greatest : INFINITY;
}

TEST("query: quality, attention and alignment equal the definition computed in loops") {
  auto module = make();
  const fusion::Grid grid{2, 3};
  const fusion::Fused fused = visual(2, grid);
  const torch::Tensor text = words(2, 4);
  const query::QueryOutput output = module->forward(fused, text, {});
  const Loops loops(module);
  for (int64_t n = 0; n < 2; ++n) {
    Matrix attention, unused;
    Matrix memory = loops.placed(fused.tokens[n], grid);
    EXPECT(distance(loops.group("quality", memory, attention), output.quality[n]) < 1e-10);
    EXPECT(distance(attention, output.quality_attention[n]) < 1e-10);
    for (const auto& row : loops.norm("text_norm", loops.linear("text_projection", loops.rows(text[n]))))
      memory.push_back(row);
    EXPECT(distance(loops.group("alignment", memory, unused), output.alignment[n]) < 1e-10);
  }
}

TEST("query: the position code is the sines and cosines that its docstring says") {
  const torch::Tensor code = query::position_code(torch::tensor({{0.25, 0.75}}, torch::kFloat64), 12);
  REQUIRE(code.sizes() == torch::IntArrayRef({1, 12}));
  const std::vector<double> got = values_of(code);
  const double pi = std::acos(-1.0);
  for (size_t f = 0; f < 3; ++f) {
    const double frequency = pi * std::pow(16.0, static_cast<double>(f) / 2);
    EXPECT_NEAR(got[f], std::sin(0.25 * frequency), 1e-12);
    EXPECT_NEAR(got[3 + f], std::cos(0.25 * frequency), 1e-12);
    EXPECT_NEAR(got[6 + f], std::sin(0.75 * frequency), 1e-12);
    EXPECT_NEAR(got[9 + f], std::cos(0.75 * frequency), 1e-12);
  }
}

TEST("query: attention sums to 1 over the real tokens") {
  auto module = make();
  fusion::Fused fused = visual(2, {2, 3});
  fused.mask = torch::ones({2, 6}, torch::kBool);
  fused.mask[1].narrow(0, 4, 2).fill_(false);
  const torch::Tensor attention = module->forward(fused, {}, {}).quality_attention;
  EXPECT(greatest_difference(attention.sum(-1), torch::ones({2, 3}, torch::kFloat64)) < 1e-12);
  EXPECT_EQ(attention[1].narrow(1, 4, 2).abs().max().item<double>(), 0.0);
}

TEST("query: padding a batch of two grids changes nothing") {
  auto module = make();
  const fusion::Fused small = visual(1, {1, 4}), large = visual(1, {3, 2});
  const torch::Tensor short_text = words(1, 2), long_text = words(1, 3);
  fusion::Fused both;
  both.tokens = torch::cat({torch::constant_pad_nd(small.tokens, {0, 0, 0, 2}, 5.0), large.tokens});
  both.positions = torch::cat({torch::constant_pad_nd(small.positions, {0, 0, 0, 2}), large.positions});
  both.mask = torch::ones({2, 6}, torch::kBool);
  both.mask[0].narrow(0, 4, 2).fill_(false);
  const torch::Tensor text = torch::cat({torch::constant_pad_nd(short_text, {0, 0, 0, 1}, 7.0), long_text});
  torch::Tensor text_mask = torch::ones({2, 3}, torch::kBool);
  text_mask[0][2] = false;
  const query::QueryOutput output = module->forward(both, text, text_mask);
  const query::QueryOutput first = module->forward(small, short_text, {}),
                           second = module->forward(large, long_text, {});
  EXPECT(greatest_difference(output.quality[0], first.quality[0]) < 1e-12);
  EXPECT(greatest_difference(output.quality[1], second.quality[0]) < 1e-12);
  EXPECT(greatest_difference(output.alignment[0], first.alignment[0]) < 1e-12);
  EXPECT(greatest_difference(output.alignment[1], second.alignment[0]) < 1e-12);
  EXPECT(greatest_difference(output.quality_attention[0].narrow(1, 0, 4), first.quality_attention[0]) < 1e-12);
}

TEST("query: text moves alignment and never quality") {
  auto module = make();
  const fusion::Fused fused = visual(2, {2, 2});
  const query::QueryOutput without = module->forward(fused, {}, {});
  EXPECT(!without.alignment.defined());
  const query::QueryOutput one = module->forward(fused, words(2, 3), {});
  const query::QueryOutput other = module->forward(fused, words(2, 3), {});
  EXPECT(greatest_difference(one.quality, without.quality) == 0);
  EXPECT(greatest_difference(one.quality_attention, without.quality_attention) == 0);
  EXPECT(greatest_difference(one.alignment, other.alignment) > 1e-3);
}

TEST("query: order of tokens is immaterial, their places are not") {
  auto module = make();
  fusion::Fused fused = visual(1, {2, 3});
  const torch::Tensor quality = module->forward(fused, {}, {}).quality;
  const torch::Tensor order = torch::tensor({3, 1, 5, 0, 2, 4}, torch::kInt64);
  fused.tokens = fused.tokens.index_select(1, order);
  EXPECT(greatest_difference(quality, module->forward(fused, {}, {}).quality) > 1e-4);
  fused.positions = fused.positions.index_select(1, order);
  EXPECT(greatest_difference(quality, module->forward(fused, {}, {}).quality) < 1e-12);
}

TEST("query: fresh queries differ in what they say") {
  query::QualityQueryTransformerOptions options;
  torch::manual_seed(1);
  query::QualityQueryTransformer module(options);
  fusion::Fused fused;
  fused.tokens = torch::randn({8, 64, 64});
  const torch::Tensor quality = module->forward(fused, {}, {}).quality;
  const torch::Tensor unit = quality / quality.norm(2, -1, true);
  const torch::Tensor cosine = torch::matmul(unit, unit.transpose(1, 2));
  EXPECT((cosine.sum() - 32).item<double>() / (8 * 12) < 0.8);
}

TEST("query: mean pooling gives every query the mean of the real tokens") {
  query::QualityQueryTransformerOptions options = small_options();
  options.pool = query::Pool::kMean;
  auto module = make(options);
  EXPECT(!module->named_parameters().contains("quality.queries"));
  fusion::Fused fused = visual(2, {2, 2});
  fused.mask = torch::ones({2, 4}, torch::kBool);
  fused.mask[1][3] = false;
  const query::QueryOutput output = module->forward(fused, words(2, 3), {});
  REQUIRE(output.quality.sizes() == torch::IntArrayRef({2, 3, 8}));
  REQUIRE(output.alignment.sizes() == torch::IntArrayRef({2, 2, 8}));
  const std::vector<double> tokens = values_of(fused.tokens), got = values_of(output.quality),
                            attention = values_of(output.quality_attention);
  for (size_t n = 0; n < 2; ++n) {
    const size_t real = n == 0 ? 4 : 3;
    for (size_t k = 0; k < 3; ++k) {
      for (size_t i = 0; i < 8; ++i) {
        double mean = 0;
        for (size_t t = 0; t < real; ++t) mean += tokens[(n * 4 + t) * 8 + i] / static_cast<double>(real);
        EXPECT_NEAR(got[(n * 3 + k) * 8 + i], mean, 1e-12);
      }
      for (size_t t = 0; t < 4; ++t)
        EXPECT_NEAR(attention[(n * 3 + k) * 4 + t], t < real ? 1.0 / static_cast<double>(real) : 0.0, 1e-12);
    }
  }
}

TEST("query: gradients agree with central differences") {
  auto module = make();
  fusion::Fused fused = visual(2, {2, 2});
  fused.tokens.requires_grad_(true);
  fused.mask = torch::ones({2, 4}, torch::kBool);
  fused.mask[0][3] = false;
  const torch::Tensor text = words(2, 2).requires_grad_(true);
  std::vector<torch::Tensor> leaves = module->parameters();
  leaves.push_back(fused.tokens);
  leaves.push_back(text);
  const auto loss = [&] {
    const query::QueryOutput output = module->forward(fused, text, {});
    return test::weighted_sum(output.quality) + test::weighted_sum(output.alignment) +
           test::weighted_sum(output.quality_attention);
  };
  EXPECT(test::gradient_error(loss, leaves, 12) < 1e-7);
}

TEST("query: a clone computes the same") {
  auto module = make();
  const auto clone = std::dynamic_pointer_cast<query::QualityQueryTransformerImpl>(module->clone());
  REQUIRE(clone != nullptr);
  const fusion::Fused fused = visual(1, {2, 2});
  EXPECT(greatest_difference(module->forward(fused, {}, {}).quality, clone->forward(fused, {}, {}).quality) == 0);
}

TEST("query: the configuration is checked") {
  const auto parse = [](const std::string& text, int64_t width = 64, int64_t channels = 0) {
    return query::QualityQueryTransformerOptions::from_json(io::Json::parse(text, "config.json"), width, channels);
  };
  const auto options = parse(
      R"({"qualityQueries": 3, "alignmentQueries": 0, "depth": 1, "heads": 2, "ffn": 16, "dropout": 0.1, "pool": "mean"})");
  EXPECT_EQ(options.quality_queries, 3);
  EXPECT_EQ(options.alignment_queries, 0);
  EXPECT(options.pool == query::Pool::kMean);
  EXPECT(!options.has_alignment());
  EXPECT_ERROR(parse(R"({"depth": 1, "heads": 2, "ffn": 16})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"qualityQueries": 0, "depth": 1, "heads": 2, "ffn": 16})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"qualityQueries": 3, "depth": 1, "heads": 5, "ffn": 16})"), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"qualityQueries": 3, "depth": 1, "heads": 2, "ffn": 16})", 6), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(parse(R"({"qualityQueries": 3, "depth": 1, "heads": 2, "ffn": 16, "pool": "max"})"),
               ErrorCode::kModelUnsupported);
  const std::string with_alignment =
      R"({"qualityQueries": 3, "alignmentQueries": 2, "depth": 1, "heads": 2, "ffn": 16})";
  EXPECT_ERROR(parse(with_alignment), ErrorCode::kModelUnsupported);
  EXPECT(parse(with_alignment, 64, 7).has_alignment());
}

}  // namespace
