#include <initializer_list>

#include "backends/baseline.h"
#include "backends/xtables.h"

namespace egressc::xtables {
namespace {

constexpr std::uint8_t any_hops = 0;

void add_icmpv6(std::vector<Rule>& rules, std::initializer_list<std::uint8_t> types, std::uint8_t hops, Target pass) {
  for (const std::uint8_t type : types) {
    Rule& rule = rules.emplace_back();
    rule.protocol = Protocol::icmpv6;
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

}  // namespace

void add_link_rules(std::vector<Rule>& rules, const Ruleset& ruleset, Family family, Target pass) {
  if (family == Family::ipv6) {
    if (has(ruleset, Baseline::ndp)) add_icmpv6(rules, {133, 135, 136}, 255, pass);
    if (has(ruleset, Baseline::mld)) add_icmpv6(rules, {131, 132, 143}, 1, pass);
  }
  if (has(ruleset, Baseline::dhcp)) add_dhcp(rules, family, pass);
}

void add_icmp_errors(std::vector<Rule>& rules, Family family, Target pass) {
  if (family == Family::ipv6) {
    add_icmpv6(rules, {1, 2, 3, 4}, any_hops, pass);
    return;
  }
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{3, 11, 12}) {
    Rule& rule = rules.emplace_back();
    rule.protocol = Protocol::icmp;
    rule.icmp_type = type;
    rule.target = pass;
  }
}

}  // namespace egressc::xtables
