// The nftables ruleset of a policy as a value, and its text.
#pragma once

#include <string>

#include "egressc/ruleset.h"
#include "model/values/nft_table.h"

namespace egressc {

// The base chain comes last, and its one rule leads to all the others.
NftTable nft_table(const Ruleset& ruleset);

// nftables text (nft(8)) that does the same.
std::string nft_text(const NftChange& change);

}  // namespace egressc
