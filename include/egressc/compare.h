// What one policy or ruleset lets through and another does not, as sets and as a person reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc {

// A policy or ruleset to compare.
struct Side {
  std::string name;              // as the person calls it
  Meaning meaning;               // of its universe
  FlowSpace universe;            // the flows it speaks of: a ruleset for iptables, those of IPv4
  std::optional<Policy> policy;  // where it is one
};

// What changes from one side to the other, of the flows that both speak of. The sets of each kind are disjoint.
struct Difference {
  FlowSpace universe;
  FlowSpace added;  // surely denied by the old side, surely allowed by the new one
  FlowSpace removed;
  FlowSpace possibly_added;  // undecided rules of either side could make the difference
  FlowSpace possibly_removed;
  FlowSpace unchanged;  // surely allowed by both

  bool widens() const { return !added.empty() || !possibly_added.empty(); }
  bool empty() const { return !widens() && removed.empty() && possibly_removed.empty(); }
};

// Where both sides have the same undecided rules, among the same rules and with the same behind them, and the same
// bounds, they are taken to do the same. Of a policy's
// baseline, which flows cannot say exactly, what it allows at least and at most is compared. What does not fit: see
// within_flow_limit().
Difference compare_sides(const Side& before, const Side& after);

// Services at one destination.
struct FlowLine {
  std::vector<std::string> names;       // of the destination, where a policy knows it
  bool live = false;                    // whatever the name comes to mean
  std::vector<AddressRange> addresses;  // empty: anywhere, or all that the policy knows of the names
  std::optional<bool> loopback;         // only what leaves by the loopback interface, or only what does not
  std::vector<std::string> services;    // "tcp/443", "udp", "icmp echo-request", "any protocol"
  auto operator<=>(const FlowLine&) const = default;
};

// The flows of `lines`, or all but those.
struct FlowList {
  bool all_but = false;
  std::optional<Family> family;  // with all_but: all of this family
  std::vector<FlowLine> lines;
  bool empty() const { return lines.empty() && !all_but; }
};

// Who differs, and in what.
struct SubjectDifference {
  // Of the policy; "other groups" of its users that it holds to some groups; "everybody else"; "" without a policy.
  std::string label;
  std::vector<IdRange> uids;    // empty: any
  std::vector<IdRange> gids;    // empty: any
  bool with_socket = true;      // what those open; if false, they are empty
  bool without_socket = false;  // packets that no socket made, besides
  FlowList added;
  FlowList removed;
  FlowList possibly_added;
  FlowList possibly_removed;
  std::size_t unchanged = 0;  // boxes of flows that both sides allow everyone of this label
};

// By subject, those of the newer policy first; subjects without a difference are left out. The lists of overlapping ids
// add up.
std::vector<SubjectDifference> by_subject(const Difference& difference, const Side& before, const Side& after,
                                          const LiveMarkers& markers);

// A name that `subject` may reach over one family alone.
struct OneFamily {
  std::string subject;
  std::string name;
  Family family = Family::ipv4;
  bool has_other = false;  // the policy knows addresses of the other family
  auto operator<=>(const OneFamily&) const = default;
};

// Of the names of `side`'s policy: those that have a service over one family and none over the other. Live names follow
// both.
std::vector<OneFamily> one_family_names(const Side& side);

// "+ api.example.com  tcp/443", aligned, a block for each subject; with ANSI colors if `color`. Bytes from an input
// that are not printable ASCII are escaped.
std::string describe(std::span<const SubjectDifference> subjects, bool color);
// What that says, as a JSON document: egressc-diff(1) describes it.
std::string describe_json(const Difference& difference, std::span<const SubjectDifference> subjects,
                          std::span<const OneFamily> one_family, const Side& before, const Side& after);

}  // namespace egressc
