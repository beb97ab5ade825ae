#include "training/regularization.h"

#include "test/harness.h"

using eliq::fusion::CellStatistics;

namespace {

// Values that name their place: image * 100 + token.
CellStatistics labelled(int64_t images, int64_t tokens, int64_t values) {
  CellStatistics statistics;
  statistics.values = (torch::arange(images).view({-1, 1, 1}) * 100 + torch::arange(tokens).view({1, -1, 1}))
                          .expand({images, tokens, values})
                          .to(torch::kFloat32)
                          .contiguous();
  statistics.positions = torch::arange(tokens).to(torch::kFloat32).view({1, -1, 1}).expand({1, tokens, 2}).contiguous();
  return statistics;
}

}  // namespace

TEST("regularization: subsampling draws distinct tokens and keeps their positions") {
  torch::manual_seed(3);
  const CellStatistics chosen = eliq::training::subsample_tokens(labelled(5, 16, 3), 4);
  EXPECT_EQ(chosen.values.size(1), 4);
  EXPECT_EQ(chosen.positions.size(0), 5);
  for (int64_t image = 0; image < 5; ++image) {
    std::map<int64_t, int> seen;
    for (int64_t token = 0; token < 4; ++token) {
      const auto label = chosen.values.index({image, token, 0}).item<float>() - 100.0f * static_cast<float>(image);
      EXPECT_EQ(label, (chosen.positions.index({image, token, 1}).item<float>()));
      ++seen[static_cast<int64_t>(label)];
    }
    EXPECT_EQ(seen.size(), size_t{4});
  }
}

TEST("regularization: padding is never drawn before a real token") {
  torch::manual_seed(4);
  CellStatistics statistics = labelled(2, 8, 2);
  statistics.mask = torch::ones({2, 8}, torch::kBool);
  statistics.mask.index_put_({1, torch::indexing::Slice(3, 8)}, false);
  for (int round = 0; round < 20; ++round) {
    const CellStatistics chosen = eliq::training::subsample_tokens(statistics, 4);
    EXPECT_EQ(chosen.mask.index({0}).sum().item<int64_t>(), 4);
    EXPECT_EQ(chosen.mask.index({1}).sum().item<int64_t>(), 3);
  }
}

TEST("regularization: noise has the asked spread and the shared part is shared") {
  torch::manual_seed(5);
  CellStatistics statistics;
  statistics.values = torch::zeros({400, 16, 8});
  statistics.positions = torch::zeros({1, 16, 2});
  const torch::Tensor sigma = torch::linspace(1, 8, 8);
  const torch::Tensor noise = eliq::training::perturb(statistics, sigma, 2.0, 1.5).values / sigma;
  EXPECT_NEAR(noise.std().item<double>(), 2.5, 0.05);
  EXPECT_NEAR(noise.mean(1).std().item<double>(), std::sqrt(1.5 * 1.5 + 4.0 / 16), 0.06);
  const torch::Tensor shared = eliq::training::perturb(statistics, sigma, 0.0, 1.0).values;
  EXPECT_EQ((shared - shared.narrow(1, 0, 1)).abs().max().item<double>(), 0.0);
  EXPECT_EQ(eliq::training::perturb(statistics, sigma, 0.0, 0.0).values.abs().max().item<double>(), 0.0);
}
