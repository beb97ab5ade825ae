#include "model/weights.h"

#include <ATen/Parallel.h>

#include <set>

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

void load_weights(torch::nn::Module& module, const std::string& path, const std::string& prefix) {
  const auto file = io::SafetensorsFile::open(path);
  std::vector<std::pair<torch::Tensor, torch::Tensor>> copies;
  std::set<std::string> known;
  for (const auto& [name, weight] : named_weights(module)) {
    if (!has_prefix(name, prefix)) continue;
    if (!file->has(name)) throw mismatch(path, "tensor \"" + name + "\" is missing");
    const io::TensorView& view = file->at(name);
    if (weight.sizes() != torch::IntArrayRef(view.shape))
      throw mismatch(path, "tensor \"" + name + "\" has shape " + shape_text(view.shape) +
                               " where the configuration asks for " + shape_text(weight.sizes()));
    if (view.dtype == io::DType::kI64 || view.dtype == io::DType::kU8)
      throw mismatch(path, "tensor \"" + name + "\" has integer type " + io::dtype_name(view.dtype));
    known.insert(name);
    copies.emplace_back(weight, as_tensor(view));
  }
  for (const auto& [name, view] : file->tensors())
    if (has_prefix(name, prefix) && known.count(name) == 0)
      throw mismatch(path, "tensor \"" + name + "\" is not part of the configured model");
  // One parallel region for all tensors: a region each costs more than the conversion, above all on a busy machine.
  at::parallel_for(0, static_cast<int64_t>(copies.size()), 1, [&copies](int64_t begin, int64_t end) {
    torch::NoGradGuard no_grad;
    for (int64_t i = begin; i < end; ++i)
      copies[static_cast<size_t>(i)].first.copy_(copies[static_cast<size_t>(i)].second);
  });
}

}  // namespace eliq::model
