// Quality Query Transformer (ELIQ, arXiv 2602.03558; the block layout is this project's, docs/model.md): learned
// queries read the fused visual tokens by cross-attention. Quality queries see visual tokens only; alignment queries
// see visual and text tokens. Pre-norm blocks: self-attention within each group of queries, cross-attention, FFN (GELU).
// Groups do not attend to each other, so a prompt cannot move the quality score.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "fusion/gated_fusion.h"
#include "io/json.h"

namespace eliq::query {

enum class Pool { kQueries, kMean };  // kMean: every query is replaced by the mean fused token, the ablation of the QQT

struct QualityQueryTransformerOptions {
  int64_t width = 64;
  int64_t quality_queries = 4;
  int64_t alignment_queries = 4;  // 0: the model has no alignment branch
  int64_t text_channels = 0;      // 0: no text side
  int64_t depth = 2;
  int64_t heads = 4;
  int64_t ffn = 128;
  double dropout = 0.0;
  Pool pool = Pool::kQueries;

  static QualityQueryTransformerOptions from_json(const io::Json& json, int64_t width, int64_t text_channels);
};

struct QueryOutput {
  torch::Tensor quality;            // [N, K_q, width]
  torch::Tensor alignment;          // [N, K_a, width]; undefined without text or without alignment queries
  torch::Tensor quality_attention;  // [N, K_q, T] of the last block, mean over heads, sums to 1 over T (masked tokens 0)
};

class QualityQueryTransformerImpl : public torch::nn::Cloneable<QualityQueryTransformerImpl> {
 public:
  explicit QualityQueryTransformerImpl(QualityQueryTransformerOptions options);
  void reset() override;
  // text: [N, S, text_channels] with bool mask [N, S], or both undefined. A 2-D sine-cosine position code of the grid is
  // added to the visual tokens when grid_height/grid_width are given (> 0).
  QueryOutput forward(const fusion::Fused& fused, const torch::Tensor& text, const torch::Tensor& text_mask);

  const QualityQueryTransformerOptions& options() const { return options_; }

 private:
  QualityQueryTransformerOptions options_;
  // …
};
TORCH_MODULE(QualityQueryTransformer);

}  // namespace eliq::query
