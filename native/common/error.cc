#include "common/error.h"

namespace eliq {

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "ERR_INVALID_ARGUMENT";
    case ErrorCode::kModelNotFound:
      return "ERR_MODEL_NOT_FOUND";
    case ErrorCode::kModelCorrupt:
      return "ERR_MODEL_CORRUPT";
    case ErrorCode::kModelUnsupported:
      return "ERR_MODEL_UNSUPPORTED";
    case ErrorCode::kDeviceUnavailable:
      return "ERR_DEVICE_UNAVAILABLE";
    case ErrorCode::kOutOfMemory:
      return "ERR_OUT_OF_MEMORY";
    case ErrorCode::kAborted:
      return "ERR_ABORTED";
    case ErrorCode::kDisposed:
      return "ERR_DISPOSED";
    case ErrorCode::kIo:
      return "ERR_IO";
    case ErrorCode::kInternal:
      return "ERR_INTERNAL";
  }
  return "ERR_INTERNAL";
}

}  // namespace eliq
