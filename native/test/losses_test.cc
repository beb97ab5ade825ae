#include "training/losses.h"

#include "common/error.h"
#include "test/harness.h"
#include "test/numeric.h"

namespace {

using namespace eliq;
using test::values_of;

torch::Tensor doubles(const std::vector<double>& values) { return torch::tensor(values, torch::kFloat64); }

double fidelity(double difference, double p) {
  const double right = 0.5 * std::erfc(-difference / 2), wrong = 0.5 * std::erfc(difference / 2);
  return 1 - std::sqrt(p * right) - std::sqrt((1 - p) * wrong);
}

TEST("losses: fidelity equals its formula") {
  for (const double p : {0.0, 0.2, 0.5, 0.9, 1.0})
    for (double d = -8; d <= 8; d += 0.37)
      EXPECT_NEAR(training::fidelity_loss(doubles({d}), doubles({p})).item<double>(), fidelity(d, p), 1e-12);
}

TEST("losses: fidelity is least where the model agrees with the target") {
  // Phi(d / sqrt 2) = .8 at d = 1.19023.
  const torch::Tensor target = doubles({0.8, 0.8, 0.8});
  const std::vector<double> at = values_of(training::fidelity_loss(doubles({0.9, 1.19023, 1.5}), target));
  EXPECT_NEAR(at[1], 0.0, 1e-9);
  EXPECT(at[0] > at[1] && at[2] > at[1]);
}

TEST("losses: fidelity and its gradient are finite at any difference") {
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    for (const double p : {0.0, 0.3, 1.0}) {
      const torch::Tensor d = torch::tensor({-1e4, -300.0, -50.0, -12.0, -1.0, 0.0, 1.0, 12.0, 50.0, 300.0, 1e4}, type)
                                  .requires_grad_(true);
      const torch::Tensor loss = training::fidelity_loss(d, torch::full({11}, p, type));
      loss.sum().backward();
      EXPECT(loss.isfinite().all().item<bool>());
      EXPECT(d.grad().isfinite().all().item<bool>());
      EXPECT(loss.min().item<double>() > -1e-6 && loss.max().item<double>() < 1 + 1e-6);
    }
  }
}

TEST("losses: a badly ordered pair keeps the gradient that the formula gives it") {
  // -phi(x) / (2 sqrt 2 sqrt(Phi(x))), x = d / sqrt 2; far left Phi(x) = phi(x) / |x| (1 - 1 / x^2 + 3 / x^4 - 15 /
  // x^6).
  for (const double d : {-12.0, -20.0, -30.0}) {
    const double x = d / std::sqrt(2.0), y = 1 / (x * x);
    const double phi = std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0));
    const double expected =
        -std::sqrt(phi) * std::sqrt(-x / (1 - y + 3 * y * y - 15 * y * y * y)) / (2 * std::sqrt(2.0));
    const torch::Tensor at = doubles({d}).requires_grad_(true);
    training::fidelity_loss(at, doubles({1.0})).sum().backward();
    EXPECT_NEAR(at.grad().item<double>() / expected, 1.0, 1e-3);
  }
  const torch::Tensor single = torch::tensor({-12.0f}).requires_grad_(true);
  training::fidelity_loss(single, torch::ones({1})).sum().backward();
  EXPECT(single.grad().item<double>() < 0);
}

TEST("losses: the gradient of fidelity agrees with central differences") {
  const torch::Tensor d = doubles({-6.0, -2.5, -0.3, 0.0, 0.4, 1.7, 5.0}).requires_grad_(true);
  for (const double p : {0.0, 0.25, 0.5, 1.0}) {
    const torch::Tensor target = torch::full({7}, p, torch::kFloat64);
    EXPECT(test::gradient_error([&] { return test::weighted_sum(training::fidelity_loss(d, target)); }, {d}) < 1e-8);
  }
}

TEST("losses: the diversity penalty is the mean squared cosine of different queries") {
  torch::manual_seed(2);
  const torch::Tensor queries = torch::randn({3, 4, 5}, torch::kFloat64);
  auto at = queries.accessor<double, 3>();
  double expected = 0;
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t j = 0; j < 4; ++j) {
        if (i == j) continue;
        double dot = 0, a = 0, b = 0;
        for (int64_t c = 0; c < 5; ++c) {
          dot += at[n][i][c] * at[n][j][c];
          a += at[n][i][c] * at[n][i][c];
          b += at[n][j][c] * at[n][j][c];
        }
        expected += dot * dot / (a * b) / (3 * 12);
      }
  EXPECT_NEAR(training::query_diversity_penalty(queries).item<double>(), expected, 1e-12);
  EXPECT_NEAR(training::query_diversity_penalty(torch::eye(4, torch::kFloat64).unsqueeze(0)).item<double>(), 0.0,
              1e-15);
  EXPECT_NEAR(training::query_diversity_penalty(torch::ones({2, 3, 4}, torch::kFloat64)).item<double>(), 1.0, 1e-12);
  EXPECT_ERROR(training::query_diversity_penalty(torch::ones({2, 1, 4})), ErrorCode::kInvalidArgument);
}

TEST("losses: the gradient of the diversity penalty agrees with central differences and is finite at zero") {
  torch::manual_seed(4);
  const torch::Tensor queries = torch::randn({2, 3, 4}, torch::kFloat64).requires_grad_(true);
  EXPECT(test::gradient_error([&] { return training::query_diversity_penalty(queries); }, {queries}) < 1e-8);
  const torch::Tensor zero = torch::zeros({1, 2, 4}).requires_grad_(true);
  training::query_diversity_penalty(zero).backward();
  EXPECT(zero.grad().isfinite().all().item<bool>());
}

}  // namespace
