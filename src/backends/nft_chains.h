// The chains of the nftables dialect.
#pragma once

#include <string>

#include "egressc/ruleset.h"

namespace egressc::nft {

// The chain that tells gids apart, if there is one, and those of the subjects.
void print_group(std::string& text, const UidGroup& group, const std::string& tag);
void print_deny(std::string& text, const Ruleset& ruleset);
// What the base chain goes to.
void print_rules(std::string& text, const Ruleset& ruleset);
// The base chain: one rule, so that it can be switched without a set that would have to be filled meanwhile.
void print_output(std::string& text, const Ruleset& ruleset);

}  // namespace egressc::nft
