#include "io/json.h"

#include <charconv>
#include <locale>
#include <sstream>
#include <utility>

#include "common/error.h"
#include "io/utf8.h"

namespace eliq::io {

namespace {

// Bounds on what a hostile document can make us allocate: a value costs a few hundred bytes however short its text.
constexpr size_t kMaxValues = 1'000'000;
constexpr size_t kMaxPath = 200;

const char* kind_name(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "a boolean";
    case Json::Kind::kInteger:
      return "an integer";
    case Json::Kind::kNumber:
      return "a number";
    case Json::Kind::kString:
      return "a string";
    case Json::Kind::kArray:
      return "an array";
    case Json::Kind::kObject:
      return "an object";
  }
  return "a value";
}

// Paths end up in every value: their length is bounded so that one long key cannot be copied a million times.
std::string extend_path(const std::string& parent, const char* separator, const std::string& step) {
  return parent.size() + step.size() > kMaxPath ? parent : parent + separator + step;
}

[[noreturn]] void wrong_kind(const std::string& path, Json::Kind found, const std::string& wanted) {
  throw Error(ErrorCode::kModelCorrupt, path + " must be " + wanted + ", not " + kind_name(found) + ".");
}

}  // namespace

class JsonParser {
 public:
  JsonParser(std::string_view text, const std::string& what, int max_depth)
      : text_(text), what_(what), max_depth_(max_depth) {}

  Json document() {
    Json root;
    root.path_ = what_ + ":";
    value(root, 0);
    skip_space();
    if (position_ != text_.size()) fail("text after the end of the document");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& fault) const {
    throw Error(ErrorCode::kModelCorrupt,
                what_ + " is not valid JSON at byte " + std::to_string(position_) + ": " + fault + ".");
  }

  bool at_end() const { return position_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }

  bool accept(char wanted) {
    if (at_end() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  void skip_space() {
    while (!at_end()) {
      const char c = text_[position_];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
      ++position_;
    }
  }

  void value(Json& out, int depth) {
    if (depth > max_depth_) fail("nested more than " + std::to_string(max_depth_) + " deep");
    if (++values_ > kMaxValues) fail("more than " + std::to_string(kMaxValues) + " values");
    skip_space();
    if (at_end()) fail("the text ends where a value should be");
    switch (peek()) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"':
        out.kind_ = Json::Kind::kString;
        out.string_ = string();
        return;
      case 't':
        literal("true");
        out.kind_ = Json::Kind::kBool;
        out.bool_ = true;
        return;
      case 'f':
        literal("false");
        out.kind_ = Json::Kind::kBool;
        return;
      case 'n':
        return literal("null");
      default:
        return number(out);
    }
  }

  void literal(std::string_view word) {
    if (text_.substr(position_, word.size()) != word) fail("an unknown word");
    position_ += word.size();
  }

  void object(Json& out, int depth) {
    out.kind_ = Json::Kind::kObject;
    ++position_;
    skip_space();
    if (accept('}')) return;
    do {
      skip_space();
      if (peek() != '"') fail("an object's key must be a string");
      std::string key = string();
      skip_space();
      if (!accept(':')) fail("':' is missing after a key");
      const auto [member, fresh] = out.object_.try_emplace(std::move(key));
      if (!fresh) fail("the key \"" + clip(member->first) + "\" appears twice");
      member->second.path_ = extend_path(out.path_, depth == 0 ? " " : ".", clip(member->first));
      value(member->second, depth + 1);
      skip_space();
    } while (accept(','));
    if (!accept('}')) fail("',' or '}' is missing in an object");
  }

  void array(Json& out, int depth) {
    out.kind_ = Json::Kind::kArray;
    ++position_;
    skip_space();
    if (accept(']')) return;
    do {
      Json& element = out.array_.emplace_back();
      element.path_ = extend_path(out.path_, "[", std::to_string(out.array_.size() - 1) + "]");
      value(element, depth + 1);
      skip_space();
    } while (accept(','));
    if (!accept(']')) fail("',' or ']' is missing in an array");
  }

  std::string string() {
    ++position_;
    std::string out;
    while (true) {
      const size_t start = position_;
      while (!at_end() && peek() != '"' && peek() != '\\' && static_cast<uint8_t>(peek()) >= 0x20) ++position_;
      const std::string_view run = text_.substr(start, position_ - start);
      if (const size_t valid = valid_utf8_prefix(run); valid != run.size()) {
        position_ = start + valid;
        fail("a string is not UTF-8");
      }
      out += run;
      if (at_end()) fail("a string does not end");
      if (accept('"')) return out;
      if (!accept('\\')) fail("a control character in a string");
      escape(out);
    }
  }

  void escape(std::string& out) {
    const char c = peek();
    if (!at_end()) ++position_;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      case 'u':
        return append_utf8(out, code_point());
      default:
        fail("an unknown escape in a string");
    }
  }

