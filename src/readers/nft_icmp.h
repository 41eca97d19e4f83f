// The ICMP types that egressc names, as nft calls them.
#pragma once

#include <cstdint>

#include "egressc/address.h"
#include "readers/nft_tokens.h"

namespace egressc::readers {

std::uint8_t take_icmp_type(NftTokens& tokens, Family family);

}  // namespace egressc::readers
