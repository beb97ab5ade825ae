#include "io/utf8.h"

#include <cstdint>

namespace eliq::io {

namespace {

// Length of the well-formed sequence at the start of `text`, 0 if there is none. Ranges: RFC 3629, section 4.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t index) { return static_cast<uint8_t>(text[index]); };
  const auto within = [&](size_t index, uint8_t low, uint8_t high) {
    return index < text.size() && byte(index) >= low && byte(index) <= high;
  };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

size_t valid_utf8_prefix(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    const size_t length = sequence_length(text.substr(position));
    if (length == 0) break;
    position += length;
  }
  return position;
}

std::string clip(const std::string& text) {
  constexpr size_t kLongest = 64;
  if (text.size() <= kLongest) return text;
  const std::string_view head = std::string_view(text).substr(0, kLongest);
  return std::string(head.substr(0, valid_utf8_prefix(head))) + "...";
}

}  // namespace eliq::io
