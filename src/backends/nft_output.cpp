#include <fmt/core.h>

#include <iterator>

#include "backends/baseline.h"
#include "backends/deny_log.h"
#include "backends/nft_chains.h"
#include "backends/nft_verdicts.h"
#include "egressc/backends.h"

namespace egressc::nft {
namespace {

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

}  // namespace

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

void print_output(std::string& text, const Ruleset& ruleset) {
  const bool drops = ruleset.scope == Scope::host && ruleset.mode == Mode::enforce;
  fmt::format_to(std::back_inserter(text),
                 "\tchain output {{\n\t\ttype filter hook output priority filter; policy {};\n"
                 "\t\tgoto rules{} comment \"{}\"\n\t}}\n",
                 drops ? "drop" : "accept", ruleset.tag, table_comment(ruleset));
}

}  // namespace egressc::nft
