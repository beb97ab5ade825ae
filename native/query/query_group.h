// One group of learned queries and the decoder blocks that let them read a memory of tokens.
#pragma once

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <utility>

namespace eliq::query {

struct QueryGroupOptions {
  int64_t queries = 4;
  int64_t width = 64;  // a multiple of `heads`
  int64_t depth = 2;
  int64_t heads = 4;
  int64_t ffn = 128;
  double dropout = 0.0;  // of each residual branch
};

// Queries [N, K, d] after a block, and its cross-attention [N, K, M] (mean over heads, sums to 1 over the memory).
struct Attended {
  torch::Tensor queries;
  torch::Tensor attention;
};

// Pre-norm: q += SelfAttention(LN q); q += CrossAttention(LN q, memory); q += W2 GELU(W1 LN q).
class QueryBlockImpl : public torch::nn::Cloneable<QueryBlockImpl> {
 public:
  explicit QueryBlockImpl(QueryGroupOptions options);
  void reset() override;
  // queries: [N, K, d]; memory: [N, M, d]; mask: bool [N, M], true = a real token, or undefined.
  Attended forward(const torch::Tensor& queries, const torch::Tensor& memory, const torch::Tensor& mask);

 private:
  torch::Tensor drop(const torch::Tensor& branch) const;

  QueryGroupOptions options_;
  torch::nn::LayerNorm self_norm_{nullptr}, cross_norm_{nullptr}, ffn_norm_{nullptr};
  torch::nn::Linear self_qkv_{nullptr}, self_out_{nullptr};
  torch::nn::Linear cross_q_{nullptr}, cross_kv_{nullptr}, cross_out_{nullptr};
  torch::nn::Linear ffn_in_{nullptr}, ffn_out_{nullptr};
};
TORCH_MODULE(QueryBlock);

// Parameter "queries" [K, d], `depth` blocks, a last LN.
class QueryGroupImpl : public torch::nn::Cloneable<QueryGroupImpl> {
 public:
  explicit QueryGroupImpl(QueryGroupOptions options);
  void reset() override;
  Attended forward(const torch::Tensor& memory, const torch::Tensor& mask);

 private:
  QueryGroupOptions options_;
  torch::Tensor queries_;
  torch::nn::ModuleList blocks_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(QueryGroup);

}  // namespace eliq::query
