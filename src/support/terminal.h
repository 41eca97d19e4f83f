// Whether what is printed may have colors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace egressc {

enum class ColorMode : std::uint8_t { automatic, always, never };

// "auto", "always", "never"; nullopt for anything else.
std::optional<ColorMode> parse_color_mode(std::string_view text);

// automatic: `fd` is a terminal that knows colors, and NO_COLOR is unset or empty (no-color.org).
bool use_color(ColorMode mode, int fd);

}  // namespace egressc
