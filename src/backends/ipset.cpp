#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "backends/header.h"
#include "backends/live_sets.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc {
namespace {

using Out = std::back_insert_iterator<std::string>;

// The kernel refuses a hash:net element of length 0.
std::vector<Prefix> elements_of(const Prefix& prefix) {
  if (prefix.length != 0) return {prefix};
  Prefix low = prefix;
  low.length = 1;
  Prefix high = low;
  (prefix.address.family == Family::ipv4 ? high.address.low : high.address.high) =
      std::uint64_t{1} << (prefix.address.family == Family::ipv4 ? 31 : 63);
  return {low, high};
}

void print_set(Out out, const LiveSet& set, Family family) {
  const std::string name = live_set_name(set, family);
  fmt::format_to(out, "create {} hash:net family {} timeout {} maxelem {} -exist\n", name,
                 family == Family::ipv4 ? "inet" : "inet6", live_seconds, most_live_addresses);
  for (const Prefix& address : set.addresses) {
    if (address.address.family != family) continue;
    for (const Prefix& element : elements_of(address))
      fmt::format_to(out, "add {} {} -exist\n", name, to_string(element));
  }
}

}  // namespace

std::string print_ipset(const Ruleset& ruleset) {
  std::string text = header(
      ruleset, {"The sets that the iptables-restore, ip6tables-restore and ferm files of the same policy look up.",
                "Load:   ipset restore < policy.ipset",
                "        First, before the rules. What the sets hold already stays and starts its time anew.",
                "Remove: ipset destroy NAME, for each set, after the rules"});
  const Out out(text);
  const auto sets = live_sets(ruleset);
  if (sets.empty()) text += "# No grant follows DNS (live): there is nothing to create.\n";
  for (const LiveSet* set : sets) {
    fmt::format_to(out, "# live {}: {}\n", set->identifier, safe_text(set->comment));
    for (const Family family : {Family::ipv4, Family::ipv6}) print_set(out, *set, family);
  }
  return text;
}

}  // namespace egressc
