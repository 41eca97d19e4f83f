#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "backends/dialects.h"
#include "backends/nft.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc::backends {
namespace {

// "meta KEY vmap { … }" with an entry a line; nothing at all without entries.
class Verdicts {
 public:
  Verdicts(std::string& text, std::string_view key) : text_(text), key_(key) {}

  void add(const std::vector<IdRange>& ids, std::string_view chain) {
    const auto out = std::back_inserter(text_);
    for (const IdRange& range : ids) {
      if (is_first_)
        fmt::format_to(out, "\t\tmeta {} vmap {{\n\t\t\t", key_);
      else
        text_ += ",\n\t\t\t";
      is_first_ = false;
      fmt::format_to(out, "{}", range.first);
      if (range.first != range.last) fmt::format_to(out, "-{}", range.last);
      fmt::format_to(out, " : goto {}", chain);
    }
  }

  void end() {
    if (!is_first_) text_ += "\n\t\t}\n";
  }

 private:
  std::string& text_;
  std::string_view key_;
  bool is_first_ = true;
};

constexpr std::string_view lookup_4 = "ip daddr . meta l4proto . th dport";
constexpr std::string_view lookup_6 = "ip6 daddr . meta l4proto . th dport";

std::string ports_of(const LiveSet& set, Protocol protocol) {
  std::string list;
  for (const Service& service : set.services) {
    if (service.protocol != protocol) continue;
    if (service.ports.is_all()) return fmt::format("meta l4proto {}", to_string(protocol));
    if (!list.empty()) list += ", ";
    list += fmt::format("{}", service.ports.first);
    if (service.ports.first != service.ports.last) list += fmt::format("-{}", service.ports.last);
  }
  return list.empty() ? list : fmt::format("{} dport {{ {} }}", to_string(protocol), list);
}

bool has_service(const LiveSet& set, Protocol protocol) {
  return std::any_of(set.services.begin(), set.services.end(),
                     [&](const Service& s) { return s.protocol == protocol; });
}

void print_live(std::string& text, const LiveSet& set) {
  const auto out = std::back_inserter(text);
  const std::string comment = set.comment.empty() ? "" : fmt::format(" comment \"{}\"", safe_text(set.comment));
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    const std::string ports = ports_of(set, protocol);
    if (ports.empty()) continue;
    fmt::format_to(out, "\t\tip daddr @{}_4 {} counter accept{}\n", set.identifier, ports, comment);
    fmt::format_to(out, "\t\tip6 daddr @{}_6 {} counter accept{}\n", set.identifier, ports, comment);
  }
  if (has_service(set, Protocol::icmp))
    fmt::format_to(out, "\t\tip daddr @{}_4 icmp type echo-request counter accept{}\n", set.identifier, comment);
  if (has_service(set, Protocol::icmpv6))
    fmt::format_to(out, "\t\tip6 daddr @{}_6 icmpv6 type echo-request counter accept{}\n", set.identifier, comment);
}

void print_subject(std::string& text, const SubjectRules& rules, const std::string& tag) {
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "\tchain {} {{\n", rules.chain);
  if (!rules.label.empty()) fmt::format_to(out, "\t\tcomment \"{}\"\n", safe_text(rules.label));
  if (has_boxes(rules, Family::ipv4)) fmt::format_to(out, "\t\t{} @{}_4 counter accept\n", lookup_4, rules.chain);
  if (has_boxes(rules, Family::ipv6)) fmt::format_to(out, "\t\t{} @{}_6 counter accept\n", lookup_6, rules.chain);
  // The type comes first: what is looked up in a set is counted there, whatever the rest of the rule says.
  if (has_echo(rules, Family::ipv4))
    fmt::format_to(out, "\t\ticmp type echo-request ip daddr @{}_echo_4 counter accept\n", rules.chain);
  if (has_echo(rules, Family::ipv6))
    fmt::format_to(out, "\t\ticmpv6 type echo-request ip6 daddr @{}_echo_6 counter accept\n", rules.chain);
  for (const LiveSet& set : rules.live) print_live(text, set);
  fmt::format_to(std::back_inserter(text), "\t\tcounter goto deny{}\n\t}}\n", tag);
}

// The chain that tells gids apart, if there is one, and those of the subjects.
void print_group(std::string& text, const UidGroup& group, const std::string& tag) {
  for (const SubjectRules& rules : group.subjects) print_subject(text, rules, tag);
  if (group.chain.empty()) return;
  fmt::format_to(std::back_inserter(text), "\tchain {} {{\n", group.chain);
  Verdicts verdicts(text, "skgid");
  for (const SubjectRules& rules : group.subjects) verdicts.add(rules.gids, rules.chain);
  verdicts.end();
  fmt::format_to(std::back_inserter(text), "\t\tcounter goto deny{}\n\t}}\n", tag);
}

// What a host needs to stay on its network. Before the subjects: a daemon that does it may be one.
constexpr std::string_view ndp =
    "\t\ticmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 counter accept\n";
