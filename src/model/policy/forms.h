// A policy as a value and as it is written: its words and its document.
#pragma once

#include "egressc/policy.h"
#include "model/document/document.h"

namespace egressc::model {

// The words of the policy file, in the order they are listed for a person.

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

// A policy as the document it is written as.

enum class Detail : std::uint8_t {
  everything,
  meaning,  // no evidence, review, comments and marks; names in lower case
};

Tree policy_tree(const Policy& policy, Detail detail);

// Parts of it, in every detail.
Tree grant_tree(const Grant& grant);
Tree review_tree(const Review& entry);
Tree subject_tree(const Subject& subject);
Tree evidence_tree(const Evidence& evidence);

}  // namespace egressc::model
