#include "model/weights.h"

#include <ATen/Parallel.h>

#include "common/error.h"

namespace eliq::model {
namespace {

torch::ScalarType scalar_type(io::DType dtype) {
  switch (dtype) {
    case io::DType::kF32:
      return torch::kFloat32;
    case io::DType::kF16:
      return torch::kFloat16;
    case io::DType::kBF16:
      return torch::kBFloat16;
    case io::DType::kI64:
      return torch::kInt64;
    case io::DType::kU8:
      return torch::kUInt8;
    case io::DType::kI8:
      return torch::kInt8;
  }
  throw Error(ErrorCode::kInternal, "Unknown data type of a stored tensor.");
}

std::string shape_text(torch::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

Error mismatch(const std::string& path, const std::string& fault) {
  return Error(ErrorCode::kModelCorrupt,
               path + ": " + fault +
                   ". Weights and configuration do not belong together; restore both files from the model's source.");
}

bool has_prefix(const std::string& name, const std::string& prefix) {
  return name.compare(0, prefix.size(), prefix) == 0;
}

bool is_integer(io::DType dtype) {
  return dtype == io::DType::kI64 || dtype == io::DType::kU8 || dtype == io::DType::kI8;
}

void check_scale(const io::SafetensorsFile& file, const std::string& path, const std::string& name, int64_t rows) {
  const std::string scale = scale_name(name);
  if (!file.has(scale)) throw mismatch(path, "tensor \"" + scale + "\", the scale of \"" + name + "\", is missing");
  const io::TensorView& view = file.at(scale);
  if (view.dtype != io::DType::kF32 && view.dtype != io::DType::kF16)
    throw mismatch(path,
                   "tensor \"" + scale + "\" has type " + io::dtype_name(view.dtype) + " where F32 or F16 is needed");
  if (torch::IntArrayRef(view.shape) != torch::IntArrayRef({rows}))
    throw mismatch(path, "tensor \"" + scale + "\" has shape " + shape_text(view.shape) + " where \"" + name +
                             "\" needs one scale for each of its " + std::to_string(rows) + " rows");
}

// What check_weights found: each weight of the module with its name in the file.
using Checked = std::vector<std::pair<std::string, torch::Tensor>>;

Checked checked_weights(const torch::nn::Module& module, const io::SafetensorsFile& file, const std::string& path,
                        const std::string& prefix, const std::set<std::string>& others) {
  Checked weights;
  std::set<std::string> known = others;
  for (const auto& [name, weight] : named_weights(module)) {
    if (!has_prefix(name, prefix)) continue;
    for (std::string& part : check_tensor(file, path, name, weight.sizes())) known.insert(std::move(part));
    weights.emplace_back(name, weight);
  }
  for (const auto& [name, view] : file.tensors())
    if (has_prefix(name, prefix) && known.count(name) == 0)
      throw mismatch(path, "tensor \"" + name + "\" is not part of the configured model");
  return weights;
}

// Contiguous on the CPU, in the type that it is stored in.
torch::Tensor stored(const torch::Tensor& weight, Storage storage) {
  const torch::Tensor plain = weight.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  if (storage == Storage::kFloat32) return plain;
  const torch::Tensor half = plain.to(torch::kFloat16);
  return half.isfinite().all().item<bool>() ? half : plain;
}

}  // namespace

std::vector<std::pair<std::string, torch::Tensor>> named_weights(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> weights;
  for (const auto& item : module.named_parameters()) weights.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) weights.emplace_back(item.key(), item.value());
  return weights;
}

torch::Tensor as_tensor(const io::TensorView& view) {
  return torch::from_blob(const_cast<uint8_t*>(view.data), view.shape,
                          torch::TensorOptions().dtype(scalar_type(view.dtype)));
}

void save_weights(torch::nn::Module& module, const std::string& path, Storage storage,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<torch::Tensor> tensors;  // keeps the bytes alive
  std::vector<io::TensorSource> sources;
  for (const auto& [name, weight] : named_weights(module)) {
    tensors.push_back(stored(weight, storage));
    const torch::Tensor& tensor = tensors.back();
    sources.push_back({name, tensor.scalar_type() == torch::kFloat16 ? io::DType::kF16 : io::DType::kF32,
                       tensor.sizes().vec(), tensor.data_ptr()});
  }
  io::write_safetensors(path, sources, metadata);
}

std::string scale_name(const std::string& name) { return name + ".scale"; }

std::vector<std::string> check_tensor(const io::SafetensorsFile& file, const std::string& path, const std::string& name,
                                      torch::IntArrayRef shape) {
  if (!file.has(name)) throw mismatch(path, "tensor \"" + name + "\" is missing");
  const io::TensorView& view = file.at(name);
  if (shape != torch::IntArrayRef(view.shape))
    throw mismatch(path, "tensor \"" + name + "\" has shape " + shape_text(view.shape) +
                             " where the configuration asks for " + shape_text(shape));
  if (view.dtype == io::DType::kI8 && shape.size() == 2) {
    check_scale(file, path, name, shape[0]);
    return {name, scale_name(name)};
  }
  if (is_integer(view.dtype))
    throw mismatch(path, "tensor \"" + name + "\" has integer type " + io::dtype_name(view.dtype));
  return {name};
}

torch::Tensor row_scales(const io::SafetensorsFile& file, const std::string& path, const std::string& name) {
  // A copy even of float32: a stored tensor may lie at any address.
  const torch::Tensor scales = as_tensor(file.at(scale_name(name))).to(torch::kFloat32, false, /*copy=*/true);
  if (!scales.isfinite().all().item<bool>() || scales.lt(0).any().item<bool>())
    throw mismatch(path, "tensor \"" + scale_name(name) + "\" holds a scale that is negative or not a finite number");
  return scales;
}

void load_weights(torch::nn::Module& module, const std::string& path, const std::string& prefix) {
  load_weights(module, *io::SafetensorsFile::open(path), path, prefix);
}

void check_weights(const torch::nn::Module& module, const io::SafetensorsFile& file, const std::string& path,
                   const std::string& prefix, const std::set<std::string>& others) {
  checked_weights(module, file, path, prefix, others);
}

void load_weights(torch::nn::Module& module, const io::SafetensorsFile& file, const std::string& path,
                  const std::string& prefix, const std::set<std::string>& others) {
  struct Copy {
    torch::Tensor weight, stored, scales;  // scales: undefined unless `stored` is I8
  };
  std::vector<Copy> copies;
  for (const auto& [name, weight] : checked_weights(module, file, path, prefix, others)) {
    const torch::Tensor stored = as_tensor(file.at(name));
    const bool quantised = stored.scalar_type() == torch::kInt8;
    copies.push_back({weight, stored, quantised ? row_scales(file, path, name).unsqueeze(1) : torch::Tensor()});
  }
  // One parallel region for all tensors: a region each costs more than the conversion, above all on a busy machine.
  at::parallel_for(0, static_cast<int64_t>(copies.size()), 1, [&copies](int64_t begin, int64_t end) {
    torch::NoGradGuard no_grad;
    for (int64_t i = begin; i < end; ++i) {
      Copy& copy = copies[static_cast<size_t>(i)];
      copy.weight.copy_(copy.stored);
      if (copy.scales.defined()) copy.weight.mul_(copy.scales);
    }
  });
}

}  // namespace eliq::model
