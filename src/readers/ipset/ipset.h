// The contents of ipsets, as read, and the packets that they hold on their way out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "egressc/address.h"
#include "egressc/flow_space.h"
#include "egressc/observation.h"
#include "egressc/readers.h"
#include "readers/meaning/match.h"

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

// Adds the element written as `text`, with what `options` already says. False if it is not understood.
bool add_element(IpSet& set, std::string_view text, SetElement options);

// What rules that ask for sets match.
class IpSetFlows {
 public:
  // Without a table nothing is known of any set.
  IpSetFlows(const IpSetTable* table, Family family, LiveNames live = {})
      : table_(table), family_(family), live_(live) {}

  // That rules add to it, or take from it.
  void changes(std::string_view set) { changed_.emplace(set); }
  // What "--match-set SET DIRECTIONS" matches.
  const FlowBounds& match(std::string_view set, std::string_view directions);
  // A hash of all that is known of it.
  const std::string& identity(std::string_view set);

 private:
  using Directions = std::vector<bool>;  // of an element's parts, whether they are of the destination

  const FlowBounds& known(const std::string& set, const Directions& directions, bool is_member);
  FlowBounds compute(const std::string& set, const Directions& directions, bool is_member);
  bool is_live(const std::string& set, const IpSet& held) const;
  FlowBounds live(const std::string& set, const IpSet& held, const Directions& directions);
  FlowBounds unite_members(const IpSet& list, const Directions& directions);

  const IpSetTable* table_;
  Family family_;
  LiveNames live_;
  std::unordered_set<std::string> changed_;
  std::unordered_map<std::string, FlowBounds> known_;
  std::unordered_map<std::string, std::string> identities_;
};

// Of a set without members and of the family: `is_destination` says which of the parts are.
FlowBounds flows_of_elements(const IpSet& set, const std::vector<bool>& is_destination, Family family);

}  // namespace egressc::readers
