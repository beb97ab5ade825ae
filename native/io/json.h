// A strict, bounded JSON reader: safetensors headers and model configurations, nothing else. RFC 8259; no
// extensions, duplicate keys refused (a safetensors header must not name a tensor twice), depth limited.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace eliq::io {

class Json {
 public:
  enum class Kind { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

  // Throws Error(kModelCorrupt) with the byte offset of the first fault. `what` names the document in messages.
  static Json parse(std::string_view text, const std::string& what, int max_depth = 32);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool has(const std::string& key) const;  // false when this is not an object

  // Typed access; a value of another kind is Error(kModelCorrupt) naming the path to it.
  bool as_bool() const;
  int64_t as_integer() const;  // only for numbers written without fraction or exponent that fit
  double as_number() const;    // integers too
  const std::string& as_string() const;
  const std::vector<Json>& as_array() const;
  const std::map<std::string, Json>& as_object() const;
  const Json& at(const std::string& key) const;  // missing key: Error(kModelCorrupt)

  // The member or, when the key is absent, the fallback.
  int64_t integer_or(const std::string& key, int64_t fallback) const;
  double number_or(const std::string& key, double fallback) const;
  bool bool_or(const std::string& key, bool fallback) const;
  std::string string_or(const std::string& key, const std::string& fallback) const;

 private:
  friend class JsonParser;
  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  int64_t integer_ = 0;
  double number_ = 0;
  std::string string_;
  std::vector<Json> array_;
  std::map<std::string, Json> object_;
  std::string path_;  // for messages: "config.json: backbone.stages[2].kernel"
};

}  // namespace eliq::io
