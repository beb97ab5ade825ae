// Weights of a module to and from safetensors. Names are those of LibTorch's named parameters and buffers
// ("backbone.stem.weight", "fusion.mean", …).
#pragma once

#include <torch/nn/module.h>

#include <map>
#include <set>
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
// A matrix [R, C] may be stored as I8 with "<name>.scale", F32 or F16 [R]: weight = value * scale of its row.
void load_weights(torch::nn::Module& module, const std::string& path, const std::string& prefix = "");

// The same from a file that is open already. `others`: tensors of the file that the caller reads itself.
void load_weights(torch::nn::Module& module, const io::SafetensorsFile& file, const std::string& path,
                  const std::string& prefix = "", const std::set<std::string>& others = {});
// The checks of load_weights alone, from the file's header: no weight is read or changed.
void check_weights(const torch::nn::Module& module, const io::SafetensorsFile& file, const std::string& path,
                   const std::string& prefix = "", const std::set<std::string>& others = {});

// The companion of a matrix that is stored as I8.
std::string scale_name(const std::string& name);

// Checks, from the header, that the file holds tensor `name` of this shape, as floating-point numbers or as I8 with its
// scale: Error(kModelCorrupt), which names the tensor. Returns the tensor's names in the file: its own and, where there
// is one, its scale's. `path` is for messages.
std::vector<std::string> check_tensor(const io::SafetensorsFile& file, const std::string& path, const std::string& name,
                                      torch::IntArrayRef shape);

// The scales [R] in float32 of a matrix that is stored as I8 and was checked, of an unbroken copy. Error(kModelCorrupt)
// where one is negative or not finite.
torch::Tensor row_scales(const io::SafetensorsFile& file, const std::string& path, const std::string& name);

}  // namespace eliq::model
