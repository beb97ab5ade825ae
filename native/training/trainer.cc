#include "training/trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "common/error.h"
#include "training/checkpoint.h"
#include "training/fingerprint.h"
#include "training/losses.h"
#include "training/regularization.h"
#include "training/sample_pool.h"

namespace eliq::training {
namespace {

constexpr int64_t kRowFormat = 1;  // raise when resampling or preprocessing changes what a cached row holds
constexpr size_t kChunk = 64;      // samples scored or measured at a time

// The order of the aspects' columns in score tensors.
constexpr std::array<Aspect, 3> kVisualAspects = {kQuality, kTechnical, kAesthetic};

// Swaps a trainer's generator state into the process's default CPU generator for the time of a call.
class GeneratorScope {
 public:
  explicit GeneratorScope(torch::Tensor& own) : own_(own) {
    std::lock_guard<std::mutex> lock(generator_.mutex());
    outer_ = generator_.get_state();
    generator_.set_state(own_);
  }
  ~GeneratorScope() {
    std::lock_guard<std::mutex> lock(generator_.mutex());
    own_ = generator_.get_state();
    generator_.set_state(outer_);
  }
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;

 private:
  at::Generator generator_ = at::detail::getDefaultCPUGenerator();
  torch::Tensor& own_;
  torch::Tensor outer_;
};

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::kInvalidArgument, message);
}

void check_options(const TrainerOptions& options) {
  require(options.learning_rate_backbone >= 0 && std::isfinite(options.learning_rate_backbone),
          "The tower's learning rate must be a number of at least 0.");
  require(options.weight_decay >= 0 && options.weight_decay < 1, "The weight decay must lie in [0, 1).");
  require(options.beta1 >= 0 && options.beta1 < 1 && options.beta2 >= 0 && options.beta2 < 1,
          "AdamW's betas must lie in [0, 1).");
  require(options.gradient_clip >= 0, "The gradient clip must be at least 0.");
  require(options.tokens_per_image >= 0, "Tokens per image must be at least 0 (0: all).");
  require(options.cell_noise >= 0 && options.image_noise >= 0, "The noise on the statistics must be at least 0.");
  require(options.invariance_weight >= 0 && options.diversity_weight >= 0,
          "The weights of the loss terms must be at least 0.");
}

void check_batch(const PairBatch& batch) {
  const size_t count = batch.better.size();
  require(count > 0, "A batch needs at least one pair.");
  require(batch.worse.size() == count && batch.target.size() == count && batch.rank.size() == count &&
              batch.invariant.size() == count,
          "The arrays of a batch must have one length.");
  for (size_t i = 0; i < count; ++i) {
    require(batch.target[i] >= 0.0f && batch.target[i] <= 1.0f, "A pair's target must lie in [0, 1].");
    require((batch.rank[i] & kAlignment) == 0,
            "A pair ranks alignment, but this model family reads no text; leave that bit out.");
    require(((batch.rank[i] | batch.invariant[i]) & ~15) == 0, "A pair names an unknown aspect.");
  }
}

// Pairs as positions in the list of samples that occur in them.
struct IndexedPairs {
  std::vector<int32_t> samples;
  torch::Tensor better, worse;    // int64 [n]
  torch::Tensor target;           // [n, 1]
  torch::Tensor rank, invariant;  // 0 or 1: [n, aspects]
};

torch::Tensor aspect_columns(const std::vector<uint8_t>& bits) {
  const auto count = static_cast<int64_t>(bits.size());
  const torch::Tensor columns = torch::zeros({count, static_cast<int64_t>(kVisualAspects.size())});
  auto at = columns.accessor<float, 2>();
  for (int64_t i = 0; i < count; ++i)
    for (size_t a = 0; a < kVisualAspects.size(); ++a)
      at[i][static_cast<int64_t>(a)] = (bits[static_cast<size_t>(i)] & kVisualAspects[a]) != 0 ? 1.0f : 0.0f;
  return columns;
}

