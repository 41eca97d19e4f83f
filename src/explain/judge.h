// Whose a packet's ids are, and what of a flow a grant holds.
#pragma once

#include <optional>

#include "egressc/flow_space.h"
#include "egressc/name.h"

namespace egressc {
struct Grant;
struct Policy;
struct Subject;
}  // namespace egressc

namespace egressc::explain {

struct Ids {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool operator==(const Ids&) const = default;
};

// The subject that has both ids; nullptr if there is none.
const Subject* holder_of(const Policy& policy, Ids ids);
// Whether the policy has a say in them: a uid of a subject is governed whole, whatever the gid.
bool is_governed(const Policy& policy, Ids ids);

bool holds_address(const Grant& grant, const Address& address);
bool holds_service(const Grant& grant, const FlowPoint& flow);
// One of its names is `name`.
bool has_name(const Grant& grant, const DomainName& name);
inline bool holds(const Grant& grant, const FlowPoint& flow) {
  return holds_service(grant, flow) && holds_address(grant, flow.to);
}

// `port`, but for echo requests: a question or an attempt of icmp or icmpv6 means one.
constexpr std::uint16_t port_of(std::uint8_t protocol, std::uint16_t port) {
  return is_icmp(protocol) ? echo_port(protocol == ip_protocol::icmp ? Family::ipv4 : Family::ipv6) : port;
}

// As `ports` says it: of echo requests, tcp and udp.
Service service_of(const FlowPoint& flow);

}  // namespace egressc::explain
