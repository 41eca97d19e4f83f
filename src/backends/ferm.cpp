// ferm runs backticks, interpolates "$" in double quotes and knows directives that begin with "@": so text stands in
// single quotes only, and safe_text() leaves it nothing to act on. Each family is written out, because ferm drops an
// address of the wrong family without a word.
#include <fmt/core.h>

#include <iterator>

#include "backends/header.h"
#include "backends/live_sets.h"
#include "backends/xtables.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc {
namespace {

using xtables::Rule;
using xtables::State;
using xtables::Target;
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

void print_filter(std::string& text, const xtables::Filter& filter) {
  const Out out(text);
  fmt::format_to(out, "domain {} table filter {{\n    chain OUTPUT {{\n", filter.family == Family::ipv4 ? "ip" : "ip6");
  if (filter.output_policy)
    fmt::format_to(out, "        policy {};\n", *filter.output_policy == Target::drop ? "DROP" : "ACCEPT");
  fmt::format_to(out, "        jump {};\n    }}\n", xtables::out_chain);
  for (const xtables::Chain& chain : filter.chains) {
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
  print_filter(text, xtables::filter(ruleset, Family::ipv4));
  print_filter(text, xtables::filter(ruleset, Family::ipv6));
  return text;
}

}  // namespace egressc