IndexedPairs index_pairs(const PairBatch& batch) {
  IndexedPairs pairs;
  std::unordered_map<int32_t, int64_t> place;
  const auto places = [&](const std::vector<int32_t>& samples) {
    std::vector<int64_t> at;
    for (const int32_t sample : samples) {
      const auto [found, fresh] = place.emplace(sample, static_cast<int64_t>(pairs.samples.size()));
      if (fresh) pairs.samples.push_back(sample);
      at.push_back(found->second);
    }
    return torch::tensor(at, torch::kInt64);
  };
  pairs.better = places(batch.better);
  pairs.worse = places(batch.worse);
  pairs.target = torch::tensor(batch.target).unsqueeze(1);
  pairs.rank = aspect_columns(batch.rank);
  pairs.invariant = aspect_columns(batch.invariant);
  return pairs;
}

// [N, aspects]
torch::Tensor visual_scores(const query::RawScores& scores) {
  return torch::stack({scores.quality, scores.technical, scores.aesthetic}, 1);
}

// Mean of `values` where `chosen` is 1; 0 where it never is.
torch::Tensor chosen_mean(const torch::Tensor& values, const torch::Tensor& chosen) {
  return (values * chosen).sum() / std::max(1.0, chosen.sum().item<double>());
}

double quality_accuracy(const torch::Tensor& difference, const IndexedPairs& pairs) {
  const torch::Tensor side = (pairs.target - 0.5).squeeze(1).sign();
  const torch::Tensor counted = pairs.rank.select(1, 0) * side.abs();
  const double count = counted.sum().item<double>();
  if (count == 0) return std::numeric_limits<double>::quiet_NaN();
  return (counted * (difference.select(1, 0) * side > 0)).sum().item<double>() / count;
}

bool takes_decay(const std::string& name, const torch::Tensor& parameter) {
  const std::string queries = ".queries";
  const bool is_query =
      name.size() >= queries.size() && name.compare(name.size() - queries.size(), queries.size(), queries) == 0;
  return parameter.dim() > 1 && !is_query;
}

}  // namespace

struct Trainer::State {
  explicit State(const TrainerOptions& given);

  void set_rates(double learning_rate);
  // The samples as a step shows them: few cells, blurred.
  fusion::CellStatistics shown(const std::vector<int32_t>& samples);
  RunState run_state();

  TrainerOptions options;
  io::Json config;
  torch::Tensor generator;
  model::Critic critic{nullptr};
  uint64_t identity = 0;
  std::vector<torch::Tensor> learning;  // parameters that the optimiser moves
  std::unique_ptr<torch::optim::AdamW> optimizer;
  std::unique_ptr<SamplePool> pool;
  int64_t steps = 0;

 private:
  void make_optimizer();
  uint64_t row_fingerprint();
};

Trainer::State::State(const TrainerOptions& given)
    : options(given), config(io::Json::parse(given.config, "config.json")) {
  check_options(options);
  generator = at::detail::createCPUGenerator(options.seed).get_state();
  {
    GeneratorScope scope(generator);
    critic = model::Critic(config);
  }
  if (!options.initial_weights.empty()) model::load_weights(*critic, options.initial_weights, options.initial_prefix);
  for (torch::Tensor& parameter : critic->backbone().parameters()) parameter.requires_grad_(options.tune_backbone);
  make_optimizer();
  const uint64_t rows = row_fingerprint();
  identity = Fingerprint()
                 .add(static_cast<int64_t>(rows))
                 .add(config.at("fusion"))
                 .add(config.at("query"))
                 .add(config.at("heads"))
                 .value();
  pool = std::make_unique<SamplePool>(critic, options.tune_backbone, options.cache, rows);
}

