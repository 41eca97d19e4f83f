// Values of an agent's fields, which it may have written as numbers or as strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/time.h"

namespace egressc {

// A uid, gid or pid in decimal. nullopt also for the number that stands for none.
std::optional<std::uint32_t> parse_id(std::string_view text);
// A name or number of an IP protocol that has ports, or of ICMP; ip_protocol::unknown for anything else.
std::uint8_t parse_ip_protocol(std::string_view text);
// ISO 8601, or a number since 1970: its size tells whether of seconds, milli-, micro- or nanoseconds. no_time for
// anything else, and for times after the year 9999.
Micros parse_agent_time(std::string_view text, int utc_offset_minutes);
// Without regard to case; `lower` is lower case.
bool equals_lower(std::string_view text, std::string_view lower);

inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace egressc
