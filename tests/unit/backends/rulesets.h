// Rulesets for tests, built by hand.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "egressc/backends.h"
#include "egressc/ruleset.h"

namespace egressc::rulesets {

struct Printer {
  std::string_view name;
  std::string (*print)(const Ruleset&);
};
inline constexpr Printer printers[] = {
    {"nftables", print_nftables},
    {"iptables-restore", print_iptables_restore},
    {"ip6tables-restore", print_ip6tables_restore},
    {"ferm", print_ferm},
    {"ipset", print_ipset},
    {"dnsmasq", print_dnsmasq},
    {"dnsmasq-ipset", print_dnsmasq_ipset},
};

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
