// Rulesets read back: what they mean is computed from the text alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/live.h"

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
// write is an error with its line and column. A set that times out is live: where `markers` are given, the one of its
// comment is an element besides.
std::optional<Filter> read_nftables(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                    LiveMarkers* markers = nullptr);

}  // namespace egressc
