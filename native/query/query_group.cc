#include "query/query_group.h"

#include <torch/nn/init.h>

#include <cmath>
#include <limits>
#include <utility>

namespace eliq::query {
namespace {

// Glorot and Bengio (AISTATS 2010), no bias: activations keep their scale through attention, so that at the start the
// queries already differ by what they read.
torch::nn::Linear glorot(int64_t in, int64_t out) {
  torch::nn::Linear linear(in, out);
  torch::nn::init::xavier_uniform_(linear->weight);
  torch::nn::init::zeros_(linear->bias);
  return linear;
}

// [N, M, d] -> [N, heads, M, d / heads]
torch::Tensor split_heads(const torch::Tensor& x, int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

// Scaled dot-product attention (Vaswani et al., arXiv 1706.03762). q: [N, K, d]; k, v: [N, M, d].
Attended attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, const torch::Tensor& mask,
                int64_t heads) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(2) / heads));
  torch::Tensor logits = torch::matmul(split_heads(q * scale, heads), split_heads(k, heads).transpose(2, 3));
  if (mask.defined())
    logits = logits.masked_fill(mask.logical_not().view({mask.size(0), 1, 1, mask.size(1)}),
                                -std::numeric_limits<double>::infinity());
  const torch::Tensor weights = logits.softmax(-1);
  const torch::Tensor read = torch::matmul(weights, split_heads(v, heads)).transpose(1, 2);
  return {read.reshape({q.size(0), q.size(1), q.size(2)}), weights.mean(1)};
}

torch::nn::LayerNorm layer_norm(int64_t width) { return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})); }

}  // namespace

QueryBlockImpl::QueryBlockImpl(QueryGroupOptions options) : options_(options) { reset(); }

void QueryBlockImpl::reset() {
  const int64_t width = options_.width;
  self_norm_ = register_module("self_norm", layer_norm(width));
  self_qkv_ = register_module("self_qkv", glorot(width, 3 * width));
  self_out_ = register_module("self_out", glorot(width, width));
  cross_norm_ = register_module("cross_norm", layer_norm(width));
  cross_q_ = register_module("cross_q", glorot(width, width));
  cross_kv_ = register_module("cross_kv", glorot(width, 2 * width));
  cross_out_ = register_module("cross_out", glorot(width, width));
  ffn_norm_ = register_module("ffn_norm", layer_norm(width));
  ffn_in_ = register_module("ffn_in", glorot(width, options_.ffn));
  ffn_out_ = register_module("ffn_out", glorot(options_.ffn, width));
}

torch::Tensor QueryBlockImpl::drop(const torch::Tensor& branch) const {
  return torch::dropout(branch, options_.dropout, is_training());
}

Attended QueryBlockImpl::forward(const torch::Tensor& queries, const torch::Tensor& memory, const torch::Tensor& mask) {
  const auto own = self_qkv_->forward(self_norm_->forward(queries)).chunk(3, -1);
  const Attended self = attend(own[0], own[1], own[2], {}, options_.heads);
  torch::Tensor x = queries + drop(self_out_->forward(self.queries));

  const auto read = cross_kv_->forward(memory).chunk(2, -1);
  const Attended cross = attend(cross_q_->forward(cross_norm_->forward(x)), read[0], read[1], mask, options_.heads);
  x = x + drop(cross_out_->forward(cross.queries));

  x = x + drop(ffn_out_->forward(torch::gelu(ffn_in_->forward(ffn_norm_->forward(x)))));
  return {x, cross.attention};
}

QueryGroupImpl::QueryGroupImpl(QueryGroupOptions options) : options_(options) { reset(); }

void QueryGroupImpl::reset() {
  // Large enough that the residual stream keeps the queries of a group apart, small enough that what they read counts.
  queries_ = register_parameter("queries", torch::randn({options_.queries, options_.width}) * 0.5);
  blocks_ = register_module("blocks", torch::nn::ModuleList());
  for (int64_t i = 0; i < options_.depth; ++i) blocks_->push_back(QueryBlock(options_));
  norm_ = register_module("norm", layer_norm(options_.width));
}

Attended QueryGroupImpl::forward(const torch::Tensor& memory, const torch::Tensor& mask) {
  Attended state{queries_.unsqueeze(0).expand({memory.size(0), options_.queries, options_.width}), {}};
  for (size_t i = 0; i < blocks_->size(); ++i)
    state = blocks_->at<QueryBlockImpl>(i).forward(state.queries, memory, mask);
  state.queries = norm_->forward(state.queries);
  return state;
}

}  // namespace eliq::query
