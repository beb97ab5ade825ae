#include "engine/exceptions.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace eliq::engine {
namespace {

Error out_of_memory() {
  return Error(ErrorCode::kOutOfMemory,
               "There is not enough memory for this. Free some, or score fewer or smaller images at a time.");
}

// c10's CPU allocator reports a failed allocation as a plain c10::Error; only its text tells
// (c10/core/impl/alloc_cpu.cpp).
bool is_allocation_failure(const std::string& message) {
  return message.find("DefaultCPUAllocator") != std::string::npos ||
         message.find("can't allocate memory") != std::string::npos;
}

}  // namespace

Error translate_current_exception() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const c10::OutOfMemoryError&) {
    return out_of_memory();
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    if (is_allocation_failure(message)) return out_of_memory();
    return Error(ErrorCode::kInternal,
                 "LibTorch failed: " + message + " Please report this with the input that caused it.");
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::length_error&) {
    return out_of_memory();
  } catch (const std::exception& error) {
    return Error(ErrorCode::kInternal, std::string("Unexpected failure: ") + error.what() +
                                           ". Please report this with the input that caused it.");
  } catch (...) {
    return Error(ErrorCode::kInternal,
                 "Unexpected failure of unknown kind. Please report this with the input that caused it.");
  }
}

}  // namespace eliq::engine
