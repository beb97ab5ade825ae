// Reading and checking JavaScript arguments. Every fault is Error(kInvalidArgument) of one pattern:
// "<name> must be <expected>, not <what was given>."
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "addon/napi_config.h"

namespace eliq::addon {

Napi::Object as_object(const Napi::Value& value, const std::string& name);
std::string as_string(const Napi::Value& value, const std::string& name);
std::string as_path(const Napi::Value& value, const std::string& name);  // not empty, no NUL
bool as_bool(const Napi::Value& value, const std::string& name);
double as_finite(const Napi::Value& value, const std::string& name);
int64_t as_integer(const Napi::Value& value, const std::string& name, int64_t least, int64_t greatest);
std::map<std::string, std::string> as_string_map(const Napi::Value& value, const std::string& name);

// Copies of typed arrays.
std::vector<int32_t> as_int32s(const Napi::Value& value, const std::string& name);
std::vector<float> as_floats(const Napi::Value& value, const std::string& name);
std::vector<uint8_t> as_bytes(const Napi::Value& value, const std::string& name);

struct Pixels {
  std::vector<uint8_t> data;  // our own copy
  int64_t width;
  int64_t height;
};
// { data, width, height }: RGB, 8 bits, data.length == width * height * 3.
Pixels as_pixels(const Napi::Object& image);

}  // namespace eliq::addon
