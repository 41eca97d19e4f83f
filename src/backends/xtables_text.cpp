#include <fmt/core.h>

#include <iterator>

#include "backends/dialects.h"
#include "backends/xtables.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc::backends {
namespace {

using Rule;
using State;
using Target;
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

std::string print(const Filter& filter, std::string text) {
  const Out out(text);
  text += "*filter\n";
  if (filter.output_policy)
    fmt::format_to(out, ":OUTPUT {} [0:0]\n", *filter.output_policy == Target::drop ? "DROP" : "ACCEPT");
  for (const Chain& chain : filter.chains) fmt::format_to(out, ":{} - [0:0]\n", chain.name);
  fmt::format_to(out, "-A OUTPUT -j {}\n", out_chain);
  for (const Chain& chain : filter.chains)
    for (const Rule& rule : chain.rules) print_rule(out, chain.name, rule, filter.family);
  text += "COMMIT\n";
  return text;
}

}  // namespace

std::string print_iptables_restore(const Ruleset& ruleset) {
  return print(
      filter(ruleset, Family::ipv4),
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
      filter(ruleset, Family::ipv6),
      header(ruleset, {"IPv6 only: load the iptables-restore file of the same policy beside it.",
                       "Load:   ip6tables-restore --noflush policy.v6",
                       "        Without --noflush all of the filter table is replaced.",
                       "Reload: ip6tables-restore --noflush policy.v6 && ip6tables -D OUTPUT -j EGRESSC-OUT",
                       "        A load adds a jump at the end of OUTPUT, after the rules of others; the second",
                       "        command takes the older jump away."}) +
          std::string(ipset_advice(ruleset)));
}

// ferm runs backticks, interpolates "$" in double quotes and knows directives that begin with "@": so text stands in
// single quotes only, and safe_text() leaves it nothing to act on. Each family is written out, because ferm drops an
// address of the wrong family without a word.

namespace {

using Rule;
using State;
using Target;
using Out = std::back_insert_iterator<std::string>;

void print_ports(Out out, const Rule& rule) {
  if (rule.from_port) fmt::format_to(out, " sport {}", *rule.from_port);
  if (rule.ports.empty()) return;
  const bool is_one = rule.ports.size() == 1;
  fmt::format_to(out, "{}", is_one ? " dport" : " mod multiport destination-ports (");
  for (std::string_view before = is_one ? " " : ""; const PortRange& range : rule.ports) {
    fmt::format_to(out, "{}{}", before, range.first);
    if (range.first != range.last) fmt::format_to(out, ":{}", range.last);
    before = " ";
  }
  if (!is_one) fmt::format_to(out, ")");
}

void print_protocol(Out out, const Rule& rule) {
  if (!rule.protocol) return;
  const bool v6 = rule.protocol == Protocol::icmpv6;
  fmt::format_to(out, " proto {}", v6 ? "ipv6-icmp" : to_string(*rule.protocol));
  if (rule.icmp_type) fmt::format_to(out, " {} {}", v6 ? "icmpv6-type" : "icmp-type", *rule.icmp_type);
  print_ports(out, rule);
}

void print_ids(Out out, std::string_view option, const std::optional<IdRange>& ids) {
  if (!ids) return;
  fmt::format_to(out, " mod owner {} {}", option, ids->first);
  if (ids->first != ids->last) fmt::format_to(out, "-{}", ids->last);
}

void print_log(Out out, const DenyLog& log) {
  fmt::format_to(out, " mod limit limit {}/{} limit-burst {}", log.rate, log.per, log.burst);
  if (log.group)
    fmt::format_to(out, " NFLOG nflog-group {} nflog-prefix '{}'", *log.group, log.prefix);
  else
    fmt::format_to(out, " LOG log-prefix '{}' log-level info log-uid", log.prefix);
}

void print_target(Out out, const Rule& rule, Family family) {
  switch (rule.target) {
    case Target::leave:
      fmt::format_to(out, " RETURN");
      return;
    case Target::accept:
      fmt::format_to(out, " ACCEPT");
      return;
    case Target::drop:
      fmt::format_to(out, " DROP");
      return;
    case Target::reset:
      fmt::format_to(out, " REJECT reject-with tcp-reset");
      return;
    case Target::prohibit:
      fmt::format_to(out, " REJECT reject-with {}",
                     family == Family::ipv4 ? "icmp-admin-prohibited" : "icmp6-adm-prohibited");
      return;
    case Target::log:
      print_log(out, *rule.log);
      return;
    case Target::go:
      fmt::format_to(out, " goto {}", rule.chain);
      return;
  }
}

void print_rule(std::string& text, const Rule& rule, Family family) {
  const Out out(text);
  text += "       ";
  if (rule.from) fmt::format_to(out, " saddr {}/{}", to_string(rule.from->address), rule.from->length);
  if (rule.to) fmt::format_to(out, " daddr {}/{}", to_string(rule.to->address), rule.to->length);
  if (rule.to_loopback) text += " outerface lo";
  print_protocol(out, rule);
  if (rule.hop_limit) fmt::format_to(out, " mod hl hl-eq {}", *rule.hop_limit);
  if (!rule.set.empty()) fmt::format_to(out, " mod set match-set {} dst", rule.set);
  if (rule.state != State::any) text += " mod conntrack ctstate (RELATED ESTABLISHED)";
  if (rule.state == State::replies) text += " ctdir REPLY";
  print_ids(out, "uid-owner", rule.uid);
  print_ids(out, "gid-owner", rule.gid);
  if (!rule.comment.empty()) fmt::format_to(out, " mod comment comment '{}'", rule.comment);
  print_target(out, rule, family);
  text += ";\n";
}

void print_filter(std::string& text, const Filter& filter) {
  const Out out(text);
  fmt::format_to(out, "domain {} table filter {{\n    chain OUTPUT {{\n", filter.family == Family::ipv4 ? "ip" : "ip6");
  if (filter.output_policy)
    fmt::format_to(out, "        policy {};\n", *filter.output_policy == Target::drop ? "DROP" : "ACCEPT");
  fmt::format_to(out, "        jump {};\n    }}\n", out_chain);
  for (const Chain& chain : filter.chains) {
    fmt::format_to(out, "    chain {} {{\n", chain.name);
    for (const Rule& rule : chain.rules) print_rule(text, rule, filter.family);
    text += "    }\n";
  }
  text += "}\n";
}

}  // namespace

std::string print_ferm(const Ruleset& ruleset) {
  std::string text = header(
      ruleset, {"Load:   ferm --remote --domain ip policy.ferm | iptables-nft-restore",
                "        ferm --remote --domain ip6 policy.ferm | ip6tables-nft-restore",
                "        On its own ferm takes iptables-legacy, which nft does not show.",
                "ferm replaces whole tables: the rules of others in filter are lost, and the policy of OUTPUT is",
                "ACCEPT where none is given. To keep their chains, let ferm load this by itself, after a line like",
                "        domain (ip ip6) table filter chain (DOCKER-USER f2b-sshd) @preserve;"});
  text += ipset_advice(ruleset);
  print_filter(text, filter(ruleset, Family::ipv4));
  print_filter(text, filter(ruleset, Family::ipv6));
  return text;
}

}  // namespace egressc::backends
