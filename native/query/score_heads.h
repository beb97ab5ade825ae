// Scalar heads over the query outputs: raw (uncalibrated) scores, higher is better.
#pragma once

#include "query/quality_query_transformer.h"

namespace eliq::query {

struct ScoreHeadsOptions {
  int64_t width = 64;
  int64_t quality_queries = 4;
  int64_t alignment_queries = 0;  // 0: no alignment head
  int64_t hidden = 64;
  double dropout = 0.0;

  static ScoreHeadsOptions from_json(const io::Json& json, const QualityQueryTransformerOptions& queries);
};

struct RawScores {
  torch::Tensor quality;    // [N] each
  torch::Tensor alignment;  // undefined when the model has no alignment branch or no text was given
  torch::Tensor technical;
  torch::Tensor aesthetic;
};

// One MLP a scalar: flatten queries -> Linear -> GELU -> Linear(1). quality, technical and aesthetic read the quality
// queries; alignment reads the alignment queries.
class ScoreHeadsImpl : public torch::nn::Cloneable<ScoreHeadsImpl> {
 public:
  explicit ScoreHeadsImpl(ScoreHeadsOptions options);
  void reset() override;
  RawScores forward(const QueryOutput& queries);

 private:
  ScoreHeadsOptions options_;
  // …
};
TORCH_MODULE(ScoreHeads);

}  // namespace eliq::query
