// The pictures and weights of scripts/parity/pictures.py, which the goldens were made from.
#pragma once

#include <torch/types.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "preprocess/image.h"

namespace eliq::test {

inline uint32_t mix(uint32_t value) {
  value = (value ^ (value >> 15)) * 0x2C1B3C6Du;
  value = (value ^ (value >> 12)) * 0x297A2D39u;
  return value ^ (value >> 15);
}

inline preprocess::Image picture(int64_t height, int64_t width, uint32_t seed) {
  preprocess::Image image{{}, width, height};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        const uint32_t noise = mix(static_cast<uint32_t>((y * width + x) * 3 + c) ^ mix(seed)) >> 26;
        const uint32_t gradient = static_cast<uint32_t>((x * 3 + y * 2 + c * 50 + seed * 7) % 256 * 3 / 4);
        image.data.push_back(static_cast<uint8_t>(gradient + noise));
      }
    }
  }
  return image;
}

inline uint32_t name_seed(const std::string& name) {
  uint32_t value = 2166136261u;
  for (const char c : name) value = (value ^ static_cast<uint8_t>(c)) * 16777619u;
  return value;
}

inline void fill_parameter(const std::string& name, torch::Tensor& parameter) {
  const torch::NoGradGuard no_grad;
  const int64_t fan_in = parameter.dim() > 1 ? parameter.numel() / parameter.size(0) : 0;
  const float bound = fan_in > 0 ? static_cast<float>(std::sqrt(6.0 / static_cast<double>(fan_in))) : 0.25f;
  torch::Tensor flat = torch::empty({parameter.numel()});
  float* values = flat.mutable_data_ptr<float>();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const uint32_t bits = mix(static_cast<uint32_t>(i) ^ name_seed(name)) >> 8;
    values[i] = static_cast<float>(bits / 8388608.0 - 1) * bound;
  }
  parameter.copy_(flat.view(parameter.sizes()));
}

}  // namespace eliq::test
