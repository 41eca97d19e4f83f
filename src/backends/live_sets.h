// The sets that a resolver fills, whatever dialect spells them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "egressc/ruleset.h"

namespace egressc {

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

}  // namespace egressc
