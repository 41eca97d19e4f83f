// The contents of ipsets, as read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "egressc/address.h"
#include "egressc/observation.h"
#include "egressc/readers.h"
#include "readers/ranges.h"

namespace egressc::readers {

// One part of an element: "hash:ip,port,net" has three.
enum class SetPart : std::uint8_t { address, port, interface, member, other };

struct SetElement {
  std::array<Range, 2> addresses{};  // of its parts that are addresses, in order
  std::uint32_t name = 0;            // in IpSet::names, of an interface or a member
  std::uint16_t first_port = 0;      // icmp and icmpv6: type << 8 | code
  std::uint16_t last_port = 0;
  std::uint8_t protocol = 0;
  bool nomatch = false;
  bool expires = false;
  bool wildcard = false;  // its interface is the beginning of a name
};

struct IpSet {
  std::vector<SetPart> parts;
  Family family = Family::ipv4;
  bool any_family = false;
  bool all_protocols = false;  // a port of it is one of tcp and one of udp
  bool expires = false;        // an element that names no time limit has one
  unsigned host_bits = 0;      // cut off from each address: the netmask option
  std::string not_known;       // why its contents cannot be told from the dump
  std::vector<SetElement> elements;
  std::vector<std::string> names;
};

struct IpSetTable {
  std::unordered_map<std::string, IpSet> sets;
  FilledSets live;  // by the names of its sets
};

// An empty set of this type, "hash:ip,port"; nullopt if there is none.
std::optional<IpSet> set_of_type(std::string_view type);
// Adds the element written as `text`, with what `options` already says. False if it is not understood.
bool add_element(IpSet& set, std::string_view text, SetElement options);

}  // namespace egressc::readers
