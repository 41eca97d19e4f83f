// What people should know of a ruleset of nftables beside what its rules mean.
#pragma once

#include <string>

#include "egressc/diagnostics.h"
#include "readers/nft_json_chains.h"
#include "readers/nft_json_sets.h"

namespace egressc::readers {

void note_chains(const NftChains& chains, const std::string& file, Diagnostics& diagnostics);
void note_sets(const NftJsonSets& sets, const std::string& file, Diagnostics& diagnostics);

// Whether a packet on its way out may meet a rule that keeps conntrack from it.
bool has_notrack(const NftChains& chains);

}  // namespace egressc::readers