// Of what a cached row depends on: pixels on the input's size alone, statistics on the tower too.
uint64_t Trainer::State::row_fingerprint() {
  Fingerprint print;
  print.add(kRowFormat).add(int64_t{options.tune_backbone}).add(options.cache_key).add(config.at("input"));
  if (options.tune_backbone) return print.value();
  print.add(config.at("backbone")).add(config.at("fusion").at("cell"));
  for (const auto& [name, weight] : model::named_weights(critic->backbone())) print.add(name).add(weight);
  return print.value();
}

// Groups: decayed and not, of the new parts and of the tower.
void Trainer::State::make_optimizer() {
  std::array<std::vector<torch::Tensor>, 4> members;
  for (const auto& item : critic->named_parameters()) {
    if (!item.value().requires_grad()) continue;
    const size_t tower = item.key().rfind("backbone.", 0) == 0 ? 2 : 0;
    members[tower + (takes_decay(item.key(), item.value()) ? 0 : 1)].push_back(item.value());
    learning.push_back(item.value());
  }
  const auto betas = std::make_tuple(options.beta1, options.beta2);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (size_t i = 0; i < members.size(); ++i) {
    auto settings = std::make_unique<torch::optim::AdamWOptions>(options.learning_rate_backbone);
    settings->betas(betas).weight_decay(i % 2 == 0 ? options.weight_decay : 0.0);
    groups.emplace_back(members[i], std::move(settings));
  }
  optimizer = std::make_unique<torch::optim::AdamW>(
      groups, torch::optim::AdamWOptions(options.learning_rate_backbone).betas(betas));
}

void Trainer::State::set_rates(double learning_rate) {
  for (size_t i = 0; i < 2; ++i) optimizer->param_groups()[i].options().set_lr(learning_rate);
}

fusion::CellStatistics Trainer::State::shown(const std::vector<int32_t>& samples) {
  const fusion::CellStatistics chosen = subsample_tokens(pool->gather(samples), options.tokens_per_image);
  return perturb(chosen, critic->fusion->sigma(), options.cell_noise, options.image_noise);
}

RunState Trainer::State::run_state() {
  RunState run;
  for (auto& [name, weight] : model::named_weights(*critic))
    if (options.tune_backbone || name.rfind("backbone.", 0) != 0) run.weights.emplace_back(name, weight);
  run.optimizer = optimizer.get();
  run.generator = generator;
  run.steps = steps;
  run.identity = identity;
  return run;
}

Trainer::Trainer(const TrainerOptions& options) : state_(std::make_unique<State>(options)) {}
Trainer::~Trainer() = default;

int64_t Trainer::cached() const { return state_->pool->reused(); }
int64_t Trainer::size() const { return state_->pool->size(); }

int64_t Trainer::add(preprocess::ImageView image) {
  state_->critic->eval();
  state_->pool->add(image);
  return size() - 1;
}

// Mean and variance of all tokens, merged chunk by chunk (Chan, Golub and LeVeque, 1979) in float64.
void Trainer::fit_standardization(const std::vector<int32_t>& samples) {
  require(!samples.empty(), "The standardisation needs at least one sample.");
  torch::NoGradGuard no_grad;
  state_->critic->eval();
  double count = 0;
  torch::Tensor mean, squares;
  for (size_t begin = 0; begin < samples.size(); begin += kChunk) {
    const std::vector<int32_t> chunk(
        samples.begin() + static_cast<std::ptrdiff_t>(begin),
        samples.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kChunk, samples.size())));
    const fusion::CellStatistics statistics = state_->pool->gather(chunk);
    const torch::Tensor tokens =
        (statistics.mask.defined() ? statistics.values.index({statistics.mask}) : statistics.values.flatten(0, 1))
            .to(torch::kFloat64);
    const auto fresh = static_cast<double>(tokens.size(0));
    const torch::Tensor fresh_mean = tokens.mean(0);
    const torch::Tensor fresh_squares = (tokens - fresh_mean).square().sum(0);
    if (count == 0) {
      mean = fresh_mean;
      squares = fresh_squares;
    } else {
      const torch::Tensor step = fresh_mean - mean;
      mean = mean + step * (fresh / (count + fresh));
      squares = squares + fresh_squares + step.square() * (count * fresh / (count + fresh));
    }
    count += fresh;
  }
  state_->critic->fusion->set_standardization(mean.to(torch::kFloat32), (squares / count).sqrt().to(torch::kFloat32));
}

