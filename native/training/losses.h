// Losses over pairs of raw scores.
#pragma once

#include <torch/types.h>

namespace eliq::training {

// Fidelity loss (Tsai et al., FRank, SIGIR 2007) under Thurstone's model, as used by UNIQUE (Zhang et al., arXiv
// 2005.13983):
//   1 - sqrt(p P) - sqrt((1 - p)(1 - P)),  P = Phi(difference / sqrt 2).
// difference: [n] = s_better - s_worse; target p in [0, 1]: [n], taken as a constant. Returns [n] in [0, 1]; values and
// gradients are finite for any finite difference. Its gradient falls off as exp(-difference^2 / 8) where a pair is
// badly ordered, which is the loss's own: no clamp cuts it off earlier.
torch::Tensor fidelity_loss(const torch::Tensor& difference, const torch::Tensor& target);

// Mean over images of the mean squared cosine between different query outputs. queries: [N, K, d], K >= 2. Returns a
// scalar.
torch::Tensor query_diversity_penalty(const torch::Tensor& queries);

}  // namespace eliq::training
