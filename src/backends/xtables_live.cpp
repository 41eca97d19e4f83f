#include <fmt/core.h>

#include <algorithm>

#include "backends/live_sets.h"
#include "backends/xtables.h"
#include "backends/xtables_ports.h"
#include "egressc/diagnostics.h"

namespace egressc::xtables {
namespace {

Rule lookup(const LiveSet& set, Protocol protocol, Family family, Target pass) {
  Rule rule;
  rule.set = live_set_name(set, family);
  rule.protocol = protocol;
  rule.comment = safe_text(set.comment);
  rule.target = pass;
  return rule;
}

// As many rules as multiport needs; one without ports where every port is open.
void add_ports(std::vector<Rule>& rules, const LiveSet& set, Protocol protocol, Family family, Target pass) {
  std::size_t used = multiport_slots;
  for (const Service& service : set.services) {
    if (service.protocol != protocol) continue;
    if (service.ports.is_all()) return rules.push_back(lookup(set, protocol, family, pass));
    used += slots(service.ports);
    if (used > multiport_slots) {
      rules.push_back(lookup(set, protocol, family, pass));
      used = slots(service.ports);
    }
    rules.back().ports.push_back(service.ports);
  }
}

}  // namespace

void add_live(std::vector<Rule>& rules, const LiveSet& set, Family family, Target pass) {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) add_ports(rules, set, protocol, family, pass);
  const Protocol echo = family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6;
  if (std::none_of(set.services.begin(), set.services.end(), [&](const Service& s) { return s.protocol == echo; }))
    return;
  Rule& rule = rules.emplace_back(lookup(set, echo, family, pass));
  rule.icmp_type = echo_request(family);
}

}  // namespace egressc::xtables
