#include "model/critic.h"

#include <algorithm>
#include <functional>

#include "common/error.h"
#include "io/safetensors.h"
#include "test/harness.h"
#include "test/tiny_model.h"

namespace {

using namespace eliq;
using test::greatest_difference;
using test::replaced;
using test::tiny_config;
using test::tiny_critic;

void write_model(const test::TemporaryFolder& folder, model::Critic critic,
                 model::Storage storage = model::Storage::kFloat32) {
  test::write_text(folder / "config.json", tiny_config());
  model::save_weights(*critic, folder / "model.safetensors", storage, {{"made-by", "test"}});
}

torch::Tensor images() {
  torch::manual_seed(9);
  return torch::randn({2, 3, 64, 48});
}

// Writes the critic's weights after `change` has had its way with the list.
using Named = std::vector<std::pair<std::string, torch::Tensor>>;
void write_changed(const std::string& path, model::Critic critic, const std::function<void(Named&)>& change) {
  Named weights = model::named_weights(*critic);
  change(weights);
  std::vector<torch::Tensor> kept;
  std::vector<io::TensorSource> sources;
  for (const auto& [name, weight] : weights) {
    kept.push_back(weight.detach().contiguous());
    const auto type = kept.back().scalar_type();
    sources.push_back({name,
                       type == torch::kBFloat16 ? io::DType::kBF16
                       : type == torch::kInt64  ? io::DType::kI64
                                                : io::DType::kF32,
                       kept.back().sizes().vec(), kept.back().data_ptr()});
  }
  io::write_safetensors(path, sources, {});
}

template <typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST("critic: shapes, unit embeddings, gates and attention of a batch") {
  model::Critic critic = tiny_critic();
  const model::Output output = critic->forward(images());
  EXPECT_EQ(output.grid_height, 4);
  EXPECT_EQ(output.grid_width, 3);
  EXPECT(output.scores.quality.sizes() == torch::IntArrayRef({2}));
  EXPECT(!output.scores.alignment.defined());
  EXPECT(output.embedding.sizes() == torch::IntArrayRef({2, 48}));
  EXPECT(output.gates.sizes() == torch::IntArrayRef({2, 12, 2}));
  EXPECT(output.quality_attention.sizes() == torch::IntArrayRef({2, 3, 12}));
  EXPECT(greatest_difference(output.embedding.square().sum(1), torch::ones({2})) < 1e-5);
  EXPECT(greatest_difference(output.gates.sum(-1), torch::ones({2, 12})) < 1e-5);
  EXPECT(greatest_difference(output.quality_attention.sum(-1), torch::ones({2, 3})) < 1e-5);
}

TEST("critic: embedding times norm is what the quality heads read") {
  model::Critic critic = tiny_critic();
  critic->eval();
  const model::Output output = critic->forward(images());
  EXPECT(output.embedding_norm.sizes() == torch::IntArrayRef({2}));
  EXPECT(output.embedding_norm.gt(0).all().item<bool>());
  const torch::Tensor features = output.embedding * output.embedding_norm.unsqueeze(1);
  query::QueryOutput read;
  read.quality = features.view({2, 3, 16});
  const query::RawScores scores = critic->heads->forward(read);
  EXPECT(greatest_difference(scores.quality, output.scores.quality) < 1e-5);
  EXPECT(greatest_difference(scores.technical, output.scores.technical) < 1e-5);
  EXPECT(greatest_difference(scores.aesthetic, output.scores.aesthetic) < 1e-5);
}

TEST("critic: the local quality is what the queries say of one cell when all others are hidden") {
  model::Critic critic = tiny_critic();
  critic->eval();
  const torch::Tensor image = images().narrow(0, 0, 1);
  const model::Output whole = critic->forward(image);
  const model::Output explained = critic->explain(image);
  EXPECT(greatest_difference(whole.scores.quality, explained.scores.quality) == 0);
  EXPECT(greatest_difference(whole.quality_attention, explained.quality_attention) == 0);
  REQUIRE(explained.local_quality.sizes() == torch::IntArrayRef({12}));

  fusion::Fused fused = critic->fusion->forward(critic->statistics(image));
  for (const int64_t cell : {0, 5, 11}) {
    fused.mask = torch::zeros({1, 12}, torch::kBool);
    fused.mask[0][cell] = true;
    const torch::Tensor alone = critic->heads->forward(critic->queries->forward(fused, {}, {})).quality;
    EXPECT(greatest_difference(alone[0], explained.local_quality[cell]) < 1e-5);
  }
  EXPECT(explained.local_quality.std().item<double>() > 1e-4);
}

TEST("critic: statistics and the trainable end make the whole") {
  model::Critic critic = tiny_critic();
  const model::Output whole = critic->forward(images());
  const model::Output parts = critic->forward_statistics(critic->statistics(images()));
  EXPECT(greatest_difference(whole.scores.quality, parts.scores.quality) == 0);
  EXPECT(greatest_difference(whole.embedding, parts.embedding) == 0);
}

TEST("critic: a batch equals its images one by one") {
  model::Critic critic = tiny_critic();
  const torch::Tensor batch = images();
  const torch::Tensor together = critic->forward(batch).scores.quality;
  for (int64_t n = 0; n < 2; ++n)
    EXPECT(greatest_difference(together[n], critic->forward(batch.narrow(0, n, 1)).scores.quality[0]) < 1e-5);
}

TEST("critic: a saved model loads with the same scores") {
  const test::TemporaryFolder folder;
  model::Critic critic = tiny_critic();
  critic->fusion->set_standardization(torch::rand({28}), torch::rand({28}) + 0.5);
  write_model(folder, critic);
  model::Critic loaded = model::load_critic(folder.path());
  EXPECT(!loaded->is_training());
  const Named before = model::named_weights(*critic), after = model::named_weights(*loaded);
  REQUIRE(before.size() == after.size());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].first, after[i].first);
    EXPECT(torch::equal(before[i].second, after[i].second));
    EXPECT(!after[i].second.requires_grad());
  }
  EXPECT(torch::equal(critic->forward(images()).scores.quality, loaded->forward(images()).scores.quality));
}

