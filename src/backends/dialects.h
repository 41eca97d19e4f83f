// What several dialects say.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/backends.h"
#include "egressc/flow_space.h"
#include "egressc/ruleset.h"

namespace egressc::backends {

// The comment at the top of every file: what the ruleset is made of and does, then `advice` on how to load it, a line
// each.
std::string header(const Ruleset& ruleset, std::initializer_list<std::string_view> advice);

// What a host needs to stay on its network, whoever its subjects are.
inline bool has(const Ruleset& ruleset, Baseline word) {
  return std::find(ruleset.baseline.begin(), ruleset.baseline.end(), word) != ruleset.baseline.end();
}

// How a denial is logged.
struct DenyLog {
  std::string_view prefix;
  std::optional<std::uint16_t> group;  // of NFLOG; without one, the kernel's log
  std::uint32_t rate = 10;
  std::string_view per = "second";  // second, minute, hour or day
  std::uint32_t burst = 50;
};

// nullopt where nothing is to be logged. Monitoring always logs. Views into `ruleset`.
std::optional<DenyLog> deny_log(const Ruleset& ruleset);

// The sets that a resolver fills, whatever dialect spells them.

// An address stays for as long in a set. A resolver adds addresses and never takes one away, so they time out; an
// established connection outlives that.
inline constexpr unsigned live_seconds = 3600;

// "n_0123456789abcdef_4"
std::string live_set_name(const LiveSet& set, Family family);

// Each set once, in the order of the subjects and their grants.
std::vector<const LiveSet*> live_sets(const Ruleset& ruleset);

// A line for the header of rules that look up ipsets, or "".
std::string_view ipset_advice(const Ruleset& ruleset);

// What a resolver is told of one name: it fills `sets` with what it answers for the name and for all below it, unless
// another name that is told of is nearer.
struct ResolverName {
  std::string_view name;
  std::vector<const LiveSet*> sets;
};

// By name. A set of "*.example.com" stands at every name below too, since the nearest name alone is heeded.
std::vector<ResolverName> resolver_names(const Ruleset& ruleset);

// dnsmasq reads a longer line in parts: MAXDNAME of its dns-protocol.h, less its ends.
inline constexpr std::size_t longest_dnsmasq_line = 1023;

// A line that fills sets: "nftset=/api.example.com/4#inet#egressc#n_1_4,6#inet#egressc#n_1_6", without its end.
std::string dnsmasq_line(const ResolverName& name, SetKind kind);

}  // namespace egressc::backends
