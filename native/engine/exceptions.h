// Translation of whatever native code may throw into the one exception type.
#pragma once

#include "common/error.h"

namespace eliq::engine {

// Call it inside a catch block. eliq::Error stays as it is; allocation failures, also LibTorch's, become kOutOfMemory;
// everything else is kInternal with the message of the exception (without LibTorch's native backtrace).
Error translate_current_exception();

}  // namespace eliq::engine
