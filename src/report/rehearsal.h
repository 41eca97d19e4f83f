// A rehearsal as text for a person, and as JSON for a program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rehearse/rehearse.h"

namespace egressc {

// A line for each mismatch, up to a number, then a table of each subject's flows by kind.
std::string rehearsal_text(std::span<const DialectRehearsal> dialects, bool color);

// One document; egressc-rehearse(1) says what is in it. `policy` is the file, `seed` what the flows were drawn with.
std::string rehearsal_json(std::span<const DialectRehearsal> dialects, std::string_view policy, std::uint64_t seed);

// "nftables: 412 flows, no mismatch; 20000 flows a second", a line for each dialect.
std::string rehearsal_summary(std::span<const DialectRehearsal> dialects);

}  // namespace egressc
