#include "training/trainer.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>

#include "common/error.h"
#include "io/safetensors.h"
#include "test/harness.h"
#include "test/tiny_model.h"

namespace {

using namespace eliq;
using test::tiny_config;
using training::PairBatch;
using training::Trainer;
using training::TrainerOptions;

// A soft coloured pattern of its own for every `content`, with Gaussian noise of `severity` on it.
preprocess::Image noisy_pattern(uint32_t content, double severity, int64_t width = 64, int64_t height = 64) {
  std::mt19937 generator(content * 7919 + 1);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::normal_distribution<double> normal(0.0, 1.0);
  double wave[3][4];
  for (auto& channel : wave)
    for (double& value : channel) value = uniform(generator);
  preprocess::Image image;
  image.width = width;
  image.height = height;
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (const auto& channel : wave) {
        const double base = 60 + 120 * channel[0] +
                            40 * std::sin(0.02 + 0.15 * channel[1] * static_cast<double>(x) +
                                          0.15 * channel[2] * static_cast<double>(y) + 6 * channel[3]);
        image.data.push_back(static_cast<uint8_t>(std::clamp(base + severity * normal(generator), 0.0, 255.0)));
      }
  return image;
}

constexpr double kSeverities[] = {0, 12, 30};

// Samples 3 c + s: content c at severity s.
void add_chains(Trainer& trainer, uint32_t from, uint32_t to) {
  for (uint32_t content = from; content < to; ++content)
    for (const double severity : kSeverities) trainer.add(noisy_pattern(content, severity).view());
}

void push(PairBatch& batch, int32_t better, int32_t worse, uint8_t rank = training::kQuality | training::kTechnical,
          uint8_t invariant = 0) {
  batch.better.push_back(better);
  batch.worse.push_back(worse);
  batch.target.push_back(1.0f);
  batch.rank.push_back(rank);
  batch.invariant.push_back(invariant);
}

// Mild before severe inside chains; `upside_down`: the other way round.
PairBatch chain_pairs(int32_t first, int32_t last, bool upside_down = false) {
  PairBatch batch;
  for (int32_t content = first; content < last; ++content)
    for (const auto& [mild, severe] : {std::pair{0, 1}, {1, 2}, {0, 2}})
      push(batch, 3 * content + (upside_down ? severe : mild), 3 * content + (upside_down ? mild : severe));
  return batch;
}

double accuracy(Trainer& trainer, const PairBatch& pairs) {
  const std::vector<float> better = trainer.score(pairs.better).quality, worse = trainer.score(pairs.worse).quality;
  double right = 0;
  for (size_t i = 0; i < better.size(); ++i)
    right += better[i] > worse[i] ? 1.0 / static_cast<double>(better.size()) : 0;
  return right;
}

TrainerOptions tiny_options(uint64_t seed = 1) {
  test::use_one_thread();
  TrainerOptions options;
  options.config = tiny_config();
  options.seed = seed;
  return options;
}

std::vector<int32_t> all_samples(const Trainer& trainer) {
  std::vector<int32_t> samples;
  for (int32_t i = 0; i < trainer.size(); ++i) samples.push_back(i);
  return samples;
}

std::string saved(Trainer& trainer) {
  const test::TemporaryFolder folder;
  trainer.save_model(folder / "model.safetensors", false, {});
  return test::read_bytes(folder / "model.safetensors");
}

TEST("trainer: learns whichever order it is shown, and keeps it on unseen images") {
  for (const bool upside_down : {false, true}) {
    Trainer trainer(tiny_options(3));
    add_chains(trainer, 0, 36);
    trainer.fit_standardization(all_samples(trainer));
    const PairBatch seen = chain_pairs(0, 24, upside_down), unseen = chain_pairs(24, 36, upside_down);
    training::StepResult first{}, last{};
    for (int i = 0; i < 60; ++i) {
      last = trainer.step(seen, 3e-3);
      if (i == 0) first = last;
    }
    EXPECT(last.fidelity < 0.3 * first.fidelity);
    EXPECT(last.accuracy > 0.9);
    EXPECT(accuracy(trainer, unseen) > 0.9);
  }
}

TEST("trainer: an aspect that must not differ is held still") {
  Trainer trainer(tiny_options(4));
  add_chains(trainer, 0, 16);
  trainer.fit_standardization(all_samples(trainer));
  PairBatch batch;
  for (int32_t content = 0; content < 16; ++content)
    push(batch, 3 * content, 3 * content + 2, training::kTechnical, training::kAesthetic | training::kAlignment);
  training::StepResult last{};
  for (int i = 0; i < 80; ++i) last = trainer.step(batch, 3e-3);
  EXPECT(std::isnan(last.accuracy));
  const training::Scores better = trainer.score(batch.better), worse = trainer.score(batch.worse);
  double technical = 0, aesthetic = 0;
  for (size_t i = 0; i < 16; ++i) {
    technical += std::abs(better.technical[i] - worse.technical[i]);
    aesthetic += std::abs(better.aesthetic[i] - worse.aesthetic[i]);
  }
  EXPECT(aesthetic < 0.25 * technical);
}

TEST("trainer: what a step reports is the loss of its definition") {
  TrainerOptions options = tiny_options();
  // Without dropout the scores of a step are those of score().
  options.config = test::replaced(test::replaced(test::replaced(options.config, "\"dropout\": 0.1", "\"dropout\": 0"),
                                                 "\"dropout\": 0.1", "\"dropout\": 0"),
                                  "\"dropout\": 0.1", "\"dropout\": 0");
  options.invariance_weight = 0.5;
  Trainer trainer(options);
  add_chains(trainer, 0, 3);
  PairBatch batch;
  push(batch, 0, 2, training::kQuality | training::kTechnical, training::kAesthetic);
  push(batch, 3, 5, training::kQuality, 0);
  push(batch, 6, 1, training::kAesthetic, training::kTechnical);
  batch.target = {1.0f, 0.7f, 1.0f};
  const training::Scores a = trainer.score(batch.better), b = trainer.score(batch.worse);
  const auto loss = [](double d, double p) {
    return 1 - std::sqrt(p * 0.5 * std::erfc(-d / 2)) - std::sqrt((1 - p) * 0.5 * std::erfc(d / 2));
  };
  const double fidelity = (loss(a.quality[0] - b.quality[0], 1) + loss(a.technical[0] - b.technical[0], 1) +
                           loss(a.quality[1] - b.quality[1], 0.7f) + loss(a.aesthetic[2] - b.aesthetic[2], 1)) /
                          4;
  const double invariance =
      (std::pow(a.aesthetic[0] - b.aesthetic[0], 2) + std::pow(a.technical[2] - b.technical[2], 2)) / 2;
  const double right = ((a.quality[0] > b.quality[0]) + (a.quality[1] > b.quality[1])) / 2.0;
  const training::StepResult result = trainer.step(batch, 1e-3);
  EXPECT_NEAR(result.fidelity, fidelity, 1e-5);
  EXPECT_NEAR(result.invariance, invariance, 1e-5);
  EXPECT_NEAR(result.loss, fidelity + 0.5 * invariance, 1e-5);
  EXPECT_NEAR(result.accuracy, right, 1e-6);
  EXPECT(result.gradient_norm > 0);
}

TEST("trainer: the diversity penalty drives query outputs apart") {
  double cosine[2];
  for (const int weighted : {0, 1}) {
    TrainerOptions options = tiny_options(6);
    options.diversity_weight = weighted != 0 ? 2.0 : 0.0;
    Trainer trainer(options);
    add_chains(trainer, 0, 8);
    trainer.fit_standardization(all_samples(trainer));
    const PairBatch batch = chain_pairs(0, 8);
    for (int i = 0; i < 40; ++i) trainer.step(batch, 3e-3);
    const test::TemporaryFolder folder;
    trainer.save_model(folder / "model.safetensors", false, {});
    test::write_text(folder / "config.json", options.config);
    model::Critic critic = model::load_critic(folder.path());
    const preprocess::Image image = noisy_pattern(0, 5);
    const torch::Tensor queries =
        critic->forward(preprocess::normalize(critic->input(), image.view())).embedding.view({3, 16});
    const torch::Tensor unit = queries / queries.norm(2, 1, true);
    cosine[weighted] = (torch::matmul(unit, unit.t()).square().sum().item<double>() - 3) / 6;
  }
  EXPECT(cosine[1] < cosine[0]);
  EXPECT(cosine[1] < 0.2);
}

TEST("trainer: ten steps, a checkpoint and ten more are twenty steps, bit for bit") {
  const test::TemporaryFolder folder;
  const auto fresh = [](bool fit) {
    auto trainer = std::make_unique<Trainer>(tiny_options(8));
    add_chains(*trainer, 0, 6);
    if (fit) trainer->fit_standardization(all_samples(*trainer));
    return trainer;
  };
  const auto run = [](Trainer& trainer, int from, int to) {
    for (int i = from; i < to; ++i) trainer.step(chain_pairs(i % 4, i % 4 + 2), 1e-3 + 1e-4 * i);
  };
  auto straight = fresh(true);
  run(*straight, 0, 20);
  auto first = fresh(true);
  run(*first, 0, 10);
  first->save_checkpoint(folder / "run.safetensors", {{"step", "10"}});
  first.reset();
  auto second = fresh(false);
  second->step(chain_pairs(0, 1), 1e-2);  // whatever came before is forgotten
  const auto metadata = second->load_checkpoint(folder / "run.safetensors");
  EXPECT_EQ(metadata.at("step"), std::string("10"));
  run(*second, 10, 20);
  EXPECT(saved(*straight) == saved(*second));
  run(*second, 20, 21);
  EXPECT(saved(*straight) != saved(*second));
}

TEST("trainer: the same holds for a run that tunes the tower") {
  const test::TemporaryFolder folder;
  const auto fresh = [] {
    TrainerOptions options = tiny_options(8);
    options.tune_backbone = true;
    auto trainer = std::make_unique<Trainer>(options);
    add_chains(*trainer, 0, 2);
    trainer->fit_standardization(all_samples(*trainer));
    return trainer;
  };
  auto straight = fresh();
  for (int i = 0; i < 6; ++i) straight->step(chain_pairs(0, 2), 1e-3);
  auto first = fresh();
  for (int i = 0; i < 3; ++i) first->step(chain_pairs(0, 2), 1e-3);
  first->save_checkpoint(folder / "run.safetensors", {});
  auto second = fresh();
  second->load_checkpoint(folder / "run.safetensors");
  for (int i = 0; i < 3; ++i) second->step(chain_pairs(0, 2), 1e-3);
  EXPECT(saved(*straight) == saved(*second));
}

TEST("trainer: foreign and damaged checkpoints are refused and change nothing") {
  const test::TemporaryFolder folder;
  Trainer trainer(tiny_options());
  add_chains(trainer, 0, 2);
  trainer.step(chain_pairs(0, 2), 1e-3);
  trainer.save_checkpoint(folder / "run.safetensors", {});
  const std::string before = saved(trainer);
  TrainerOptions other = tiny_options();
  other.config = test::replaced(other.config, "\"hidden\": 16", "\"hidden\": 8");
  EXPECT_ERROR(Trainer(other).load_checkpoint(folder / "run.safetensors"), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(trainer.load_checkpoint(folder / "none.safetensors"), ErrorCode::kModelNotFound);
  trainer.save_model(folder / "model.safetensors", false, {});
  EXPECT_ERROR(trainer.load_checkpoint(folder / "model.safetensors"), ErrorCode::kModelCorrupt);
  const std::string bytes = test::read_bytes(folder / "run.safetensors");
  test::write_text(folder / "run.safetensors", bytes.substr(0, bytes.size() - 9));
  EXPECT_ERROR(trainer.load_checkpoint(folder / "run.safetensors"), ErrorCode::kModelCorrupt);
  EXPECT(saved(trainer) == before);
}

TEST("trainer: trainers of one process disturb neither each other nor the process's random numbers") {
  const auto fresh = [](uint64_t seed) {
    auto trainer = std::make_unique<Trainer>(tiny_options(seed));
    add_chains(*trainer, 0, 2);
    return trainer;
  };
  auto alone = fresh(1);
  for (int i = 0; i < 4; ++i) alone->step(chain_pairs(0, 2), 1e-3);
  torch::manual_seed(99);
  const torch::Tensor expected = torch::rand({5});
  torch::manual_seed(99);
  auto one = fresh(1), two = fresh(2);
  for (int i = 0; i < 4; ++i) {
    one->step(chain_pairs(0, 2), 1e-3);
    two->step(chain_pairs(0, 2), 1e-3);
  }
  EXPECT(torch::equal(torch::rand({5}), expected));
  EXPECT(saved(*alone) == saved(*one));
  EXPECT(saved(*one) != saved(*two));
}

TEST("trainer: cached features are those of the tower, within half precision") {
  Trainer trainer(tiny_options(5));
  const test::TemporaryFolder folder;
  trainer.save_model(folder / "model.safetensors", false, {});
  test::write_text(folder / "config.json", tiny_config());
  model::Critic critic = model::load_critic(folder.path());
  const std::pair<int64_t, int64_t> sizes[] = {{64, 64}, {128, 40}, {30, 90}};
  std::vector<double> direct;
  uint32_t content = 0;
  for (const auto& [width, height] : sizes) {
    const preprocess::Image image = noisy_pattern(content++, 10, width, height);
    trainer.add(image.view());
    const preprocess::Image resized = preprocess::fit(critic->input(), image.view());
    direct.push_back(
        critic->forward(preprocess::normalize(critic->input(), resized.view())).scores.quality.item<double>());
  }
  const std::vector<float> together = trainer.score({0, 1, 2}).quality;
  for (int32_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(together[static_cast<size_t>(i)], direct[static_cast<size_t>(i)], 5e-3);
    EXPECT_NEAR(together[static_cast<size_t>(i)], trainer.score({i}).quality[0], 1e-5);  // padding changes nothing
  }
}

TEST("trainer: a tuned tower scores through pixels, moves by its own rate, and learns") {
  TrainerOptions options = tiny_options(2);
  const auto tower_after = [&](bool tune, double rate) {
    options.tune_backbone = tune;
    options.learning_rate_backbone = rate;
    Trainer trainer(options);
    add_chains(trainer, 0, 4);
    const test::TemporaryFolder folder;
    for (int i = 0; i < 3; ++i) trainer.step(chain_pairs(0, 4), 1e-3);
    trainer.save_model(folder / "model.safetensors", false, {});
    const auto file = io::SafetensorsFile::open(folder / "model.safetensors");
    return model::as_tensor(file->at("backbone.stem.weight")).clone();
  };
  const torch::Tensor frozen = tower_after(false, 1e-3);
  EXPECT(torch::equal(frozen, tower_after(true, 0.0)));
  const double moved = test::greatest_difference(frozen, tower_after(true, 1e-3));
  EXPECT(moved > 1e-4 && moved < 4e-3);

  options.learning_rate_backbone = 1e-3;
  Trainer trainer(options);
  trainer.add(noisy_pattern(50, 10, 128, 40).view());
  trainer.add(noisy_pattern(51, 10, 64, 64).view());
  const std::vector<float> together = trainer.score({0, 1}).quality;
  EXPECT_NEAR(together[0], trainer.score({0}).quality[0], 1e-5);
  EXPECT_NEAR(together[1], trainer.score({1}).quality[0], 1e-5);
  PairBatch batch;
  push(batch, 0, 1);
  const double before = trainer.step(batch, 3e-3).fidelity;
  for (int i = 0; i < 15; ++i) trainer.step(batch, 3e-3);
  EXPECT(trainer.step(batch, 3e-3).fidelity < 0.5 * before);
}

TEST("trainer: a second run takes up the cache of the first, and what a kill left of it") {
  const test::TemporaryFolder folder;
  TrainerOptions options = tiny_options();
  options.cache = folder / "features";
  std::vector<float> scores;
  {
    Trainer trainer(options);
    EXPECT_EQ(trainer.cached(), 0);
    add_chains(trainer, 0, 2);
    scores = trainer.score({0, 1, 2, 3, 4, 5}).quality;
  }
  {
    Trainer trainer(options);
    EXPECT_EQ(trainer.cached(), 6);
    EXPECT_EQ(trainer.size(), 6);
    EXPECT(trainer.score({0, 1, 2, 3, 4, 5}).quality == scores);
    EXPECT_EQ(trainer.add(noisy_pattern(9, 0).view()), 6);
    EXPECT_EQ(trainer.cached(), 6);
    EXPECT_EQ(trainer.size(), 7);
  }
  std::filesystem::resize_file(folder / "features", std::filesystem::file_size(folder / "features") - 5);
  Trainer trainer(options);
  EXPECT_EQ(trainer.cached(), 6);
  EXPECT(trainer.score({0, 1, 2, 3, 4, 5}).quality == scores);
}

TEST("trainer: a cache made with another tower, input, cell or key is refused") {
  const test::TemporaryFolder folder;
  TrainerOptions options = tiny_options();
  options.cache = folder / "features";
  options.cache_key = "manifest 1";
  {
    Trainer trainer(options);
    add_chains(trainer, 0, 1);
  }
  const auto refused = [&](const std::function<void(TrainerOptions&)>& change) {
    TrainerOptions other = options;
    change(other);
    EXPECT_ERROR(Trainer{other}, ErrorCode::kInvalidArgument);
  };
  refused([](TrainerOptions& other) { other.seed = 2; });  // other fresh tower weights
  refused([](TrainerOptions& other) { other.cache_key = "manifest 2"; });
  refused([](TrainerOptions& other) { other.tune_backbone = true; });
  refused(
      [](TrainerOptions& other) { other.config = test::replaced(other.config, "\"area\": 4096", "\"area\": 6144"); });
  refused([](TrainerOptions& other) { other.config = test::replaced(other.config, "\"cell\": 16", "\"cell\": 32"); });
  TrainerOptions harmless = options;
  harmless.config = test::replaced(harmless.config, "\"hidden\": 16", "\"hidden\": 12");
  EXPECT_EQ(Trainer(harmless).cached(), 3);
}

TEST("trainer: initial weights are taken by prefix") {
  const test::TemporaryFolder folder;
  Trainer source(tiny_options(1));
  source.save_model(folder / "model.safetensors", false, {});
  TrainerOptions options = tiny_options(2);
  options.initial_weights = folder / "model.safetensors";
  const auto taken = [&](const char* prefix, const char* name) {
    options.initial_prefix = prefix;
    Trainer trainer(options);
    trainer.save_model(folder / "after.safetensors", false, {});
    const auto before = io::SafetensorsFile::open(folder / "model.safetensors"),
               after = io::SafetensorsFile::open(folder / "after.safetensors");
    return torch::equal(model::as_tensor(before->at(name)), model::as_tensor(after->at(name)));
  };
  EXPECT(taken("backbone.", "backbone.stem.weight"));
  EXPECT(!taken("backbone.", "query.quality.queries"));
  EXPECT(taken("", "query.quality.queries"));
}

TEST("trainer: the standardisation is the mean and deviation of the real tokens of the samples") {
  Trainer trainer(tiny_options(5));
  std::vector<preprocess::Image> images;
  for (uint32_t i = 0; i < 70; ++i)
    images.push_back(noisy_pattern(i, i % 20, i % 3 == 0 ? 128 : 64, 64));  // two grids, two chunks
  for (const preprocess::Image& image : images) trainer.add(image.view());
  trainer.fit_standardization(all_samples(trainer));
  const test::TemporaryFolder folder;
  trainer.save_model(folder / "model.safetensors", false, {});
  test::write_text(folder / "config.json", tiny_config());
  model::Critic critic = model::load_critic(folder.path());
  std::vector<torch::Tensor> tokens;
  for (const preprocess::Image& image : images) {
    const preprocess::Image resized = preprocess::fit(critic->input(), image.view());
    tokens.push_back(
        critic->statistics(preprocess::normalize(critic->input(), resized.view())).values[0].to(torch::kFloat64));
  }
  const torch::Tensor all = torch::cat(tokens);
  auto at = all.accessor<double, 2>();
  const std::vector<double> mean = test::values_of(critic->named_buffers()["fusion.mean"]),
                            std = test::values_of(critic->named_buffers()["fusion.std"]);
  for (int64_t c = 0; c < all.size(1); ++c) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < all.size(0); ++i) sum += at[i][c] / static_cast<double>(all.size(0));
    for (int64_t i = 0; i < all.size(0); ++i)
      squares += (at[i][c] - sum) * (at[i][c] - sum) / static_cast<double>(all.size(0));
    EXPECT_NEAR(mean[static_cast<size_t>(c)], sum, 1e-3 * std::max(1.0, std::abs(sum)));
    EXPECT_NEAR(std[static_cast<size_t>(c)], std::max({std::sqrt(squares), 1e-3, 0.01 * std::abs(sum)}),
                2e-3 * std::max(1.0, std::abs(sum)));
  }
}

