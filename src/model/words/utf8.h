// UTF-8 (RFC 3629) in text that anyone may have written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace egressc::model {

// The code point that begins at `at`, which is moved past it; nullopt, and `at` stays, where none does: overlong forms,
// surrogates, numbers above U+10FFFF, stray or missing continuation bytes.
std::optional<char32_t> take_code_point(std::string_view text, std::size_t& at);

// The offset of the first byte that belongs to no code point, or npos.
std::size_t find_invalid_utf8(std::string_view text);

// text with each byte that belongs to no code point written as \xNN, so that it can stand in YAML and JSON.
std::string valid_utf8(std::string_view text);

// Characters that draw nothing, or change how others are drawn: controls, separators, joiners, bidirectional marks,
// tags.
bool is_invisible(char32_t point);

}  // namespace egressc::model
