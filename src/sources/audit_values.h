// Values of audit fields: numbers as the kernel writes them and as ausearch -i does, text, hex text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace egressc::audit {

// The whole text, in decimal.
std::optional<std::uint64_t> decimal(std::string_view text);
// The whole text, in hex of either case, with or without "0x".
std::optional<std::uint64_t> hex(std::string_view text);
// 0..15, or -1.
inline int hex_digit(char c) {
  static constexpr auto digits = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < 10; ++i) table['0' + i] = static_cast<std::int8_t>(i);
    for (std::size_t i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<std::int8_t>(10 + i);
    return table;
  }();
  return digits[static_cast<unsigned char>(c)];
}

// A uid or gid: a number, "root", "unknown(61001)" or, where only a name stands, no_id.
std::uint32_t user_or_group(std::string_view text);

// exit=-115 or exit=EINPROGRESS(Operation now in progress); cut to 32 bits.
std::optional<std::int32_t> exit_status(std::string_view text);

using TextBuffer = std::array<char, 4096>;  // PATH_MAX
// comm=, exe=: "quoted", or hex where the kernel met a blank, a quote or a control byte; ausearch -i prints both plain.
// At most 4096 bytes. The result is a part of `value` or of `buffer`; empty for (null).
std::string_view text_value(std::string_view value, bool interpreted, TextBuffer& buffer);

}  // namespace egressc::audit
