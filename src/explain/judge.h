// Whose a packet's ids are, and what of a flow a grant holds.
#pragma once

#include <optional>
#include <vector>

#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc::explain {

struct Ids {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool operator==(const Ids&) const = default;
};

bool contains(const std::vector<IdRange>& ranges, std::uint32_t id);

// The subject that has both ids; nullptr if there is none.
const Subject* holder_of(const Policy& policy, Ids ids);
// Whether the policy has a say in them: a uid of a subject is governed whole, whatever the gid.
bool is_governed(const Policy& policy, Ids ids);

bool holds_address(const Grant& grant, const Address& address);
bool holds_service(const Grant& grant, const FlowPoint& flow);
// One of its names is `name`.
bool has_name(const Grant& grant, const DomainName& name);
bool has_expired(const Grant& grant, std::optional<CivilDate> today);
inline bool holds(const Grant& grant, const FlowPoint& flow) {
  return holds_service(grant, flow) && holds_address(grant, flow.to);
}

// RFC 792 and RFC 4443, 4.1: echo requests, code 0. A question or an attempt of icmp or icmpv6 means one.
inline constexpr std::uint16_t echo_request_4 = 8 << 8, echo_request_6 = 128 << 8;
// `port`, but for echo requests.
constexpr std::uint16_t port_of(std::uint8_t protocol, std::uint16_t port) {
  if (protocol == ip_protocol::icmp) return echo_request_4;
  return protocol == ip_protocol::icmpv6 ? echo_request_6 : port;
}

// As `ports` says it: of echo requests, tcp and udp.
Service service_of(const FlowPoint& flow);

}  // namespace egressc::explain
