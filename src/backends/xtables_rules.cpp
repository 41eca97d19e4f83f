#include <fmt/core.h>

#include "backends/dialects.h"
#include "backends/xtables.h"
#include "egressc/diagnostics.h"

namespace egressc::backends {
namespace {

constexpr std::uint8_t any_hops = 0;

void add_icmp(std::vector<Rule>& rules, Family family, std::initializer_list<std::uint8_t> types, std::uint8_t hops,
              Target pass) {
  for (const std::uint8_t type : types) {
    Rule& rule = rules.emplace_back();
    rule.protocol = echo_protocol(family);
    rule.icmp_type = type;
    if (hops != any_hops) rule.hop_limit = hops;
    rule.target = pass;
  }
}

Rule udp(std::uint16_t from, std::uint16_t to, Target pass) {
  Rule rule;
  rule.protocol = Protocol::udp;
  rule.from_port = from;
  rule.ports = {{to, to}};
  rule.target = pass;
  return rule;
}

void add_dhcp(std::vector<Rule>& rules, Family family, Target pass) {
  if (family == Family::ipv4) {
    rules.push_back(udp(68, 67, pass));
    return;
  }
  const Prefix link_local{{Family::ipv6, 0xfe80000000000000, 0}, 10};
  const Prefix servers = single({Family::ipv6, 0xff02000000000000, 0x10002});  // ff02::1:2, RFC 8415, 7.1
  for (const Prefix& to : {link_local, servers}) {
    Rule rule = udp(546, 547, pass);
    rule.from = link_local;
    rule.to = to;
    rules.push_back(std::move(rule));
  }
}

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
    rule.protocol = echo_protocol(family);
    rule.icmp_type = echo_type(family);
    rule.target = pass;
  }
}

}  // namespace

void add_link_rules(std::vector<Rule>& rules, const Ruleset& ruleset, Family family, Target pass) {
  if (family == Family::ipv6) {
    if (has(ruleset, Baseline::ndp)) add_icmp(rules, family, {133, 135, 136}, 255, pass);
    if (has(ruleset, Baseline::mld)) add_icmp(rules, family, {131, 132, 143}, 1, pass);
  }
  if (has(ruleset, Baseline::dhcp)) add_dhcp(rules, family, pass);
}

void add_icmp_errors(std::vector<Rule>& rules, Family family, Target pass) {
  if (family == Family::ipv6)
    add_icmp(rules, family, {1, 2, 3, 4}, any_hops, pass);
  else
    add_icmp(rules, family, {3, 11, 12}, any_hops, pass);
}

void add_live(std::vector<Rule>& rules, const LiveSet& set, Family family, Target pass) {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) add_ports(rules, set, protocol, family, pass);
  const Protocol echo = echo_protocol(family);
  if (std::none_of(set.services.begin(), set.services.end(), [&](const Service& s) { return s.protocol == echo; }))
    return;
  Rule& rule = rules.emplace_back(lookup(set, echo, family, pass));
  rule.icmp_type = echo_type(family);
}

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

}  // namespace egressc::backends
