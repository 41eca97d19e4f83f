// Text as it is read: its lines, words and numbers, and what of it is UTF-8 (RFC 3629).
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

namespace egressc {

// Letters of ASCII, whatever the locale.

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
constexpr bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
inline std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}
// Decimal digits, one at least.
constexpr bool is_number(std::string_view text) {
  for (const char c : text)
    if (!is_digit(c)) return false;
  return !text.empty();
}

// What stands at the start of a text is taken from it.

// False, and nothing is taken, where something else stands there.
constexpr bool take(std::string_view& text, std::string_view wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(wanted.size());
  return true;
}
// Up to the next separator, which is passed; all of it where there is none.
constexpr std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}
// A line, without its line feed, which is passed.
constexpr std::string_view take_line(std::string_view& text) { return take_until(text, '\n'); }
// Up to the next blank, which is passed: of two blanks in a row the second one ends an empty word.
constexpr std::string_view take_word(std::string_view& text) { return take_until(text, ' '); }
// The next word, behind as many blanks and tabs as there are; "" at the end.
constexpr std::string_view next_word(std::string_view& text) {
  constexpr std::string_view blanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

// What stands between the separators: one part at least, which may be empty, as all may.
inline std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size(); begin += parts.back().size() + 1)
    parts.push_back(text.substr(begin, text.find(separator, begin) - begin));
  return parts;
}

inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // U+FEFF
constexpr std::string_view without_byte_order_mark(std::string_view text) {
  take(text, byte_order_mark);
  return text;
}

// Decimal numbers. Signs are for types that have one; nullopt for what does not fit.

// At the start of the text, and taken from it.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  if constexpr (std::is_integral_v<Number>) {
    // As many digits as always fit into 64 bits; signs and more digits are rare.
    constexpr std::size_t few = std::numeric_limits<std::uint64_t>::digits10;
    std::uint64_t sum = 0;
    std::size_t digits = 0;
    for (; digits < std::min(text.size(), few) && is_digit(text[digits]); ++digits)
      sum = sum * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    if (digits != 0 && digits < few) {
      if (sum > static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) return std::nullopt;
      text.remove_prefix(digits);
      return static_cast<Number>(sum);
    }
  }
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}
// The whole text.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  const auto number = take_number<Number>(text);
  return text.empty() ? number : std::nullopt;
}
// The same without leading zeros, which some programs read as octal, and not above `most`.
std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t most);
// At most five digits at the start of `text`, without leading zeros and not above `most`: as in addresses and ports.
std::optional<unsigned> take_decimal(std::string_view& text, unsigned most);

// UTF-8 in text that anyone may have written.

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

}  // namespace egressc
