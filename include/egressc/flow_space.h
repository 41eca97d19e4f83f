// Sets of flows, exact and canonical: what a policy or a ruleset lets through, as a value to compute with; and what a
// policy lets through, straight from the policy, with which every lowered and printed form of it is compared.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/time.h"

namespace egressc {

namespace model {
class FlowLease;
struct FlowSpaceAccess;
bool fits_into_memory(const std::function<void()>& compute);
}  // namespace model

struct Grant;
struct Policy;

// One flow as a packet filter sees its first packet on the output hook. A packet that no socket made has the ids no_id.
struct FlowPoint {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool loopback = false;  // leaves by the loopback interface
  std::uint8_t protocol = ip_protocol::tcp;
  Address to;
  std::uint16_t port = 0;  // destination port; icmp and icmpv6: type << 8 | code; no meaning for other protocols
  auto operator<=>(const FlowPoint&) const = default;
};

// IP protocol numbers, inclusive.
struct ProtocolRange {
  std::uint8_t first = 0;
  std::uint8_t last = 255;
  auto operator<=>(const ProtocolRange&) const = default;
};

// The flows with every field in its range; everything, unless it is narrowed. A range whose last lies before its first
// holds nothing, and so does one of addresses of two families.
struct FlowBox {
  IdRange uids{0, no_id};
  IdRange gids{0, no_id};
  std::optional<bool> loopback;
  ProtocolRange protocols;
  std::optional<AddressRange> addresses;  // nullopt: every address of both families
  PortRange ports;                        // as FlowPoint::port
  auto operator<=>(const FlowBox&) const = default;
};

// One flow as a box.
FlowBox single(const FlowPoint& point);
// Whether a range of it is empty.
bool holds_nothing(const FlowBox& box);
// What is in both.
FlowBox intersection(const FlowBox& a, const FlowBox& b);
// "uid 1001 tcp 203.0.113.0/24 443": a prefix where the range is one, and nothing for ids, loopback and ports that are
// not narrowed.
std::string to_string(const FlowBox& box);

// A decision diagram: a node tests one field and has an edge for every interval of its values. Edges that lead to the
// same node are joined where they touch, a node with one edge is left out, and equal nodes are one node; so two sets
// are equal exactly if their roots are one node. Fields are tested in FlowBox's order. uid and gid come first because
// grants are per subject: a subject is a subtree, and subjects that may do the same share it. loopback, protocol and
// family have few values and cut a subject into few parts. The address comes before the port because a subject has
// thousands of addresses and a handful of port sets: those are shared below, in one wide node above. IPv4 and IPv6
// addresses are two fields, each with a domain of its own width, so that the complement of a set holds no IPv4 address
// of 128 bits.
//
// Sets computed from each other share storage: use them from one thread at a time. What no set needs any more is
// reclaimed as operations go on. Input can be made to explode a diagram, so storage is limited (to about 500 MB): what
// does not fit ends the computation that it is in, see within_flow_limit(), and leaves the operands as they were.
class FlowSpace {
 public:
  FlowSpace() = default;  // no flow
  explicit FlowSpace(const FlowBox& box);
  static FlowSpace all();
  // Unions, in O(n log n) for parts that overlap little; much faster than one |= for each. from_boxes() brings its own
  // storage, unless it makes none or all.
  static FlowSpace from_boxes(std::span<const FlowBox> boxes);
  static FlowSpace unite(std::vector<FlowSpace> sets);
  // The same set in the storage of `other`. An operation copies the smaller of two sets that are stored apart: many
  // sets that will meet are best brought together once.
  FlowSpace stored_with(const FlowSpace& other) const;

  bool empty() const { return node_ == 0 && !box_; }
  bool contains(const FlowPoint& point) const;
  // Some flow of the set, the same for equal sets; nullopt exactly for the empty one.
  std::optional<FlowPoint> any() const;
  // Disjoint boxes that make up the set, ascending, the same for equal sets. They are few: a box spans all neighbouring
  // values that allow the same, even where one of them allows more besides.
  std::vector<FlowBox> boxes() const;

