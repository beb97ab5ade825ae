#include "addon/arguments.h"

#include <cmath>
#include <limits>

#include "common/error.h"

namespace eliq::addon {
namespace {

constexpr int64_t kGreatestSide = std::numeric_limits<int32_t>::max();

std::string describe(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
    case napi_number:
      return value.ToString().Utf8Value();
    case napi_string:
      return "a string";
    case napi_function:
      return "a function";
    case napi_object:
      return "an object of another kind";
    default:
      return "a value of another type";
  }
}

[[noreturn]] void refuse(const std::string& name, const std::string& expected, const std::string& given) {
  throw Error(ErrorCode::kInvalidArgument, name + " must be " + expected + ", not " + given + ".");
}

struct Bytes {
  const void* data;
  size_t length;  // elements
};

// Data and length come from one call with no JavaScript in between: nothing can detach or shrink the buffer before the
// copy.
Bytes elements(const Napi::Value& value, napi_typedarray_type type, const std::string& name,
               const std::string& expected) {
  if (!value.IsTypedArray()) refuse(name, expected, describe(value));
  napi_typedarray_type actual = napi_int8_array;
  Bytes bytes{nullptr, 0};
  const napi_status status = napi_get_typedarray_info(value.Env(), value, &actual, &bytes.length,
                                                      const_cast<void**>(&bytes.data), nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(value.Env());
  const bool clamped = type == napi_uint8_array && actual == napi_uint8_clamped_array;
  if (actual != type && !clamped) refuse(name, expected, "a typed array of another kind");
  return bytes;
}

template <typename T>
std::vector<T> copy(const Bytes& bytes) {
  const T* first = static_cast<const T*>(bytes.data);
  return bytes.length == 0 ? std::vector<T>() : std::vector<T>(first, first + bytes.length);
}

}  // namespace

Napi::Object as_object(const Napi::Value& value, const std::string& name) {
  if (value.Type() != napi_object) refuse(name, "an object", describe(value));
  return value.As<Napi::Object>();
}

std::string as_string(const Napi::Value& value, const std::string& name) {
  if (!value.IsString()) refuse(name, "a string", describe(value));
  return value.As<Napi::String>().Utf8Value();
}

std::string as_path(const Napi::Value& value, const std::string& name) {
  const std::string path = as_string(value, name);
  if (path.empty()) refuse(name, "a path", "an empty string");
  if (path.find('\0') != std::string::npos) refuse(name, "a path", "a string with a zero byte");
  return path;
}

bool as_bool(const Napi::Value& value, const std::string& name) {
  if (!value.IsBoolean()) refuse(name, "true or false", describe(value));
  return value.As<Napi::Boolean>().Value();
}

double as_finite(const Napi::Value& value, const std::string& name) {
  if (!value.IsNumber() || !std::isfinite(value.As<Napi::Number>().DoubleValue())) {
    refuse(name, "a finite number", describe(value));
  }
  return value.As<Napi::Number>().DoubleValue();
}

int64_t as_integer(const Napi::Value& value, const std::string& name, int64_t least, int64_t greatest) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(greatest)) ||
      number != std::trunc(number)) {
    refuse(name, "an integer from " + std::to_string(least) + " to " + std::to_string(greatest), describe(value));
  }
  return static_cast<int64_t>(number);
}

std::map<std::string, std::string> as_string_map(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = as_object(value, name);
  const Napi::Array keys = object.GetPropertyNames();
  std::map<std::string, std::string> map;
  for (uint32_t i = 0; i < keys.Length(); ++i) {
    const std::string key = keys.Get(i).ToString().Utf8Value();
    map[key] = as_string(object.Get(key), name + "." + key);
  }
  return map;
}

std::vector<int32_t> as_int32s(const Napi::Value& value, const std::string& name) {
  return copy<int32_t>(elements(value, napi_int32_array, name, "an Int32Array"));
}

std::vector<float> as_floats(const Napi::Value& value, const std::string& name) {
  return copy<float>(elements(value, napi_float32_array, name, "a Float32Array"));
}

std::vector<uint8_t> as_bytes(const Napi::Value& value, const std::string& name) {
  return copy<uint8_t>(elements(value, napi_uint8_array, name, "a Uint8Array"));
}

Pixels as_pixels(const Napi::Object& image) {
  const Napi::Value data = image.Get("data");
  Pixels pixels;
  pixels.width = as_integer(image.Get("width"), "width", 1, kGreatestSide);
  pixels.height = as_integer(image.Get("height"), "height", 1, kGreatestSide);
  const Bytes bytes = elements(data, napi_uint8_array, "data", "a Uint8Array");
  // Below 2^64: two sides below 2^31, times three.
  const uint64_t expected = static_cast<uint64_t>(pixels.width) * static_cast<uint64_t>(pixels.height) * 3;
  if (bytes.length != expected) {
    refuse("data.length", "width * height * 3 = " + std::to_string(expected) + " (RGB, 8 bits)",
           std::to_string(bytes.length) + (bytes.data == nullptr ? " (is the buffer detached?)" : ""));
  }
  pixels.data = copy<uint8_t>(bytes);
  return pixels;
}

}  // namespace eliq::addon
