#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eliq::io {

// Length of the longest prefix that is well-formed UTF-8 (RFC 3629: no overlong forms, surrogates or values above
// U+10FFFF); text.size() when all of it is.
size_t valid_utf8_prefix(std::string_view text);

// The text, or its beginning and an ellipsis: names from a file in an error message.
std::string clip(const std::string& text);

}  // namespace eliq::io
