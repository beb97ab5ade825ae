#include "training/checkpoint.h"

#include <set>

#include "common/error.h"
#include "io/safetensors.h"
#include "model/weights.h"

namespace eliq::training {
namespace {

using torch::optim::AdamWParamState;

io::DType stored_type(const torch::Tensor& tensor) {
  if (tensor.scalar_type() == torch::kInt64) return io::DType::kI64;
  return tensor.scalar_type() == torch::kUInt8 ? io::DType::kU8 : io::DType::kF32;
}

torch::Tensor number(int64_t value) { return torch::full({1}, value, torch::kInt64); }

// Reads tensors by name and shape, and knows in the end which were never asked for.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(io::SafetensorsFile::open(path)) {}

  bool has(const std::string& name) const { return file_->has(name); }

  // A copy that does not depend on the file.
  torch::Tensor take(const std::string& name, torch::IntArrayRef shape, torch::ScalarType type) {
    if (!has(name)) throw corrupt("tensor \"" + name + "\" is missing");
    const torch::Tensor tensor = model::as_tensor(file_->at(name));
    if (tensor.sizes() != shape || tensor.scalar_type() != type)
      throw corrupt("tensor \"" + name + "\" has another shape or type than this run's");
    asked_.insert(name);
    return tensor.clone();
  }
  int64_t take_number(const std::string& name) { return take(name, {1}, torch::kInt64).item<int64_t>(); }

  void expect_end() const {
    for (const auto& [name, view] : file_->tensors())
      if (asked_.count(name) == 0) throw corrupt("tensor \"" + name + "\" is not part of this run");
  }
  const std::map<std::string, std::string>& metadata() const { return file_->metadata(); }

 private:
  Error corrupt(const std::string& fault) const {
    return Error(ErrorCode::kModelCorrupt,
                 path_ + ": " + fault + ". The checkpoint cannot be resumed; start again or use an older one.");
  }
  std::string path_;
  std::shared_ptr<const io::SafetensorsFile> file_;
  std::set<std::string> asked_;
};

}  // namespace

void write_checkpoint(const std::string& path, const RunState& state,
                      const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto& [name, weight] : state.weights) {
    tensors.emplace_back("model." + name, weight.detach().contiguous());
    const auto found = state.optimizer->state().find(weight.unsafeGetTensorImpl());
    if (found == state.optimizer->state().end()) continue;
    const auto& moments = static_cast<const AdamWParamState&>(*found->second);
    tensors.emplace_back("optimizer." + name + ".exp_avg", moments.exp_avg().contiguous());
    tensors.emplace_back("optimizer." + name + ".exp_avg_sq", moments.exp_avg_sq().contiguous());
    tensors.emplace_back("optimizer." + name + ".step", number(moments.step()));
  }
  tensors.emplace_back("generator", state.generator.contiguous());
  tensors.emplace_back("steps", number(state.steps));
  tensors.emplace_back("identity", number(static_cast<int64_t>(state.identity)));
  std::vector<io::TensorSource> sources;
  for (const auto& [name, tensor] : tensors)
    sources.push_back({name, stored_type(tensor), tensor.sizes().vec(), tensor.data_ptr()});
  io::write_safetensors(path, sources, metadata);
}

std::map<std::string, std::string> read_checkpoint(const std::string& path, RunState& state) {
  Reader reader(path);
  if (static_cast<uint64_t>(reader.take_number("identity")) != state.identity)
    throw Error(
        ErrorCode::kInvalidArgument,
        path +
            " belongs to a run with another configuration or other initial weights; resume it with its own settings.");
  std::vector<torch::Tensor> weights;
  std::vector<std::unique_ptr<AdamWParamState>> moments;
  for (const auto& [name, weight] : state.weights) {
    weights.push_back(reader.take("model." + name, weight.sizes(), torch::kFloat32));
    moments.push_back(nullptr);
    if (!reader.has("optimizer." + name + ".step")) continue;
    moments.back() = std::make_unique<AdamWParamState>();
    moments.back()->step(reader.take_number("optimizer." + name + ".step"));
    moments.back()->exp_avg(reader.take("optimizer." + name + ".exp_avg", weight.sizes(), torch::kFloat32));
    moments.back()->exp_avg_sq(reader.take("optimizer." + name + ".exp_avg_sq", weight.sizes(), torch::kFloat32));
  }
  const torch::Tensor generator = reader.take("generator", state.generator.sizes(), torch::kUInt8);
  const int64_t steps = reader.take_number("steps");
  reader.expect_end();

  torch::NoGradGuard no_grad;
  state.optimizer->state().clear();
  for (size_t i = 0; i < weights.size(); ++i) {
    torch::Tensor& weight = state.weights[i].second;
    weight.copy_(weights[i]);
    if (moments[i]) state.optimizer->state()[weight.unsafeGetTensorImpl()] = std::move(moments[i]);
  }
  state.generator = generator;
  state.steps = steps;
  return reader.metadata();
}

}  // namespace eliq::training
