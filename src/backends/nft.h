// The nftables ruleset of a policy as a value.
#pragma once

#include "egressc/ruleset.h"
#include "model/values/nft_table.h"

namespace egressc {

// The base chain comes last, and its one rule leads to all the others.
NftTable nft_table(const Ruleset& ruleset);

}  // namespace egressc
