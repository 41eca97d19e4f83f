// What a socket can send a packet to.
#pragma once

#include <cstdint>

#include "egressc/address.h"
#include "egressc/flow_space.h"

namespace egressc {

// The unspecified address stands for the host itself and a mapped one for IPv4; no TCP goes to many hosts, and
// nothing to multicast addresses of reserved scopes or to the ends of the loopback interface's network.
bool can_be_sent_to(const Address& address, std::uint8_t protocol);

// Neither a port 0, nor an address as above, nor ICMP over the other family.
bool can_be_sent(const FlowPoint& flow);

}  // namespace egressc
