// Safetensors files (https://huggingface.co/docs/safetensors): 8-byte little-endian header length, JSON header
// {"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {str: str}}, then one contiguous byte buffer.
// No LibTorch header here: the reader is fuzzed on its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace eliq::io {

enum class DType { kF32, kF16, kBF16, kI64, kU8, kI8 };

size_t dtype_size(DType dtype);
const char* dtype_name(DType dtype);  // as in the header: "F32", …

// A tensor inside a mapped file; `data` lives as long as the SafetensorsFile and may be unaligned (copy it out).
struct TensorView {
  DType dtype;
  std::vector<int64_t> shape;
  const uint8_t* data;
  size_t bytes;
};

class SafetensorsFile {
 public:
  // Maps the file read-only. Error(kModelNotFound) when it is missing, Error(kModelCorrupt) when any offset, overlap,
  // gap, shape or dtype is wrong, Error(kIo) when it cannot be read.
  static std::shared_ptr<const SafetensorsFile> open(const std::string& path);
  // The same checks over bytes in memory, which must outlive the object (fuzzing, tests).
  static std::shared_ptr<const SafetensorsFile> parse(const uint8_t* data, size_t size, const std::string& what);
  ~SafetensorsFile();

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const TensorView& at(const std::string& name) const;  // missing: Error(kModelCorrupt)
  bool has(const std::string& name) const { return tensors_.count(name) != 0; }

 private:
  SafetensorsFile() = default;
  void read(const uint8_t* data, size_t size, const std::string& what);
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
  std::string what_;
  void* mapping_ = nullptr;
  size_t mapping_size_ = 0;
};

struct TensorSource {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  const void* data;
};

// Writes atomically (temporary file in the same folder, fsync, rename): a killed process leaves the old file or the
// new one. Tensors are laid out in the given order, 8-byte aligned header. Error(kIo) on failure.
void write_safetensors(const std::string& path, const std::vector<TensorSource>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace eliq::io
