#include "explain/grant_match.h"

#include <algorithm>

namespace egressc {
namespace {

constexpr std::uint16_t echo_request_4 = 8 << 8;    // RFC 792
constexpr std::uint16_t echo_request_6 = 128 << 8;  // RFC 4443, 4.1
constexpr std::uint16_t type_of_icmp = 0xff00;

bool holds(const Service& service, const FlowPoint& flow) {
  const bool port = service.ports.first <= flow.port && flow.port <= service.ports.last;
  switch (service.protocol) {
    case Protocol::any:
      return port && (flow.protocol == ip_protocol::tcp || flow.protocol == ip_protocol::udp);
    case Protocol::tcp:
      return port && flow.protocol == ip_protocol::tcp;
    case Protocol::udp:
      return port && flow.protocol == ip_protocol::udp;
    case Protocol::icmp:
      return flow.protocol == ip_protocol::icmp && (flow.port & type_of_icmp) == echo_request_4 &&
             flow.to.family == Family::ipv4;
    case Protocol::icmpv6:
      return flow.protocol == ip_protocol::icmpv6 && (flow.port & type_of_icmp) == echo_request_6 &&
             flow.to.family == Family::ipv6;
  }
  return false;
}

}  // namespace

bool holds_address(const Grant& grant, const Address& address) {
  if (grant.prefix) return contains(*grant.prefix, address);
  return std::any_of(grant.addresses.begin(), grant.addresses.end(),
                     [&](const Prefix& prefix) { return contains(prefix, address); });
}

bool holds_service(const Grant& grant, const FlowPoint& flow) {
  return std::any_of(grant.services.begin(), grant.services.end(),
                     [&](const Service& service) { return holds(service, flow); });
}

bool has_name(const Grant& grant, const DomainName& name) {
  return std::find(grant.names.begin(), grant.names.end(), name) != grant.names.end();
}

bool has_expired(const Grant& grant, std::optional<CivilDate> today) {
  return grant.expires && today && *grant.expires < *today;
}

Service service_of(const FlowPoint& flow) {
  switch (flow.protocol) {
    case ip_protocol::icmp:
      return {Protocol::icmp, {}};
    case ip_protocol::icmpv6:
      return {Protocol::icmpv6, {}};
    case ip_protocol::udp:
      return {Protocol::udp, {flow.port, flow.port}};
    default:
      return {Protocol::tcp, {flow.port, flow.port}};
  }
}

}  // namespace egressc
