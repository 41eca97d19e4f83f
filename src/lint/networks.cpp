#include "lint/networks.h"

#include <algorithm>

#include "lint/destinations.h"

namespace egressc {

bool is_private(const Prefix& prefix) {
  static constexpr Prefix networks[] = {
      {{Family::ipv4, 0, 0x0a000000}, 8},          {{Family::ipv4, 0, 0xac100000}, 12},
      {{Family::ipv4, 0, 0xc0a80000}, 16},         {{Family::ipv4, 0, 0x64400000}, 10},
      {{Family::ipv4, 0, 0xa9fe0000}, 16},         {{Family::ipv6, 0xfc00000000000000, 0}, 7},
      {{Family::ipv6, 0xfe80000000000000, 0}, 10},
  };
  return std::any_of(std::begin(networks), std::end(networks),
                     [&](const Prefix& network) { return overlap(prefix, network); });
}

}  // namespace egressc
