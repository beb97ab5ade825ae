// One training run: a pool of samples (frozen backbone: cached cell statistics; tuned backbone: resized pixels),
// ordered pairs chosen by lib/training, AdamW, fidelity ranking loss. No threads and no Node types here; the caller
// serialises calls.
//
// Everything random (fresh weights, dropout) comes from `seed`. LibTorch's layers draw from one default CPU generator
// of the process; each trainer keeps a generator state of its own and swaps it in during its calls, so trainers do not
// disturb each other or anyone else. With one LibTorch thread a run repeats bit for bit.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/critic.h"

namespace eliq::training {

// Bits of `rank` and `invariant`.
enum Aspect : uint8_t { kQuality = 1, kAlignment = 2, kTechnical = 4, kAesthetic = 8 };

struct TrainerOptions {
  std::string config;                        // config.json as text
  std::string initial_weights;               // safetensors; "": fresh weights everywhere
  std::string initial_prefix = "backbone.";  // which of its tensors are taken
  // File for the samples' features (tuned backbone: pixels); rows of an earlier run are reused. "": in memory.
  std::string cache;
  // What the file's rows stand for (hash of the manifest and of the negatives' recipe, say); a file made with another
  // cache_key, input size, fusion cell, backbone or backbone weights is refused.
  std::string cache_key;
  bool tune_backbone = false;
  double learning_rate_backbone =
      1e-4;  // the rate given to step() is that of the new parts; this one is absolute and only for the tower
  double weight_decay = 0.01;  // of matrices; never of biases, norms, queries and gains
  double beta1 = 0.9;
  double beta2 = 0.999;
  double gradient_clip = 1.0;  // greatest norm of all gradients together; 0: none
  double invariance_weight = 0.05;
  double diversity_weight = 0.0;  // penalty on the mean squared cosine between the query outputs of one image
  int64_t tokens_per_image = 0;   // cells shown of an image at a step; 0: all
  double cell_noise = 0.0;   // noise on the statistics at a step, in units of the standardisation's sigma: each cell's
  double image_noise = 0.0;  // own, and shared by the cells of an image (training/regularization.h)
  uint64_t seed = 1;
};

// A batch of ordered pairs, all arrays of length n.
struct PairBatch {
  std::vector<int32_t> better;  // sample indices
  std::vector<int32_t> worse;
  std::vector<float> target;       // probability that `better` is the better one, usually 1
  std::vector<uint8_t> rank;       // aspects that the pair orders
  std::vector<uint8_t> invariant;  // aspects that must not differ; kAlignment is passed over where the model has none
};

struct StepResult {
  double loss;        // fidelity + invariance_weight * invariance + diversity_weight * diversity penalty
  double fidelity;    // mean over (pair, ranked aspect)
  double invariance;  // mean squared difference over (pair, invariant aspect)
  double accuracy;    // share of pairs ordered rightly in `quality`, of those that rank it with a target other than .5;
                      // NaN: none
  double gradient_norm;  // before clipping
};

struct Scores {  // raw, one per asked sample
  std::vector<float> quality, technical, aesthetic;
};

class Trainer {
 public:
  // Errors of configuration and weights as for load_critic; kInvalidArgument for senseless options or a foreign cache.
  explicit Trainer(const TrainerOptions& options);
  ~Trainer();

  // Rows that the cache file already held: samples 0 … cached() - 1 are there from the start, and the caller goes on
  // with the image of index cached().
  int64_t cached() const;
  int64_t add(preprocess::ImageView image);  // index of the new sample (features computed or pixels kept)
  int64_t size() const;                      // cached rows included
  void fit_standardization(const std::vector<int32_t>& samples);  // mu and sigma of the fusion from these samples
  // One AdamW step. A sample that occurs in several pairs is computed once. kInvalidArgument for a senseless batch;
  // kInternal, with the weights untouched, when a gradient is not finite.
  StepResult step(const PairBatch& batch, double learning_rate);
  Scores score(const std::vector<int32_t>& samples);  // evaluation mode

  void save_model(const std::string& path, bool float16, const std::map<std::string, std::string>& metadata);
  // Everything that the next step depends on: weights, optimiser moments and step counts, generator state.
  void save_checkpoint(const std::string& path, const std::map<std::string, std::string>& metadata);
  std::map<std::string, std::string> load_checkpoint(const std::string& path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace eliq::training
