// The conditions of a rule of nftables.
#pragma once

#include <string>

#include "readers/nft_json_document.h"
#include "readers/nft_json_match.h"
#include "readers/nft_json_sets.h"

namespace egressc::readers {

// What the rules of one table refer to.
struct NftTable {
  std::string name;  // as NftJsonSets knows it
  NftJsonSets& sets;
  NftTracking tracking;
};

// {"op": "==", "left": ..., "right": ...}
void read_condition(const Json& condition, const NftTable& table, NftJsonMatch& match);

}  // namespace egressc::readers
