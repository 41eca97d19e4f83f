// The text of a ruleset, read by whoever can.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/operand.h"

namespace egressc {

// What may stand before the colon of DIALECT:PATH: nftables, iptables, ip6tables, ferm, or what --to calls them.
bool is_ruleset_dialect(std::string_view word);

// The rulesets of one text: one, or for ferm one for each family. `dialect` may be "": then the text tells. `file`
// names it in locations. nullopt: errors were added.
Result<std::optional<std::vector<ReadRuleset>>> read_ruleset(std::string_view text, const std::string& file,
                                                             std::string_view dialect, const OperandContext& context,
                                                             Diagnostics& diagnostics);

// All that a kernel lists: every one of them has to let a flow pass. `left_out` are tables of nftables that do not
// count: "inet egressc".
std::optional<std::vector<ReadRuleset>> read_listing(const Listing& listing, const std::string& file,
                                                     const OperandContext& context, Diagnostics& diagnostics,
                                                     std::vector<std::string> left_out = {});

}  // namespace egressc
