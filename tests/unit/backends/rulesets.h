// Rulesets for tests, built by hand.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "egressc/policy.h"
#include "egressc/ruleset.h"

namespace egressc::rulesets {

inline Box box(std::string_view prefix, Protocol protocol, unsigned first, unsigned last) {
  return {range_of(parse_prefix(prefix).value()),
          protocol,
          {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)}};
}

// uid 1001, called "agent".
inline Ruleset one_subject(std::vector<Box> boxes) {
  SubjectRules rules;
  rules.label = "agent";
  rules.chain = "u1001";
  rules.uids = {{1001, 1001}};
  rules.boxes = std::move(boxes);
  Ruleset ruleset;
  ruleset.version = "0.1.0";
  ruleset.policy_hash = "00ff";
  ruleset.scope = Scope::subjects;
  ruleset.groups = {{rules.uids, "", {rules}}};
  return ruleset;
}

}  // namespace egressc::rulesets
