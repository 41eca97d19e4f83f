// The rules of an nftables chain.
#pragma once

#include <vector>

#include "egressc/filter.h"
#include "readers/nft_sets.h"
#include "readers/nft_tokens.h"

namespace egressc::readers {

// One rule with the end of its line; of a verdict map, a rule for each entry.
void read_rule(NftTokens& tokens, const NftSets& sets, std::vector<FilterRule>& rules);

}  // namespace egressc::readers
