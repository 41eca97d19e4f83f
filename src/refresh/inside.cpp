#include <algorithm>
#include <iterator>

#include "egressc/refresh.h"

namespace egressc {

bool is_inside_address(const Address& address) {
  static constexpr Prefix networks[] = {
      {{Family::ipv4, 0, 0x0a000000}, 8},         {{Family::ipv4, 0, 0xac100000}, 12},
      {{Family::ipv4, 0, 0xc0a80000}, 16},        {{Family::ipv4, 0, 0x64400000}, 10},
      {{Family::ipv6, 0xfc00000000000000, 0}, 7},
  };
  return is_loopback(address) || is_link_local(address) || is_multicast(address) || is_unspecified(address) ||
         is_broadcast(address) || is_metadata(address) ||
         std::any_of(std::begin(networks), std::end(networks),
                     [&](const Prefix& network) { return contains(network, address); });
}

}  // namespace egressc
