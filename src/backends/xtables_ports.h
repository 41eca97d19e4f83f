// How many ports one rule of xtables names.
#pragma once

#include <cstddef>

#include "egressc/address.h"

namespace egressc::xtables {

inline constexpr std::size_t multiport_slots = 15;

// A range takes two.
inline std::size_t slots(const PortRange& range) { return range.first == range.last ? 1 : 2; }

}  // namespace egressc::xtables
