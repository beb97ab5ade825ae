// What keeps a frozen tower's statistics from being learned by heart. With a pool of some thousand images the fusion
// and the queries otherwise separate the pool's own pictures (measured in docs/training.md); each image is therefore
// shown by a few of its cells only, and its statistics are blurred by noise as wide as their own spread.
#pragma once

#include "fusion/gated_fusion.h"

namespace eliq::training {

// At most `tokens` cells of each image, drawn without replacement; 0: all. Images with fewer keep what they have
// (masked).
fusion::CellStatistics subsample_tokens(const fusion::CellStatistics& statistics, int64_t tokens);

// Adds sigma (cell e1 + image e2), e1 ~ N(0, 1) for every cell and e2 ~ N(0, 1) shared by the cells of an image.
// sigma: [values], the standardisation's; cell, image >= 0. Draws from the default CPU generator.
fusion::CellStatistics perturb(fusion::CellStatistics statistics, const torch::Tensor& sigma, double cell,
                               double image);

}  // namespace eliq::training
