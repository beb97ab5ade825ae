// dump_taps <directory> <input.safetensors> <output.safetensors> [plain]
// Runs the backbone of a model directory over every F32 tensor [N, 3, H, W] of the input file and writes, for each, its
// taps
// ("<input>/<tap>") and, where there is a classifier, its logits ("<input>/logits"). "plain" keeps to the path that
// trains.
//
// dump_taps --time <directory> <threads> <height> <width>: the least of several forward times, both paths, in
// milliseconds.
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "backbone/compact.h"
#include "backbone/factory.h"
#include "common/error.h"
#include "io/json.h"
#include "io/safetensors.h"

namespace {

using eliq::backbone::BackboneImpl;
using eliq::io::DType;

torch::Tensor to_float(const eliq::io::TensorView& view) {
  const auto type = view.dtype == DType::kF32   ? torch::kFloat
                    : view.dtype == DType::kF16 ? torch::kHalf
                                                : torch::kBFloat16;
  torch::Tensor tensor = torch::empty(view.shape, torch::TensorOptions(type));
  std::memcpy(tensor.mutable_data_ptr(), view.data, view.bytes);
  return tensor.to(torch::kFloat);
}

std::shared_ptr<BackboneImpl> load(const std::string& directory) {
  std::ifstream file(directory + "/config.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto config = eliq::io::Json::parse(text.str(), "config.json");
  auto backbone = eliq::backbone::make_backbone(config.at("backbone"));
  const auto weights = eliq::io::SafetensorsFile::open(directory + "/model.safetensors");
  const torch::NoGradGuard no_grad;
  for (auto& parameter : backbone->named_parameters()) {
    parameter.value().copy_(to_float(weights->at("backbone." + parameter.key())));
  }
  backbone->eval();
  return backbone;
}

void dump(BackboneImpl& backbone, const std::string& input, const std::string& output) {
  const auto images = eliq::io::SafetensorsFile::open(input);
  std::vector<eliq::io::TensorSource> written;
  std::vector<torch::Tensor> alive;
  const auto write = [&](const std::string& name, const torch::Tensor& tensor) {
    alive.push_back(tensor.contiguous());
    written.push_back({name, DType::kF32, tensor.sizes().vec(), alive.back().const_data_ptr()});
  };
  auto* compact = dynamic_cast<eliq::backbone::CompactImpl*>(&backbone);
  for (const auto& [name, view] : images->tensors()) {
    const torch::Tensor image = to_float(view);
    for (const auto& level : backbone.forward(image, {}).levels) write(name + "/" + level.name, level.tokens);
    if (compact != nullptr && compact->options().classes > 0) write(name + "/logits", compact->classify(image));
  }
  eliq::io::write_safetensors(output, written, {});
}

double least_milliseconds(BackboneImpl& backbone, const torch::Tensor& image) {
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 25; ++round) {
    const auto start = std::chrono::steady_clock::now();
    backbone.forward(image, {});
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    least = std::min(least, elapsed.count());
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const c10::InferenceMode inference;
    if (argc == 6 && std::string(argv[1]) == "--time") {
      at::set_num_threads(std::stoi(argv[3]));
      const auto backbone = load(argv[2]);
      const torch::Tensor image =
          torch::randn({1, 3, std::stol(argv[4]), std::stol(argv[5])}).contiguous(torch::MemoryFormat::ChannelsLast);
      std::printf("plain %.2f ms", least_milliseconds(*backbone, image));
      backbone->prepare_inference();
      std::printf(", prepared %.2f ms\n", least_milliseconds(*backbone, image));
      return 0;
    }
    if (argc < 4)
      throw eliq::Error(eliq::ErrorCode::kInvalidArgument, "usage: dump_taps <directory> <input> <output> [plain]");
    const auto backbone = load(argv[1]);
    if (argc == 4) backbone->prepare_inference();
    dump(*backbone, argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dump_taps: %s\n", error.what());
    return 1;
  }
}
