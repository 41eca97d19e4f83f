// The ruleset generation, and with it whether nf_tables answers at all.
#pragma once

#include <cstdint>

#include "egressc/diagnostics.h"

namespace egressc::kernel {

// Of the calling thread's network namespace: NFT_MSG_GETGEN, linux/netfilter/nf_tables.h.
Result<std::uint32_t> ruleset_generation();

}  // namespace egressc::kernel
