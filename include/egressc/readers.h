// Rulesets read back: what they mean is computed from the text alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"

namespace egressc {

// iptables-restore or iptables-save text, of one family. Rules that are not fully understood are undecided; text that
// iptables-restore would refuse as a whole is an error. nullopt exactly if errors were added. Of the tables, nat is
// left out: destinations are those after it.
std::optional<Filter> read_iptables(std::string_view text, const std::string& file, Family family,
                                    Diagnostics& diagnostics);

// What egressc prints as ferm, and no more of that language: the rules of one of its two families.
std::optional<Filter> read_ferm(std::string_view text, const std::string& file, Family family,
                                Diagnostics& diagnostics);

// The nftables text that egressc writes: one table inet, replaced whole. It is for both families. What egressc does not
// write is an error with its line and column.
std::optional<Filter> read_nftables(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// What `nft -j list ruleset` prints (libnftables-json(5), read as libnftables 1.0.6 writes it), of any machine, with the
// elements of its sets (no --terse): every base chain on output and postrouting that filters, of tables inet, ip and
// ip6. Chains are named "inet table chain". Rules that are not fully understood are undecided; text that is no such
// listing is an error. nullopt exactly if errors were added. Base chains of type nat are left out: destinations are
// those after it. Notes say so where it matters, and name tables of other families that may drop what leaves, and sets
// that change while they are in use. Throws std::length_error where FlowSpace does.
std::optional<Filter> read_nftables_json(std::string_view json, const std::string& file, Diagnostics& diagnostics);

}  // namespace egressc
