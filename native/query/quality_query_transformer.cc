#include "query/quality_query_transformer.h"

#include <cmath>
#include <utility>

#include "common/config_check.h"
#include "common/error.h"

namespace eliq::query {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kHighestFrequency = 16.0;  // times pi

// Mask of a memory made of two parts, either of which may lack one.
torch::Tensor join_masks(const torch::Tensor& a, const torch::Tensor& a_mask, const torch::Tensor& b,
                         const torch::Tensor& b_mask) {
  if (!a_mask.defined() && !b_mask.defined()) return {};
  const auto whole = [](const torch::Tensor& tokens, const torch::Tensor& mask) {
    return mask.defined() ? mask : torch::ones({tokens.size(0), tokens.size(1)}, tokens.options().dtype(torch::kBool));
  };
  return torch::cat({whole(a, a_mask), whole(b, b_mask)}, 1);
}

// 1 / (number of real tokens) at the real ones.
torch::Tensor even_attention(const torch::Tensor& memory, const torch::Tensor& mask) {
  if (!mask.defined())
    return torch::full({memory.size(0), memory.size(1)}, 1.0 / static_cast<double>(memory.size(1)), memory.options());
  const torch::Tensor real = mask.to(memory.scalar_type());
  return real / real.sum(1, /*keepdim=*/true);
}

}  // namespace

QualityQueryTransformerOptions QualityQueryTransformerOptions::from_json(const io::Json& json, int64_t width,
                                                                         int64_t text_channels) {
  QualityQueryTransformerOptions options;
  options.width = width;
  options.text_channels = text_channels;
  options.quality_queries =
      require_between<int64_t>("query.qualityQueries", json.at("qualityQueries").as_integer(), 1, 1024);
  options.alignment_queries =
      require_between<int64_t>("query.alignmentQueries", json.integer_or("alignmentQueries", 0), 0, 1024);
  options.depth = require_between<int64_t>("query.depth", json.at("depth").as_integer(), 1, 64);
  options.heads = require_between<int64_t>("query.heads", json.at("heads").as_integer(), 1, 256);
  options.ffn = require_between<int64_t>("query.ffn", json.at("ffn").as_integer(), 1, 65536);
  options.dropout = require_between("query.dropout", json.number_or("dropout", 0.0), 0.0, 0.9);
  const std::string pool = json.string_or("pool", "queries");
  if (pool != "queries" && pool != "mean") throw unknown_choice("query.pool", pool, "\"queries\" and \"mean\"");
  options.pool = pool == "mean" ? Pool::kMean : Pool::kQueries;
  if (width % 4 != 0 || width % options.heads != 0)
    throw Error(ErrorCode::kModelCorrupt, "config.json: \"fusion.width\" (" + std::to_string(width) +
                                              ") must be a multiple of 4 and of \"query.heads\" (" +
                                              std::to_string(options.heads) +
                                              "). Restore the model's own config.json.");
  if (options.alignment_queries > 0 && text_channels == 0)
    throw Error(ErrorCode::kModelUnsupported,
                "config.json: the model asks for alignment queries, but its backbone family reads no text. Set "
                "\"query.alignmentQueries\" to 0 or use a backbone with a text side.");
  return options;
}

torch::Tensor position_code(const torch::Tensor& positions, int64_t width) {
  const int64_t count = width / 4;
  const torch::TensorOptions options = positions.options().requires_grad(false);
  const torch::Tensor octave = torch::arange(count, options) / static_cast<double>(std::max<int64_t>(count - 1, 1));
  const torch::Tensor frequency = kPi * torch::exp(octave * std::log(kHighestFrequency));
  const torch::Tensor angle = positions.unsqueeze(-1) * frequency;  // [..., 2, width / 4]
  return torch::stack({angle.sin(), angle.cos()}, -2).flatten(-3);  // y: sin, cos; x: sin, cos
}

QualityQueryTransformerImpl::QualityQueryTransformerImpl(QualityQueryTransformerOptions options)
    : options_(std::move(options)) {
  reset();
}

void QualityQueryTransformerImpl::reset() {
  if (options_.width % 4 != 0 || options_.width % options_.heads != 0)
    throw Error(ErrorCode::kInternal, "The width of the query transformer must be a multiple of 4 and of its heads.");
  if (options_.has_alignment()) {
    text_projection_ = register_module("text_projection", torch::nn::Linear(options_.text_channels, options_.width));
    text_norm_ = register_module("text_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({options_.width})));
  }
  if (options_.pool == Pool::kMean) return;
  QueryGroupOptions group{options_.quality_queries, options_.width, options_.depth,
                          options_.heads,           options_.ffn,   options_.dropout};
  quality_ = register_module("quality", QueryGroup(group));
  if (options_.has_alignment()) {
    group.queries = options_.alignment_queries;
    alignment_ = register_module("alignment", QueryGroup(group));
  }
  // Small at first: an image's score should not depend on where its tokens are until the data say so.
  position_gain_ = register_parameter("position_gain", torch::full({1}, 0.1));
}

Attended QualityQueryTransformerImpl::read(QueryGroup& group, int64_t queries, const torch::Tensor& memory,
                                           const torch::Tensor& mask) const {
  if (options_.pool == Pool::kQueries) return group->forward(memory, mask);
  const int64_t images = memory.size(0);
  return {fusion::token_mean(memory, mask).unsqueeze(1).expand({images, queries, options_.width}),
          even_attention(memory, mask).unsqueeze(1).expand({images, queries, memory.size(1)})};
}

QueryOutput QualityQueryTransformerImpl::forward(const fusion::Fused& fused, const torch::Tensor& text,
                                                 const torch::Tensor& text_mask) {
  torch::Tensor visual = fused.tokens;
  if (options_.pool == Pool::kQueries && fused.positions.defined())
    visual = visual + position_gain_ * position_code(fused.positions, options_.width);
  const Attended quality = read(quality_, options_.quality_queries, visual, fused.mask);
  QueryOutput output{quality.queries, {}, quality.attention};
  if (options_.has_alignment() && text.defined()) {
    const torch::Tensor words = text_norm_->forward(text_projection_->forward(text));
    const torch::Tensor mask = join_masks(visual, fused.mask, words, text_mask);
    output.alignment = read(alignment_, options_.alignment_queries, torch::cat({visual, words}, 1), mask).queries;
  }
  return output;
}

}  // namespace eliq::query
