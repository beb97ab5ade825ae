// The samples of a run and how a batch is made of them: rows of cell statistics when the tower is frozen, resized
// pixels that go through the tower when it is tuned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/critic.h"
#include "training/row_store.h"

namespace eliq::training {

class SamplePool {
 public:
  // `fingerprint`: of everything that a stored row depends on.
  SamplePool(model::Critic critic, bool keep_pixels, const std::string& cache, uint64_t fingerprint);

  int64_t size() const { return rows_.size(); }
  int64_t reused() const { return rows_.reused(); }
  void add(preprocess::ImageView image);

  // Statistics of these samples, in order; images of different grids are padded and masked. With pixels kept, gradients
  // flow into the tower where they are enabled. Otherwise the values lie in memory that the next gather() overwrites.
  fusion::CellStatistics gather(const std::vector<int32_t>& samples);

 private:
  fusion::CellStatistics gather_cached(const std::vector<int32_t>& samples);
  fusion::CellStatistics gather_pixels(const std::vector<int32_t>& samples);
  torch::Tensor model_input(int32_t sample) const;

  model::Critic critic_;
  bool keep_pixels_;
  int64_t values_;
  RowStore rows_;
  // A batch is the largest tensor of a step; fresh memory for it costs the kernel as much time as filling it.
  torch::Tensor half_scratch_ = torch::empty({0}, torch::kFloat16);
  torch::Tensor float_scratch_ = torch::empty({0}, torch::kFloat32);
};

}  // namespace eliq::training
