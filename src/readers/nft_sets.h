// The named sets of an nftables text.
#pragma once

#include <string_view>
#include <unordered_map>

#include "egressc/flow_space.h"
#include "egressc/readers.h"
#include "readers/nft_tokens.h"

namespace egressc::readers {

struct NftSet {
  Family family = Family::ipv4;
  bool by_service = false;  // elements are "address . protocol . port", else an address
  FlowSpace flows;          // what a lookup of a packet's destination finds
};

// Names are views into the text.
using NftSets = std::unordered_map<std::string_view, NftSet>;

// From the word "set" to the end of its block.
void read_set(NftTokens& tokens, NftSets& sets, LiveNames live);

}  // namespace egressc::readers
