// The rules of an nftables chain.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "egressc/filter.h"
#include "readers/nft_json_condition.h"
#include "readers/nft_json_document.h"

namespace egressc::readers {

// The target of a rule that may do anything: no chain has such a name.
inline constexpr std::string_view no_chain_at_all = " ";

// Of {"expr": [...], ...}: one rule, or of a verdict map a rule for each verdict it leads to. `place` is the chain, as
// people know it. Targets are as the table names them.
std::vector<FilterRule> read_rule(const Json& rule, const NftTable& table, const std::string& place, Location where);

}  // namespace egressc::readers