StepResult Trainer::step(const PairBatch& batch, double learning_rate) {
  check_batch(batch);
  require(learning_rate >= 0 && std::isfinite(learning_rate), "The learning rate must be a number of at least 0.");
  State& state = *state_;
  GeneratorScope scope(state.generator);
  torch::AutoGradMode gradients(true);
  state.critic->train();

  const IndexedPairs pairs = index_pairs(batch);
  const model::Output output = state.critic->forward_statistics(state.shown(pairs.samples));
  const torch::Tensor scores = visual_scores(output.scores);
  const torch::Tensor difference = scores.index_select(0, pairs.better) - scores.index_select(0, pairs.worse);
  const torch::Tensor fidelity = chosen_mean(fidelity_loss(difference, pairs.target), pairs.rank);
  const torch::Tensor invariance = chosen_mean(difference.square(), pairs.invariant);
  torch::Tensor loss = fidelity + state.options.invariance_weight * invariance;
  const query::QualityQueryTransformerOptions& queries = state.critic->queries->options();
  if (state.options.diversity_weight > 0 && queries.quality_queries > 1)
    loss = loss + state.options.diversity_weight *
                      query_diversity_penalty(output.embedding.view({-1, queries.quality_queries, queries.width}));

  state.optimizer->zero_grad();
  loss.backward();
  const double limit =
      state.options.gradient_clip > 0 ? state.options.gradient_clip : std::numeric_limits<double>::max();
  const double norm = torch::nn::utils::clip_grad_norm_(state.learning, limit);
  if (!std::isfinite(norm)) {
    state.optimizer->zero_grad();
    throw Error(ErrorCode::kInternal,
                "The training diverged: a gradient is not finite. Lower the learning rate and resume from the last "
                "checkpoint.");
  }
  state.set_rates(learning_rate);
  state.optimizer->step();
  ++state.steps;
  return {loss.item<double>(), fidelity.item<double>(), invariance.item<double>(),
          quality_accuracy(difference.detach(), pairs), norm};
}

Scores Trainer::score(const std::vector<int32_t>& samples) {
  torch::NoGradGuard no_grad;
  state_->critic->eval();
  Scores all;
  const size_t chunk = state_->options.tune_backbone ? kChunk / 8 : kChunk;
  for (size_t begin = 0; begin < samples.size(); begin += chunk) {
    const std::vector<int32_t> part(
        samples.begin() + static_cast<std::ptrdiff_t>(begin),
        samples.begin() + static_cast<std::ptrdiff_t>(std::min(begin + chunk, samples.size())));
    const query::RawScores scores = state_->critic->forward_statistics(state_->pool->gather(part)).scores;
    const auto append = [&](std::vector<float>& to, const torch::Tensor& from) {
      const torch::Tensor plain = from.contiguous();
      to.insert(to.end(), plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    };
    append(all.quality, scores.quality);
    append(all.technical, scores.technical);
    append(all.aesthetic, scores.aesthetic);
  }
  return all;
}

void Trainer::save_model(const std::string& path, bool float16, const std::map<std::string, std::string>& metadata) {
  model::save_weights(*state_->critic, path, float16 ? model::Storage::kFloat16 : model::Storage::kFloat32, metadata);
}

void Trainer::save_checkpoint(const std::string& path, const std::map<std::string, std::string>& metadata) {
  write_checkpoint(path, state_->run_state(), metadata);
}

std::map<std::string, std::string> Trainer::load_checkpoint(const std::string& path) {
  RunState run = state_->run_state();
  const std::map<std::string, std::string> metadata = read_checkpoint(path, run);
  state_->generator = run.generator;
  state_->steps = run.steps;
  return metadata;
}

}  // namespace eliq::training
