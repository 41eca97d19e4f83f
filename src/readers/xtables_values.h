// The values of xtables options, as iptables-save writes them. nullopt for what only the machine it runs on could
// resolve (names of hosts, users, services) and for bad text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "egressc/address.h"
#include "readers/ranges.h"

namespace egressc::readers {

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
