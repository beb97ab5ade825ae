// Weights of a module to and from safetensors. Names are those of LibTorch's named parameters and buffers
// ("backbone.stem.weight", "fusion.mean", …).
#pragma once

#include <torch/nn/module.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/safetensors.h"

namespace eliq::model {

enum class Storage { kFloat32, kFloat16 };

// Parameters, then buffers, in the order of registration.
std::vector<std::pair<std::string, torch::Tensor>> named_weights(const torch::nn::Module& module);

// The bytes of a file's tensor, without a copy; valid as long as the file is.
torch::Tensor as_tensor(const io::TensorView& view);

// kFloat16 keeps in float32 the few tensors that hold a value outside half precision's range. Error(kIo) on failure.
void save_weights(torch::nn::Module& module, const std::string& path, Storage storage,
                  const std::map<std::string, std::string>& metadata);

// Every weight of the module must be in the file with its shape, and no other tensor may be: Error(kModelCorrupt),
// which names the tensor; nothing is changed then. `prefix`: only weights whose name starts with it (e.g. "backbone.")
// are taken and only the file's tensors of that prefix are checked; the module's others stay as they are.
void load_weights(torch::nn::Module& module, const std::string& path, const std::string& prefix = "");

}  // namespace eliq::model