TEST("critic: names of the weights are the published ones") {
  std::vector<std::string> names;
  for (const auto& [name, weight] : model::named_weights(*tiny_critic())) names.push_back(name);
  for (const char* name :
       {"backbone.stem.weight", "fusion.projections.1.weight", "fusion.gate.weight", "fusion.norm.bias", "fusion.mean",
        "fusion.std", "query.quality.queries", "query.quality.blocks.0.cross_kv.weight", "query.position_gain",
        "heads.quality.hidden.weight", "heads.technical.output.bias", "heads.aesthetic.output.weight"})
    EXPECT(std::find(names.begin(), names.end(), name) != names.end());
}

TEST("critic: half-precision weights are the rounded ones, and what does not fit stays whole") {
  const test::TemporaryFolder folder;
  model::Critic critic = tiny_critic();
  {
    torch::NoGradGuard no_grad;
    critic->named_buffers()["fusion.mean"][3] = 1e6;
  }
  write_model(folder, critic, model::Storage::kFloat16);
  const auto file = io::SafetensorsFile::open(folder / "model.safetensors");
  EXPECT(file->at("query.quality.queries").dtype == io::DType::kF16);
  EXPECT(file->at("fusion.mean").dtype == io::DType::kF32);
  EXPECT_EQ(file->metadata().at("made-by"), std::string("test"));
  model::Critic loaded = model::load_critic(folder.path());
  const Named before = model::named_weights(*critic), after = model::named_weights(*loaded);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT(after[i].second.scalar_type() == torch::kFloat32);
    const torch::Tensor expected =
        before[i].first == "fusion.mean" ? before[i].second : before[i].second.to(torch::kFloat16).to(torch::kFloat32);
    EXPECT(torch::equal(expected, after[i].second));
  }
}

TEST("critic: bfloat16 weights are widened") {
  const test::TemporaryFolder folder;
  model::Critic critic = tiny_critic();
  test::write_text(folder / "config.json", tiny_config());
  write_changed(folder / "model.safetensors", critic, [](Named& weights) {
    for (auto& [name, weight] : weights) weight = weight.to(torch::kBFloat16);
  });
  model::Critic loaded = model::load_critic(folder.path());
  const torch::Tensor queries = loaded->named_parameters()["query.quality.queries"];
  EXPECT(torch::equal(queries,
                      critic->named_parameters()["query.quality.queries"].to(torch::kBFloat16).to(torch::kFloat32)));
}

