#include <fmt/core.h>

#include <iterator>

#include "backends/header.h"
#include "backends/live_sets.h"
#include "backends/xtables.h"
#include "egressc/backends.h"

namespace egressc {
namespace {

using xtables::Rule;
using xtables::State;
using xtables::Target;
using Out = std::back_insert_iterator<std::string>;

void print_state(Out out, State state) {
  if (state == State::any) return;
  fmt::format_to(out, " -m conntrack --ctstate RELATED,ESTABLISHED{}", state == State::replies ? " --ctdir REPLY" : "");
}

// "443", "1000:2000"
void print_range(Out out, const PortRange& range) {
  fmt::format_to(out, "{}", range.first);
  if (range.first != range.last) fmt::format_to(out, ":{}", range.last);
}

void print_ports(Out out, const Rule& rule) {
  if (rule.from_port || rule.ports.size() == 1) fmt::format_to(out, " -m {}", to_string(*rule.protocol));
  if (rule.from_port) fmt::format_to(out, " --sport {}", *rule.from_port);
  if (rule.ports.empty()) return;
  fmt::format_to(out, "{}", rule.ports.size() == 1 ? " --dport " : " -m multiport --dports ");
  for (std::string_view before; const PortRange& range : rule.ports) {
    fmt::format_to(out, "{}", before);
    print_range(out, range);
    before = ",";
  }
}

void print_protocol(Out out, const Rule& rule) {
  if (!rule.protocol) return;
  const bool v6 = rule.protocol == Protocol::icmpv6;
  fmt::format_to(out, " -p {}", v6 ? "ipv6-icmp" : to_string(*rule.protocol));
  if (rule.icmp_type) fmt::format_to(out, " -m {}-type {}", v6 ? "icmp6 --icmpv6" : "icmp --icmp", *rule.icmp_type);
  print_ports(out, rule);
}

void print_ids(Out out, std::string_view option, const std::optional<IdRange>& ids) {
  if (!ids) return;
  fmt::format_to(out, " -m owner {} {}", option, ids->first);
  if (ids->first != ids->last) fmt::format_to(out, "-{}", ids->last);
}

void print_log(Out out, const DenyLog& log) {
  fmt::format_to(out, " -m limit --limit {}/{} --limit-burst {}", log.rate, log.per, log.burst);
  if (log.group)
    fmt::format_to(out, " -j NFLOG --nflog-group {} --nflog-prefix \"{}\"\n", *log.group, log.prefix);
  else
    fmt::format_to(out, " -j LOG --log-prefix \"{}\" --log-level info --log-uid\n", log.prefix);
}

void print_target(Out out, const Rule& rule, Family family) {
  switch (rule.target) {
    case Target::leave:
      fmt::format_to(out, " -j RETURN\n");
      return;
    case Target::accept:
      fmt::format_to(out, " -j ACCEPT\n");
      return;
    case Target::drop:
      fmt::format_to(out, " -j DROP\n");
      return;
    case Target::reset:
      fmt::format_to(out, " -j REJECT --reject-with tcp-reset\n");
      return;
    case Target::prohibit:
      fmt::format_to(out, " -j REJECT --reject-with {}\n",
                     family == Family::ipv4 ? "icmp-admin-prohibited" : "icmp6-adm-prohibited");
      return;
    case Target::log:
      print_log(out, *rule.log);
      return;
    case Target::go:
      fmt::format_to(out, " -g {}\n", rule.chain);
      return;
  }
}

void print_rule(Out out, std::string_view chain, const Rule& rule, Family family) {
  fmt::format_to(out, "-A {}", chain);
  if (rule.from) fmt::format_to(out, " -s {}/{}", to_string(rule.from->address), rule.from->length);
  if (rule.to) fmt::format_to(out, " -d {}/{}", to_string(rule.to->address), rule.to->length);
  if (rule.to_loopback) fmt::format_to(out, " -o lo");
  print_protocol(out, rule);
  if (rule.hop_limit) fmt::format_to(out, " -m hl --hl-eq {}", *rule.hop_limit);
  if (!rule.set.empty()) fmt::format_to(out, " -m set --match-set {} dst", rule.set);
  print_state(out, rule.state);
  print_ids(out, "--uid-owner", rule.uid);
  print_ids(out, "--gid-owner", rule.gid);
  if (!rule.comment.empty()) fmt::format_to(out, " -m comment --comment \"{}\"", rule.comment);
  print_target(out, rule, family);
}

std::string print(const xtables::Filter& filter, std::string text) {
  const Out out(text);
  text += "*filter\n";
  if (filter.output_policy)
    fmt::format_to(out, ":OUTPUT {} [0:0]\n", *filter.output_policy == Target::drop ? "DROP" : "ACCEPT");
  for (const xtables::Chain& chain : filter.chains) fmt::format_to(out, ":{} - [0:0]\n", chain.name);
  fmt::format_to(out, "-A OUTPUT -j {}\n", xtables::out_chain);
  for (const xtables::Chain& chain : filter.chains)
    for (const Rule& rule : chain.rules) print_rule(out, chain.name, rule, filter.family);
  text += "COMMIT\n";
  return text;
}

}  // namespace

std::string print_iptables_restore(const Ruleset& ruleset) {
  return print(
      xtables::filter(ruleset, Family::ipv4),
      header(ruleset, {"IPv4 only: load the ip6tables-restore file of the same policy beside it.",
                       "Load:   iptables-restore --noflush policy.v4",
                       "        Without --noflush all of the filter table is replaced.",
                       "Reload: iptables-restore --noflush policy.v4 && iptables -D OUTPUT -j EGRESSC-OUT",
                       "        A load adds a jump at the end of OUTPUT, after the rules of others; the second",
                       "        command takes the older jump away."}) +
          std::string(ipset_advice(ruleset)));
}

std::string print_ip6tables_restore(const Ruleset& ruleset) {
  return print(
      xtables::filter(ruleset, Family::ipv6),
      header(ruleset, {"IPv6 only: load the iptables-restore file of the same policy beside it.",
                       "Load:   ip6tables-restore --noflush policy.v6",
                       "        Without --noflush all of the filter table is replaced.",
                       "Reload: ip6tables-restore --noflush policy.v6 && ip6tables -D OUTPUT -j EGRESSC-OUT",
                       "        A load adds a jump at the end of OUTPUT, after the rules of others; the second",
                       "        command takes the older jump away."}) +
          std::string(ipset_advice(ruleset)));
}

}  // namespace egressc
