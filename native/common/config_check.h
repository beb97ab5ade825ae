// Checks of values read from a model's config.json, in one sentence pattern.
#pragma once

#include <cstdint>
#include <string>

#include "common/error.h"

namespace eliq {

// `value` when it lies in [low, high]; Error(kModelCorrupt) otherwise. `name` is the key, e.g. "fusion.width".
template <typename Number>
Number require_between(const std::string& name, Number value, Number low, Number high) {
  if (value >= low && value <= high) return value;
  throw Error(ErrorCode::kModelCorrupt, "config.json: \"" + name + "\" is " + std::to_string(value) +
                                            "; it must lie between " + std::to_string(low) + " and " +
                                            std::to_string(high) + ". Restore the model's own config.json.");
}

// The error for a word that this version does not know.
inline Error unknown_choice(const std::string& name, const std::string& value, const std::string& known) {
  return Error(ErrorCode::kModelUnsupported, "config.json: \"" + name + "\" is \"" + value + "\"; this version knows " +
                                                 known + ". Update eliq or use another model.");
}

}  // namespace eliq
