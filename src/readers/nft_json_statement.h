// The statements of nftables that are neither a condition nor a verdict of nftables' own.
#pragma once

#include "readers/nft_json_condition.h"
#include "readers/nft_json_document.h"
#include "readers/nft_json_match.h"

namespace egressc::readers {

enum class NftEffect : std::uint8_t {
  none,  // the rule goes on, if `match` still does
  drop,
  anything,  // the packet may go on, be accepted, dropped, or changed
};

// What a statement does to packets that got so far; it may end the rule for some, and narrows `match` to the others.
NftEffect read_effect(const NamedJson& statement, const NftTable& table, NftJsonMatch& match);

}  // namespace egressc::readers
