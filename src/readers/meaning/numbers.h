// Numbers as rulesets write them, ids, protocols, addresses and ports: ranges of up to 128 bits, and words for them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "model/words/text.h"

namespace egressc::readers {

__extension__ typedef unsigned __int128 Number;

// Inclusive.
struct Range {
  Number first = 0;
  Number last = 0;
  bool operator==(const Range&) const = default;
  bool holds(Number value) const { return first <= value && value <= last; }
};

// Ascending, disjoint and not touching.
using Ranges = std::vector<Range>;

// The values that are surely meant, and those that possibly are.
struct RangeBounds {
  Ranges sure;
  Ranges possible;
};

// The union of any ranges. Those whose last lies before their first hold nothing.
Ranges ranges_of(std::vector<Range> any);
Ranges intersection(const Ranges& a, const Ranges& b);
// What of 0 to `last` is not in `ranges`.
Ranges complement(const Ranges& ranges, Number last);

// 2^count - 1
constexpr Number low_bits(unsigned count) { return count == 128 ? ~Number{0} : (Number{1} << count) - 1; }
constexpr unsigned address_bits(Family family) { return family == Family::ipv4 ? 32 : 128; }
constexpr Number last_address(Family family) { return low_bits(address_bits(family)); }
// Of an address, the prefix of this length that holds it.
Range network_of(Number address, unsigned length, Family family);
AddressRange addresses_of(Family family, const Range& range);

// A range as one of a flow's fields, which has to hold its ends: IdRange, ProtocolRange, PortRange.
template <typename Span>
Span span_of(const Range& range) {
  using Bound = decltype(Span::first);
  return {static_cast<Bound>(range.first), static_cast<Bound>(range.last)};
}

// A word and what it stands for.
template <typename T>
struct Named {
  std::string_view name;
  T value;
};

// nullptr if no entry of the table has this name.
template <typename T, std::size_t size>
constexpr const T* find_named(const Named<T> (&table)[size], std::string_view name) {
  for (const Named<T>& known : table)
    if (known.name == name) return &known.value;
  return nullptr;
}

template <std::size_t size>
constexpr bool is_among(const std::string_view (&words)[size], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Values of options, as iptables-save, "ipset save" and nft write them. nullopt for what only the machine it runs on
// could resolve (names of hosts, users, services) and for bad text.

// "1000", "1000-2000"; with `separator` ':' also "1000:" and ":2000".
std::optional<Range> parse_range(std::string_view text, char separator, std::uint64_t last);
// "192.0.2.0/24", "192.0.2.1", "192.0.2.0/255.255.255.0"; host bits are cut off, as the kernel's tools do.
std::optional<Range> parse_network(std::string_view text, Family family);
std::optional<Number> parse_plain_address(std::string_view text, Family family);
// "tcp", "6"; every protocol for "all" and "0".
std::optional<Range> parse_ip_protocol(std::string_view text);
// "8", "3/1", "echo-request": as the port of a FlowPoint.
std::optional<Range> parse_icmp(std::string_view text, Family family);
// Of the names that nft and xtables have in common.
std::optional<std::uint8_t> icmp_type_number(std::string_view name, Family family);

}  // namespace egressc::readers
