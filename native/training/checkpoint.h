// The state of a run between two steps, in one safetensors file:
//   "model.<name>" F32            weights (without the tower where it is frozen)
//   "optimizer.<name>.exp_avg|exp_avg_sq" F32, "optimizer.<name>.step" I64 [1]   where the parameter has been moved
//   "generator" U8, "steps" I64 [1], "identity" I64 [1]
#pragma once

#include <torch/optim/adamw.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace eliq::training {

struct RunState {
  std::vector<std::pair<std::string, torch::Tensor>> weights;  // written in place when read
  torch::optim::AdamW* optimizer = nullptr;
  torch::Tensor generator;  // of LibTorch's CPU generator, U8
  int64_t steps = 0;
  uint64_t identity = 0;  // of what a run cannot change: configuration and initial tower
};

// Atomic. Error(kIo) on failure.
void write_checkpoint(const std::string& path, const RunState& state,
                      const std::map<std::string, std::string>& metadata);

// Fills `state` and returns the metadata. Nothing is changed on an error: kInvalidArgument when the checkpoint belongs
// to another run, kModelCorrupt when a tensor is missing, unknown or mis-shaped, kModelNotFound when there is no file.
std::map<std::string, std::string> read_checkpoint(const std::string& path, RunState& state);

}  // namespace eliq::training
