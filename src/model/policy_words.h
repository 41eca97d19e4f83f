// The words of the policy file, in the order they are listed for a person.
#pragma once

#include "egressc/policy.h"

namespace egressc {

inline constexpr Scope scopes[] = {Scope::host, Scope::subjects};
inline constexpr Deny denials[] = {Deny::reject, Deny::drop};
inline constexpr Mode modes[] = {Mode::enforce, Mode::monitor};
inline constexpr Established established_rules[] = {Established::keep, Established::cut};
inline constexpr Baseline baselines[] = {Baseline::ndp, Baseline::mld, Baseline::dhcp, Baseline::icmp_errors,
                                         Baseline::loopback};
inline constexpr Reason reasons[] = {Reason::metadata,   Reason::guard,  Reason::claimed,   Reason::denied,
                                     Reason::noise,      Reason::unsent, Reason::rebinding, Reason::ambiguous,
                                     Reason::no_subject, Reason::unused};
inline constexpr std::string_view rate_units[] = {"second", "minute", "hour", "day"};

// What the iptables limit match can still tell apart (xt_limit.h: XT_LIMIT_SCALE).
inline constexpr std::uint32_t highest_rate = 10'000;

}  // namespace egressc
