// Decimal numbers as they stand in addresses, prefixes and ports.
#pragma once

#include <optional>
#include <string_view>

namespace egressc {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A decimal number of at most five digits and `limit`, without leading zeros, at the start of `text`.
inline std::optional<unsigned> take_decimal(std::string_view& text, unsigned limit) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 6 && is_digit(text[digits]))
    value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
  if (digits == 0 || digits > 5 || value > limit || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

}  // namespace egressc