TEST("critic: only the asked prefix is loaded, and checked") {
  const test::TemporaryFolder folder;
  model::Critic source = tiny_critic(tiny_config(), 1), target = tiny_critic(tiny_config(), 2);
  write_changed(folder / "tower.safetensors", source, [](Named& weights) {
    weights.erase(std::remove_if(weights.begin(), weights.end(),
                                 [](const auto& item) { return item.first.rfind("backbone.", 0) != 0; }),
                  weights.end());
  });
  const torch::Tensor queries = target->named_parameters()["query.quality.queries"].clone();
  model::load_weights(*target, folder / "tower.safetensors", "backbone.");
  EXPECT(torch::equal(target->named_parameters()["query.quality.queries"], queries));
  EXPECT(torch::equal(target->named_parameters()["backbone.stem.weight"],
                      source->named_parameters()["backbone.stem.weight"]));
  EXPECT_ERROR(model::load_weights(*target, folder / "tower.safetensors"), ErrorCode::kModelCorrupt);
}

TEST("critic: weights that do not fit the configuration are named, and change nothing") {
  const test::TemporaryFolder folder;
  model::Critic critic = tiny_critic(tiny_config(), 1), target = tiny_critic(tiny_config(), 2);
  const std::string path = folder / "model.safetensors";
  const torch::Tensor before = target->named_parameters()["backbone.stem.weight"].clone();
  const auto expect_fault = [&](const std::string& named, const std::function<void(Named&)>& change) {
    write_changed(path, critic, change);
    EXPECT_ERROR(model::load_weights(*target, path), ErrorCode::kModelCorrupt);
    EXPECT(message_of([&] { model::load_weights(*target, path); }).find(named) != std::string::npos);
    EXPECT(torch::equal(before, target->named_parameters()["backbone.stem.weight"]));
  };
  expect_fault("fusion.std", [](Named& weights) {
    weights.erase(
        std::find_if(weights.begin(), weights.end(), [](const auto& item) { return item.first == "fusion.std"; }));
  });
  expect_fault("heads.mood.weight",
               [](Named& weights) { weights.emplace_back("heads.mood.weight", torch::ones({2})); });
  expect_fault("fusion.norm.weight", [](Named& weights) {
    for (auto& [name, weight] : weights)
      if (name == "fusion.norm.weight") weight = torch::ones({4, 4});
  });
  expect_fault("fusion.mean", [](Named& weights) {
    for (auto& [name, weight] : weights)
      if (name == "fusion.mean") weight = weight.to(torch::kInt64);
  });
}

TEST("critic: missing and damaged model folders") {
  const test::TemporaryFolder folder;
  EXPECT_ERROR(model::load_critic(folder / "nowhere"), ErrorCode::kModelNotFound);
  EXPECT_ERROR(model::load_critic(folder.path()), ErrorCode::kModelNotFound);
  test::write_text(folder / "config.json", tiny_config());
  EXPECT_ERROR(model::load_critic(folder.path()), ErrorCode::kModelNotFound);
  EXPECT_ERROR(model::load_critic(folder / "config.json"), ErrorCode::kModelNotFound);
  write_model(folder, tiny_critic());
  const std::string weights = test::read_bytes(folder / "model.safetensors");
  test::write_text(folder / "model.safetensors", weights.substr(0, weights.size() / 2));
  EXPECT_ERROR(model::load_critic(folder.path()), ErrorCode::kModelCorrupt);
  test::write_text(folder / "model.safetensors", "not weights");
  EXPECT_ERROR(model::load_critic(folder.path()), ErrorCode::kModelCorrupt);
  test::write_text(folder / "model.safetensors", weights);
  test::write_text(folder / "config.json", tiny_config().substr(0, 100));
  EXPECT_ERROR(model::load_critic(folder.path()), ErrorCode::kModelCorrupt);
  test::write_text(folder / "config.json", std::string((1 << 20) + 1, ' '));
  EXPECT_ERROR(model::load_critic(folder.path()), ErrorCode::kModelCorrupt);
  test::write_text(folder / "config.json", tiny_config());
  EXPECT(model::load_critic(folder.path())->forward(images()).scores.quality.isfinite().all().item<bool>());
}

TEST("critic: senseless and unknown configurations") {
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "eliq-model", "other")), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "\"formatVersion\": 1", "\"formatVersion\": 2")),
               ErrorCode::kModelUnsupported);
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "\"fusion\"", "\"confusion\"")), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "\"hidden\": 16", "\"hidden\": \"16\"")), ErrorCode::kModelCorrupt);
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "\"alignmentQueries\": 0", "\"alignmentQueries\": 2")),
               ErrorCode::kModelUnsupported);
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "\"softmax\"", "\"hard\"")), ErrorCode::kModelUnsupported);
  EXPECT_ERROR(tiny_critic(replaced(tiny_config(), "\"family\": \"compact\"", "\"family\": \"unheard\"")),
               ErrorCode::kModelUnsupported);
}

}  // namespace
