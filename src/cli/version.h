// The version, from the one place where it is written: meson.build.
#pragma once

#include <string_view>

namespace egressc {

inline constexpr std::string_view version = EGRESSC_VERSION;

}  // namespace egressc
