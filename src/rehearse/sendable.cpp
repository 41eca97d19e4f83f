#include "rehearse/sendable.h"

namespace egressc {
namespace {

bool is_mapped(const Address& address) {  // RFC 4291, 2.5.5.2
  return address.family == Family::ipv6 && address.high == 0 && address.low >> 32 == 0xffff;
}

// 127.0.0.0 and 127.255.255.255: ends of a network, RFC 1122, 3.2.1.3.
bool is_end_of_loopback(const Address& address) {
  return address.family == Family::ipv4 && (address.low == 0x7f000000 || address.low == 0x7fffffff);
}

// RFC 4291, 2.7: scopes 0 and F.
bool has_reserved_scope(const Address& address) {
  const std::uint64_t scope = address.high >> 48 & 0xf;
  return address.family == Family::ipv6 && is_multicast(address) && (scope == 0 || scope == 0xf);
}

}  // namespace

bool can_be_sent_to(const Address& address, std::uint8_t protocol) {
  if (is_unspecified(address) || is_mapped(address) || is_end_of_loopback(address) || is_broadcast(address) ||
      has_reserved_scope(address))
    return false;
  return protocol != ip_protocol::tcp || !is_multicast(address);
}

bool can_be_sent(const FlowPoint& flow) {
  switch (flow.protocol) {
    case ip_protocol::tcp:
    case ip_protocol::udp:
      return flow.port != 0 && can_be_sent_to(flow.to, flow.protocol);
    case ip_protocol::icmp:
      return flow.to.family == Family::ipv4 && can_be_sent_to(flow.to, flow.protocol);
    case ip_protocol::icmpv6:
      return flow.to.family == Family::ipv6 && can_be_sent_to(flow.to, flow.protocol);
    default:
      return false;
  }
}

}  // namespace egressc
