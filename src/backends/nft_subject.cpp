#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "backends/nft_chains.h"
#include "backends/nft_sets.h"
#include "backends/nft_verdicts.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc::nft {
namespace {

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

}  // namespace

void print_group(std::string& text, const UidGroup& group, const std::string& tag) {
  for (const SubjectRules& rules : group.subjects) print_subject(text, rules, tag);
  if (group.chain.empty()) return;
  fmt::format_to(std::back_inserter(text), "\tchain {} {{\n", group.chain);
  Verdicts verdicts(text, "skgid");
  for (const SubjectRules& rules : group.subjects) verdicts.add(rules.gids, rules.chain);
  verdicts.end();
  fmt::format_to(std::back_inserter(text), "\t\tcounter goto deny{}\n\t}}\n", tag);
}

}  // namespace egressc::nft