  // After "\u"; a code point above U+FFFF is written as two surrogates.
  uint32_t code_point() {
    const uint32_t unit = code_unit();
    if (unit >= 0xDC00 && unit <= 0xDFFF) fail("half a surrogate pair in a string");
    if (unit < 0xD800 || unit > 0xDBFF) return unit;
    if (!accept('\\') || !accept('u')) fail("half a surrogate pair in a string");
    const uint32_t low = code_unit();
    if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair in a string");
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }

  uint32_t code_unit() {
    const std::string_view digits = text_.substr(position_, 4);
    uint32_t unit = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) fail("\\u needs four hex digits");
    position_ += 4;
    return unit;
  }

  static void append_utf8(std::string& out, uint32_t c) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      tail(0);
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  bool is_digit() const { return !at_end() && peek() >= '0' && peek() <= '9'; }

  void digits(const char* place) {
    if (!is_digit()) fail(std::string("a digit is missing ") + place);
    while (is_digit()) ++position_;
  }

  void number(Json& out) {
    const size_t start = position_;
    accept('-');
    if (!is_digit()) fail(position_ == start ? "an unexpected character" : "a digit is missing after '-'");
    if (!accept('0')) digits("in a number");
    if (is_digit()) fail("a number starts with 0");
    bool integer = true;
    if (accept('.')) {
      integer = false;
      digits("after '.'");
    }
    if (peek() == 'e' || peek() == 'E') {
      integer = false;
      ++position_;
      if (!accept('+')) accept('-');
      digits("in an exponent");
    }
    const std::string_view written = text_.substr(start, position_ - start);
    if (integer) {
      const auto parsed = std::from_chars(written.data(), written.data() + written.size(), out.integer_);
      if (parsed.ec == std::errc{}) {
        out.kind_ = Json::Kind::kInteger;
        out.number_ = static_cast<double>(out.integer_);
        return;
      }
      out.integer_ = 0;
    }
    // Not from_chars: some standard libraries lack it for double. Not strtod: it obeys the process's locale.
    std::istringstream stream{std::string(written)};
    stream.imbue(std::locale::classic());
    stream >> out.number_;
    if (stream.fail()) fail("a number out of range");
    out.kind_ = Json::Kind::kNumber;
  }

  std::string_view text_;
  const std::string& what_;
  int max_depth_;
  size_t position_ = 0;
  size_t values_ = 0;
};

Json Json::parse(std::string_view text, const std::string& what, int max_depth) {
  return JsonParser(text, what, max_depth).document();
}

bool Json::has(const std::string& key) const { return object_.count(key) != 0; }

bool Json::as_bool() const {
  if (kind_ != Kind::kBool) wrong_kind(path_, kind_, "a boolean");
  return bool_;
}

int64_t Json::as_integer() const {
  if (kind_ != Kind::kInteger) wrong_kind(path_, kind_, "an integer that fits 64 bits");
  return integer_;
}

double Json::as_number() const {
  if (kind_ != Kind::kInteger && kind_ != Kind::kNumber) wrong_kind(path_, kind_, "a number");
  return number_;
}

const std::string& Json::as_string() const {
  if (kind_ != Kind::kString) wrong_kind(path_, kind_, "a string");
  return string_;
}

const std::vector<Json>& Json::as_array() const {
  if (kind_ != Kind::kArray) wrong_kind(path_, kind_, "an array");
  return array_;
}

const std::map<std::string, Json>& Json::as_object() const {
  if (kind_ != Kind::kObject) wrong_kind(path_, kind_, "an object");
  return object_;
}

const Json& Json::at(const std::string& key) const {
  const auto member = as_object().find(key);
  if (member == object_.end())
    throw Error(ErrorCode::kModelCorrupt, path_ + " lacks the member \"" + clip(key) + "\".");
  return member->second;
}

int64_t Json::integer_or(const std::string& key, int64_t fallback) const {
  return has(key) ? at(key).as_integer() : fallback;
}

double Json::number_or(const std::string& key, double fallback) const {
  return has(key) ? at(key).as_number() : fallback;
}

bool Json::bool_or(const std::string& key, bool fallback) const { return has(key) ? at(key).as_bool() : fallback; }

std::string Json::string_or(const std::string& key, const std::string& fallback) const {
  return has(key) ? at(key).as_string() : fallback;
}

}  // namespace eliq::io
