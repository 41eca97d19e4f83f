// The text of a ruleset, read by whoever can.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/operand.h"

namespace egressc {

// What may stand before the colon of DIALECT:PATH: nftables, iptables, ip6tables, ferm, or what --to calls them.
bool is_ruleset_dialect(std::string_view word);

// The same for what is no ruleset, but rulesets are read with: ipset, and dnsmasq-conf for what tells dnsmasq which
// sets to fill.
bool is_companion_dialect(std::string_view word);

// Adds what the text of such a dialect says to the context. False: errors were added.
bool read_companion(std::string_view text, const std::string& file, std::string_view dialect, OperandContext& context,
                    Diagnostics& diagnostics);

// The word for a text that tells by itself; "" if it is none of these.
std::string_view companion_dialect_of(std::string_view text);

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
