// Scalar heads over the query outputs: raw (uncalibrated) scores, higher is better.
#pragma once

#include "query/quality_query_transformer.h"

namespace eliq::query {

struct ScoreHeadsOptions {
  int64_t width = 64;
  int64_t quality_queries = 4;
  int64_t alignment_queries = 0;  // 0: no alignment head
  int64_t hidden = 64;
  double dropout = 0.0;  // of the hidden layer

  // config.json "heads". Error(kModelCorrupt) on anything senseless.
  static ScoreHeadsOptions from_json(const io::Json& json, const QualityQueryTransformerOptions& queries);
};

struct RawScores {
  torch::Tensor quality;    // [N] each
  torch::Tensor alignment;  // undefined when the model has no alignment branch or no text was given
  torch::Tensor technical;
  torch::Tensor aesthetic;
};

// flatten queries [N, K, d] -> Linear -> GELU -> dropout -> Linear(1): [N].
class ScalarHeadImpl : public torch::nn::Cloneable<ScalarHeadImpl> {
 public:
  ScalarHeadImpl(int64_t inputs, int64_t hidden, double dropout);
  void reset() override;
  torch::Tensor forward(const torch::Tensor& queries);

 private:
  int64_t inputs_;
  int64_t width_;
  double dropout_;
  torch::nn::Linear hidden_{nullptr};
  torch::nn::Linear output_{nullptr};
};
TORCH_MODULE(ScalarHead);

// One MLP a scalar. quality, technical and aesthetic read the quality queries; alignment reads the alignment queries.
class ScoreHeadsImpl : public torch::nn::Cloneable<ScoreHeadsImpl> {
 public:
  explicit ScoreHeadsImpl(ScoreHeadsOptions options);
  void reset() override;
  RawScores forward(const QueryOutput& queries);

  const ScoreHeadsOptions& options() const { return options_; }

 private:
  ScoreHeadsOptions options_;
  ScalarHead quality_{nullptr}, alignment_{nullptr}, technical_{nullptr}, aesthetic_{nullptr};
};
TORCH_MODULE(ScoreHeads);

}  // namespace eliq::query
