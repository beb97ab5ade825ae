#include "query/score_heads.h"

#include "common/config_check.h"

namespace eliq::query {

ScoreHeadsOptions ScoreHeadsOptions::from_json(const io::Json& json, const QualityQueryTransformerOptions& queries) {
  ScoreHeadsOptions options;
  options.width = queries.width;
  options.quality_queries = queries.quality_queries;
  options.alignment_queries = queries.has_alignment() ? queries.alignment_queries : 0;
  options.hidden = require_between<int64_t>("heads.hidden", json.at("hidden").as_integer(), 1, 65536);
  options.dropout = require_between("heads.dropout", json.number_or("dropout", 0.0), 0.0, 0.9);
  return options;
}

ScalarHeadImpl::ScalarHeadImpl(int64_t inputs, int64_t hidden, double dropout)
    : inputs_(inputs), width_(hidden), dropout_(dropout) {
  reset();
}

void ScalarHeadImpl::reset() {
  hidden_ = register_module("hidden", torch::nn::Linear(inputs_, width_));
  output_ = register_module("output", torch::nn::Linear(width_, 1));
}

torch::Tensor ScalarHeadImpl::forward(const torch::Tensor& queries) {
  const torch::Tensor hidden = torch::gelu(hidden_->forward(queries.flatten(1)));
  return output_->forward(torch::dropout(hidden, dropout_, is_training())).squeeze(1);
}

ScoreHeadsImpl::ScoreHeadsImpl(ScoreHeadsOptions options) : options_(options) { reset(); }

void ScoreHeadsImpl::reset() {
  const auto head = [this](int64_t queries) {
    return ScalarHead(queries * options_.width, options_.hidden, options_.dropout);
  };
  quality_ = register_module("quality", head(options_.quality_queries));
  technical_ = register_module("technical", head(options_.quality_queries));
  aesthetic_ = register_module("aesthetic", head(options_.quality_queries));
  if (options_.alignment_queries > 0) alignment_ = register_module("alignment", head(options_.alignment_queries));
}

RawScores ScoreHeadsImpl::forward(const QueryOutput& queries) {
  RawScores scores;
  scores.quality = quality_->forward(queries.quality);
  scores.technical = technical_->forward(queries.quality);
  scores.aesthetic = aesthetic_->forward(queries.quality);
  if (options_.alignment_queries > 0 && queries.alignment.defined())
    scores.alignment = alignment_->forward(queries.alignment);
  return scores;
}

}  // namespace eliq::query
