// The chains of the nftables dialect.
#pragma once

#include <string>

#include "egressc/ruleset.h"

namespace egressc::nft {

// The chain that tells gids apart, if there is one, and those of the subjects.
void print_group(std::string& text, const UidGroup& group);
void print_deny(std::string& text, const Ruleset& ruleset);
void print_output(std::string& text, const Ruleset& ruleset);

}  // namespace egressc::nft
