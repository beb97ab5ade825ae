// One training run: a pool of samples (frozen backbone: cached cell statistics; tuned backbone: resized pixels), ordered
// pairs chosen by lib/training, AdamW, fidelity ranking loss. No threads and no Node types here; the caller serialises calls.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/critic.h"

namespace eliq::training {

// Bits of `rank` and `invariant`.
enum Aspect : uint8_t { kQuality = 1, kAlignment = 2, kTechnical = 4, kAesthetic = 8 };

struct TrainerOptions {
  std::string config;          // config.json as text
  std::string initial_weights; // safetensors
  std::string initial_prefix = "backbone.";  // which of its tensors are taken
  std::string cache;           // file for cell statistics (frozen backbone); rows of an earlier run are reused
  bool tune_backbone = false;
  double learning_rate_backbone = 1e-4;  // relative rates come with step(); this one is absolute and only for the tower
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double gradient_clip = 1.0;
  double invariance_weight = 0.05;
  double diversity_weight = 0.0;  // penalty on the mean squared cosine between the query outputs of one image
  uint64_t seed = 1;
};

// A batch of ordered pairs, all arrays of length n.
struct PairBatch {
  std::vector<int32_t> better;     // sample indices
  std::vector<int32_t> worse;
  std::vector<float> target;       // probability that `better` is the better one, usually 1
  std::vector<uint8_t> rank;       // aspects that the pair orders
  std::vector<uint8_t> invariant;  // aspects that must not differ
};

struct StepResult {
  double loss;
  double fidelity;
  double invariance;
  double accuracy;  // share of pairs ordered rightly in `quality` (of those that rank it)
  double gradient_norm;
};

struct Scores {  // raw, one per asked sample
  std::vector<float> quality, technical, aesthetic;
};

class Trainer {
 public:
  explicit Trainer(const TrainerOptions& options);
  ~Trainer();

  int64_t cached() const;                       // rows that the cache file already held
  int64_t add(preprocess::ImageView image);     // index of the new sample (features computed or pixels kept)
  int64_t size() const;
  void fit_standardization(const std::vector<int32_t>& samples);  // mu and sigma of the fusion from these samples
  StepResult step(const PairBatch& batch, double learning_rate);
  Scores score(const std::vector<int32_t>& samples);              // evaluation mode

  void save_model(const std::string& path, bool float16, const std::map<std::string, std::string>& metadata);
  // Everything that the next step depends on: weights, optimiser moments and step counts, generator state.
  void save_checkpoint(const std::string& path, const std::map<std::string, std::string>& metadata);
  std::map<std::string, std::string> load_checkpoint(const std::string& path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace eliq::training
