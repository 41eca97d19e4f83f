// Sets of numbers of up to 128 bits: ids, protocols, addresses, ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "egressc/address.h"

namespace egressc::readers {

__extension__ typedef unsigned __int128 Number;

// Inclusive.
struct Range {
  Number first = 0;
  Number last = 0;
  bool operator==(const Range&) const = default;
};

// Ascending, disjoint and not touching.
using Ranges = std::vector<Range>;

// The union of any ranges. Those whose last lies before their first hold nothing.
Ranges ranges_of(std::vector<Range> any);
Ranges intersection(const Ranges& a, const Ranges& b);
// What of 0 to `last` is not in `ranges`.
Ranges complement(const Ranges& ranges, Number last);

// The values of xtables options, as iptables-save writes them. nullopt for what only the machine it runs on could
// resolve (names of hosts, users, services) and for bad text.

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t last);
// "1000", "1000-2000"; with `separator` ':' also "1000:" and ":2000".
std::optional<Range> parse_range(std::string_view text, char separator, std::uint64_t last);
// "192.0.2.0/24", "192.0.2.1", "192.0.2.0/255.255.255.0"; host bits are cut off, as the kernel's tools do.
std::optional<Range> parse_network(std::string_view text, Family family);
std::optional<Number> parse_plain_address(std::string_view text, Family family);
// "tcp", "6"; every protocol for "all" and "0".
std::optional<Range> parse_ip_protocol(std::string_view text);
// "8", "3/1", "echo-request": as the port of a FlowPoint.
std::optional<Range> parse_icmp(std::string_view text, Family family);

// Takes the text up to the first `separator` off the front of `rest`.
std::string_view take_item(std::string_view& rest, char separator);

}  // namespace egressc::readers
