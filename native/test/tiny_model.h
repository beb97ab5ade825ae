// A critic of a few thousand weights for tests: two taps, cells of 16 pixels, inputs of about 64 x 64.
#pragma once

#include <ATen/Parallel.h>

#include <fstream>
#include <iterator>
#include <string>

#include "model/critic.h"
#include "test/numeric.h"

namespace eliq::test {

// A pool of threads only waits for itself on tensors this small; and one thread makes runs repeat bit for bit.
inline void use_one_thread() { at::set_num_threads(1); }

inline std::string tiny_config(
    const std::string& fusion = R"({"width": 16, "cell": 16, "gate": "softmax", "dropout": 0.1})",
    const std::string& query =
        R"({"qualityQueries": 3, "alignmentQueries": 0, "depth": 1, "heads": 2, "ffn": 24, "dropout": 0.1, "pool": "queries"})",
    int area = 4096) {
  return R"({"format": "eliq-model", "formatVersion": 1, "name": "tiny",
    "input": {"area": )" +
         std::to_string(area) +
         R"(, "multiple": 16, "maxSide": 256, "filter": "bicubic", "mean": [127, 127, 127], "std": [128, 128, 128]},
    "backbone": {"family": "compact", "stem": {"channels": 8, "kernel": 3, "stride": 2},
      "stages": [{"kernel": 3, "expansion": 1, "channels": 6, "stride": 2, "repeats": 1},
                 {"kernel": 3, "expansion": 2, "channels": 8, "stride": 2, "repeats": 2}],
      "headChannels": 0, "taps": ["stage.0", "stage.1"], "padding": "same", "classes": 0},
    "fusion": )" +
         fusion + R"(, "query": )" + query + R"(, "heads": {"hidden": 16, "dropout": 0.1}})";
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("\"" + from + "\" is not in the text");
  return text.replace(at, from.size(), to);
}

inline model::Critic tiny_critic(const std::string& config = tiny_config(), uint64_t seed = 1) {
  use_one_thread();
  torch::manual_seed(seed);
  model::Critic critic(io::Json::parse(config, "config.json"));
  critic->eval();
  return critic;
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace eliq::test
