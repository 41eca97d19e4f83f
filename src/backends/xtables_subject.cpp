#include "backends/xtables.h"
#include "backends/xtables_ports.h"

namespace egressc::xtables {
namespace {

bool same_flow(const Box& a, const Box& b) { return a.addresses == b.addresses && a.protocol == b.protocol; }

// One rule for boxes of the same addresses and protocol, as far as the slots go. Moves `at` on.
Rule rule_of(const std::vector<Box>& boxes, std::size_t& at, const Prefix& to, Target pass) {
  const Box& first = boxes[at];
  Rule rule;
  rule.to = to;
  rule.protocol = first.protocol;
  rule.target = pass;
  if (first.ports.is_all()) {
    ++at;
    return rule;
  }
  std::size_t used = 0;
  for (; at != boxes.size() && same_flow(boxes[at], first); ++at) {
    used += slots(boxes[at].ports);
    if (used > multiport_slots) break;
    rule.ports.push_back(boxes[at].ports);
  }
  return rule;
}

void add_boxes(std::vector<Rule>& rules, const std::vector<Box>& boxes, Family family, Target pass) {
  for (std::size_t at = 0; at != boxes.size();) {
    const std::size_t start = at;
    if (boxes[at].addresses.first.family != family) {
      ++at;
      continue;
    }
    for (const Prefix& to : prefixes_of(boxes[start].addresses)) {
      at = start;
      rules.push_back(rule_of(boxes, at, to, pass));
    }
  }
}

void add_echo(std::vector<Rule>& rules, const std::vector<Prefix>& echo, Family family, Target pass) {
  for (const Prefix& to : echo) {
    if (to.address.family != family) continue;
    Rule& rule = rules.emplace_back();
    rule.to = to;
    rule.protocol = family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6;
    rule.icmp_type = echo_request(family);
    rule.target = pass;
  }
}

}  // namespace

std::string chain_name(std::string_view chain) {
  std::string name = "EGRESSC-";
  for (const char c : chain) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

Chain subject_chain(const SubjectRules& rules, Family family, Target pass) {
  Chain chain;
  chain.name = chain_name(rules.chain);
  add_boxes(chain.rules, rules.boxes, family, pass);
  add_echo(chain.rules, rules.echo, family, pass);
  for (const LiveSet& set : rules.live) add_live(chain.rules, set, family, pass);
  Rule& rest = chain.rules.emplace_back();
  rest.target = Target::go;
  rest.chain = deny_chain;
  return chain;
}

}  // namespace egressc::xtables