TEST("trainer: senseless batches and options are refused") {
  Trainer trainer(tiny_options());
  add_chains(trainer, 0, 1);
  const auto refused = [&](const std::function<void(PairBatch&)>& change) {
    PairBatch batch = chain_pairs(0, 1);
    change(batch);
    EXPECT_ERROR(trainer.step(batch, 1e-3), ErrorCode::kInvalidArgument);
  };
  refused([](PairBatch& batch) { batch = PairBatch(); });
  refused([](PairBatch& batch) { batch.worse.pop_back(); });
  refused([](PairBatch& batch) { batch.worse[0] = 3; });
  refused([](PairBatch& batch) { batch.better[0] = -1; });
  refused([](PairBatch& batch) { batch.target[0] = 1.5f; });
  refused([](PairBatch& batch) { batch.target[0] = NAN; });
  refused([](PairBatch& batch) { batch.rank[0] = training::kAlignment; });
  refused([](PairBatch& batch) { batch.invariant[0] = 64; });
  EXPECT_ERROR(trainer.step(chain_pairs(0, 1), -1.0), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(trainer.step(chain_pairs(0, 1), NAN), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(trainer.score({7}), ErrorCode::kInvalidArgument);
  EXPECT_ERROR(trainer.fit_standardization({}), ErrorCode::kInvalidArgument);
  TrainerOptions options = tiny_options();
  options.beta2 = 1.0;
  EXPECT_ERROR(Trainer{options}, ErrorCode::kInvalidArgument);
  options = tiny_options();
  options.config = "{";
  EXPECT_ERROR(Trainer{options}, ErrorCode::kModelCorrupt);
}

}  // namespace