  FlowSpace& operator|=(const FlowSpace& other) { return *this = *this | other; }
  FlowSpace& operator&=(const FlowSpace& other) { return *this = *this & other; }
  FlowSpace& operator-=(const FlowSpace& other) { return *this = *this - other; }
  friend FlowSpace operator|(const FlowSpace& a, const FlowSpace& b);
  friend FlowSpace operator&(const FlowSpace& a, const FlowSpace& b);
  friend FlowSpace operator-(const FlowSpace& a, const FlowSpace& b);
  friend FlowSpace operator~(const FlowSpace& a) { return all() - a; }
  friend bool operator==(const FlowSpace& a, const FlowSpace& b);

 private:
  friend struct model::FlowSpaceAccess;
  // A set that is one box, neither empty nor everything, and was not computed with yet has no node. A ruleset has one
  // for each of its rules.
  std::optional<FlowBox> box_;
  std::uint32_t node_ = 0;                         // 0 none, 1 all, else a node of the lease's arena
  std::shared_ptr<const model::FlowLease> lease_;  // nullptr for none, all and a box
};

// What `compute` makes, by whatever it calls; a Failure if sets of flows, their lists or live markers that it needs do
// not fit. Whoever gives input to compute with asks through this, once, and says in its own words what could not be
// done.
template <typename Compute>
Result<std::invoke_result_t<Compute&>> within_flow_limit(Compute compute) {
  std::optional<std::invoke_result_t<Compute&>> made;
  if (!model::fits_into_memory([&] { made.emplace(compute()); })) return Failure{"the flows do not fit into memory"};
  return std::move(*made);
}

// Whose sets a resolver fills.
enum class SetKind : std::uint8_t { nftables, ipset };

// What stands in a set of flows for live grants, names that follow DNS: what they open depends on what a resolver will
// answer.
//
// Two rulesets that keep a set of the same label filled for the same subjects and services have the same markers. No
// packet leaves for a marker: IPv4 ones are in 0.0.0.0/8 ("this network", RFC 1122, 3.2.1.3), IPv6 ones in 100::/64
// (discard-only, RFC 6666). What is computed together must share one object.
class LiveMarkers {
 public:
  LiveMarkers() = default;
  // If `alone`, a live name or set means its marker and no address: what a resolver put into a running set for now, and
  // what has timed out in it, makes no difference.
  explicit LiveMarkers(bool alone) : alone_(alone) {}
  bool stand_alone() const { return alone_; }

  // The marker of `label`, a new one if it has none. 2^24 labels are the limit: see within_flow_limit().
  Address marker(std::string_view label, Family family);
  // The label whose marker this address is.
  std::optional<std::string_view> label(const Address& address) const;
  // Every marker of a family with its label, ascending.
  std::vector<std::pair<Address, std::string_view>> all(Family family) const;

 private:
  bool alone_ = false;
  std::vector<std::string> labels_;  // by number, from 1
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// The flows a packet filter can meet: a packet has the two ids of its socket, or none was made for it and it has
// neither.
FlowSpace possible_flows();
// Those of one family, which a ruleset for iptables speaks of.
FlowSpace possible_flows(Family family);

// Every possible flow that the policy allows to open; packets of a connection that is open already are no part of it. A
// name is the addresses it lists, and a live one its marker besides, where `markers` are given. Grants whose `expires`
// lies before `today` are left out. The policy must be valid. Of the baseline there is `loopback` alone: no other word
// of it can be said exactly in flows.
FlowSpace flows_of(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers = nullptr);

// What of it the grants and resolvers open to the subjects, whatever `mode` says.
FlowSpace granted_flows(const Policy& policy, std::optional<CivilDate> today, LiveMarkers* markers = nullptr);

// Every flow that the grant alone lets a subject open, for whatever ids, until it expires. A name is the addresses it
// lists.
FlowSpace flows_of(const Grant& grant);

// What the rest of the baseline may allow besides, at most: its rules ask for more than a flow has, such as a hop
// limit, so a ruleset allows some of these flows.
FlowSpace baseline_flows(const Policy& policy);
// What of it a ruleset allows whole: the kernel's own ICMP errors.
FlowSpace baseline_flows_at_least(const Policy& policy);

}  // namespace egressc
