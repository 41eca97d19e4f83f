// What of a flow a grant holds.
#pragma once

#include <optional>

#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc {

bool holds_address(const Grant& grant, const Address& address);
bool holds_service(const Grant& grant, const FlowPoint& flow);
// One of its names is `name`.
bool has_name(const Grant& grant, const DomainName& name);
bool has_expired(const Grant& grant, std::optional<CivilDate> today);
inline bool holds(const Grant& grant, const FlowPoint& flow) {
  return holds_service(grant, flow) && holds_address(grant, flow.to);
}

// As `ports` says it: of echo requests, tcp and udp.
Service service_of(const FlowPoint& flow);

}  // namespace egressc
