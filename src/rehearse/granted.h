// Flows of what a policy grants.
#pragma once

#include "egressc/policy.h"
#include "rehearse/rehearse.h"
#include "rehearse/drawing.h"

namespace egressc {

inline constexpr std::uint16_t domain_port = 53;           // RFC 1035, 4.2
inline constexpr std::uint16_t echo_request_4 = 8 << 8;    // RFC 792
inline constexpr std::uint16_t echo_request_6 = 128 << 8;  // RFC 4443, 4.1

// Adds flows of every grant, and of the resolvers for every subject: to `expired` those of grants whose day has passed,
// to `granted` all others. The first flow of each grant's prefixes and services comes before the second of any.
void draw_granted(const Policy& policy, const ProbeOptions& options, Drawing& granted, Drawing& expired);

}  // namespace egressc
