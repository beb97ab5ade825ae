// A 64-bit digest (FNV-1a over 8-byte words) that tells stale caches and foreign checkpoints from our own. It guards
// against mistakes, not against forgery.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/json.h"

namespace eliq::training {

class Fingerprint {
 public:
  Fingerprint& add(const void* data, size_t bytes);
  Fingerprint& add(const std::string& text);
  Fingerprint& add(int64_t number);
  // By value: neither white space nor the order of keys matters.
  Fingerprint& add(const io::Json& json);
  // Type, shape and bytes.
  Fingerprint& add(const torch::Tensor& tensor);
  uint64_t value() const { return value_; }

 private:
  void mix(uint64_t word);
  uint64_t value_ = 0xcbf29ce484222325ull;
};

}  // namespace eliq::training