constexpr std::string_view mld =
    "\t\tip6 hoplimit 1 icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } counter accept\n";
constexpr std::string_view dhcp =
    "\t\tmeta nfproto ipv4 udp sport 68 udp dport 67 counter accept\n"
    "\t\tip6 saddr fe80::/10 ip6 daddr { fe80::/10, ff02::1:2 } udp sport 546 udp dport 547 counter accept\n";
// After everything that has an owner: the kernel's own.
constexpr std::string_view icmp_errors =
    "\t\ticmp type { destination-unreachable, time-exceeded, parameter-problem } counter accept\n"
    "\t\ticmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } counter accept\n";

void print_dispatch(std::string& text, const Ruleset& ruleset) {
  Verdicts uids(text, "skuid");
  for (const UidGroup& group : ruleset.groups)
    if (!group.uids.empty()) uids.add(group.uids, group.chain.empty() ? group.subjects.front().chain : group.chain);
  uids.end();
  Verdicts gids(text, "skgid");
  for (const UidGroup& group : ruleset.groups)
    if (group.uids.empty())
      for (const SubjectRules& rules : group.subjects) gids.add(rules.gids, rules.chain);
  gids.end();
}

void print_deny(std::string& text, const Ruleset& ruleset) {
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "\tchain deny{} {{\n", ruleset.tag);
  if (const auto log = deny_log(ruleset)) {
    fmt::format_to(out, "\t\tlimit rate {}/{} burst {} packets log prefix \"{}\" ", log->rate, log->per, log->burst,
                   log->prefix);
    if (log->group)
      fmt::format_to(out, "group {}\n", *log->group);
    else
      text += "level info flags skuid\n";
  }
  if (ruleset.mode == Mode::monitor)
    text += "\t\tcounter accept\n";
  else if (ruleset.deny == Deny::drop)
    text += "\t\tcounter drop\n";
  else
    text += "\t\tmeta l4proto tcp counter reject with tcp reset\n\t\tcounter reject with icmpx admin-prohibited\n";
  text += "\t}\n";
}

// What the base chain goes to.
void print_rules(std::string& text, const Ruleset& ruleset) {
  const bool is_host = ruleset.scope == Scope::host;
  const bool keeps = ruleset.established == Established::keep;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "\tchain rules{} {{\n\t\t{}ct state established,related counter accept\n", ruleset.tag,
                 keeps ? "" : "ct direction reply ");
  if (has(ruleset, Baseline::ndp)) text += ndp;
  if (has(ruleset, Baseline::mld)) text += mld;
  if (has(ruleset, Baseline::dhcp)) text += dhcp;
  print_dispatch(text, ruleset);
  if (is_host) {
    if (has(ruleset, Baseline::loopback)) text += "\t\toif \"lo\" counter accept\n";
    fmt::format_to(out, "\t\tmeta skuid 0-4294967294 counter goto deny{}\n", ruleset.tag);
    // Packets that have lost their owner: what was queued when a socket was closed, resets, acknowledgements.
    if (!keeps) text += "\t\tct state established,related counter accept\n";
    if (has(ruleset, Baseline::icmp_errors)) text += icmp_errors;
    fmt::format_to(out, "\t\tcounter goto deny{}\n", ruleset.tag);
  }
  text += "\t}\n";
}

// One rule, so that it can be switched without a set that would have to be filled meanwhile.
void print_output(std::string& text, const Ruleset& ruleset) {
  const bool drops = ruleset.scope == Scope::host && ruleset.mode == Mode::enforce;
  fmt::format_to(std::back_inserter(text),
                 "\tchain output {{\n\t\ttype filter hook output priority filter; policy {};\n"
                 "\t\tgoto rules{} comment \"{}\"\n\t}}\n",
                 drops ? "drop" : "accept", ruleset.tag, table_comment(ruleset));
}

}  // namespace

std::string print_nftables(const Ruleset& ruleset) {
  std::string text = header(ruleset, {"Load:   nft --check --file policy.nft && nft --file policy.nft",
                                      "        One transaction; it replaces the table inet egressc and nothing else.",
                                      "Remove: nft delete table inet egressc"});
  text += "add table inet egressc\ndelete table inet egressc\ntable inet egressc {\n";
  std::set<std::string_view> live;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects) print_sets(text, rules, live);
  for (const UidGroup& group : ruleset.groups) print_group(text, group, ruleset.tag);
  print_deny(text, ruleset);
  print_rules(text, ruleset);
  print_output(text, ruleset);
  text += "}\n";
  return text;
}

}  // namespace egressc::backends

namespace egressc {

std::string table_comment(const Ruleset& ruleset) {
  return fmt::format("egressc {} policy sha256 {}", safe_text(ruleset.version).substr(0, 32),
                     safe_text(ruleset.policy_hash).substr(0, 64));
}

}  // namespace egressc
