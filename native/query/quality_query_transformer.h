// Quality Query Transformer (ELIQ, arXiv 2602.03558; the block layout is this project's, docs/model.md): learned
// queries read the fused visual tokens by cross-attention. Quality queries see visual tokens only; alignment queries
// see visual and text tokens. Pre-norm blocks: self-attention within each group of queries, cross-attention, FFN
// (GELU). Each group has blocks of its own and groups do not attend to each other: a prompt cannot move the quality
// score, and an alignment branch can be trained later without touching quality.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "fusion/gated_fusion.h"
#include "io/json.h"
#include "query/query_group.h"

namespace eliq::query {

// kMean: every query output is replaced by the mean of the tokens that its group sees, the ablation of the QQT.
enum class Pool { kQueries, kMean };

struct QualityQueryTransformerOptions {
  int64_t width = 64;  // a multiple of 4 and of `heads`
  int64_t quality_queries = 4;
  int64_t alignment_queries = 4;  // 0: the model has no alignment branch
  int64_t text_channels = 0;      // 0: no text side, and so no alignment branch
  int64_t depth = 2;
  int64_t heads = 4;
  int64_t ffn = 128;
  double dropout = 0.0;
  Pool pool = Pool::kQueries;

  // config.json "query". Error(kModelCorrupt / kModelUnsupported) on anything senseless, alignment queries for a
  // backbone without text among it.
  static QualityQueryTransformerOptions from_json(const io::Json& json, int64_t width, int64_t text_channels);
  bool has_alignment() const { return alignment_queries > 0 && text_channels > 0; }
};

struct QueryOutput {
  torch::Tensor quality;    // [N, K_q, width]
  torch::Tensor alignment;  // [N, K_a, width]; undefined without text or without alignment branch
  torch::Tensor
      quality_attention;  // [N, K_q, T] of the last block, mean over heads, sums to 1 over T (masked tokens 0)
};

// 2-D sine-cosine code of positions in [0, 1] (y, x): [..., 2] -> [..., width], quarters sin y, cos y, sin x, cos x, at
// width / 4 angular frequencies in geometric progression from pi (half a period over the image) to 16 pi.
torch::Tensor position_code(const torch::Tensor& positions, int64_t width);

class QualityQueryTransformerImpl : public torch::nn::Cloneable<QualityQueryTransformerImpl> {
 public:
  explicit QualityQueryTransformerImpl(QualityQueryTransformerOptions options);
  void reset() override;
  // text: [N, S, text_channels] with bool mask [N, S] (undefined: all real), or both undefined; ignored without
  // alignment branch. Where the tokens have positions, their code times a learned gain is added to them.
  QueryOutput forward(const fusion::Fused& fused, const torch::Tensor& text, const torch::Tensor& text_mask);

  const QualityQueryTransformerOptions& options() const { return options_; }

 private:
  Attended read(QueryGroup& group, int64_t queries, const torch::Tensor& memory, const torch::Tensor& mask) const;

  QualityQueryTransformerOptions options_;
  QueryGroup quality_{nullptr};
  QueryGroup alignment_{nullptr};
  torch::nn::Linear text_projection_{nullptr};
  torch::nn::LayerNorm text_norm_{nullptr};
  torch::Tensor position_gain_;  // [1]
};
TORCH_MODULE(QualityQueryTransformer);

}  // namespace eliq::query
