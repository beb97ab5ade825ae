// The one exception type of the native side. Everything below addon/ throws only this (LibTorch's own
// exceptions are translated at the engine's edge); addon/ turns it into the JavaScript EliqError.
#pragma once

#include <stdexcept>
#include <string>

namespace eliq {

// Stable names, shared with lib/errors.ts. The enumerators spell the JavaScript codes.
enum class ErrorCode {
  kInvalidArgument,    // ERR_INVALID_ARGUMENT
  kModelNotFound,      // ERR_MODEL_NOT_FOUND
  kModelCorrupt,       // ERR_MODEL_CORRUPT
  kModelUnsupported,   // ERR_MODEL_UNSUPPORTED
  kDeviceUnavailable,  // ERR_DEVICE_UNAVAILABLE
  kOutOfMemory,        // ERR_OUT_OF_MEMORY
  kAborted,            // ERR_ABORTED
  kDisposed,           // ERR_DISPOSED
  kIo,                 // ERR_IO
  kInternal,           // ERR_INTERNAL
};

const char* error_code_name(ErrorCode code);

class Error : public std::runtime_error {
 public:
  // `message` is a sentence that says what is wrong and what to do.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace eliq
