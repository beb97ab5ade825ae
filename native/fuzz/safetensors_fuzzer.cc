// libFuzzer target: any bytes at all are either a sound safetensors file, all of whose tensors can be read, or
// Error(kModelCorrupt).
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/error.h"
#include "io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto file = eliq::io::SafetensorsFile::parse(data, size, "fuzzed");
    unsigned sum = 0;
    for (const auto& [name, tensor] : file->tensors()) {
      for (size_t i = 0; i < tensor.bytes; ++i) sum += tensor.data[i];
    }
    volatile unsigned keep = sum;
    (void)keep;
  } catch (const eliq::Error& error) {
    if (error.code() != eliq::ErrorCode::kModelCorrupt) std::abort();
  }
  return 0;
}
