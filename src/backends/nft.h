// The named sets of the nftables dialect.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "egressc/ruleset.h"

namespace egressc::backends {

// Whether anything of `rules` lies in `family`: an empty set is not printed, and then no rule may look it up.
bool has_boxes(const SubjectRules& rules, Family family);
bool has_echo(const SubjectRules& rules, Family family);

// Appends the sets of one subject. `live` holds the identifiers that are printed already.
void print_sets(std::string& text, const SubjectRules& rules, std::set<std::string_view>& live);

}  // namespace egressc::backends
