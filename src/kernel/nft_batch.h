// A transaction of nf_tables as libnftables sends it (nfnetlink.h).
#pragma once

#include <optional>
#include <string_view>

namespace egressc::kernel {

// The messages behind the beginning of the batch: those that add to a ruleset, and NFT_MSG_DELTABLE. nullopt if there
// is anything else, or an answer is asked for: then it is no batch that was to be tried.
std::optional<std::string_view> inside_of_batch(std::string_view batch);

}  // namespace egressc::kernel
