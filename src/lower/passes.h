// The steps from a policy to a ruleset, and the work they hand on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/lower.h"
#include "egressc/ruleset.h"

namespace egressc {
struct Policy;
struct Subject;
}  // namespace egressc

namespace egressc::lower {

// One prefix and one service as one grant opens them; tcp, udp, icmp or icmpv6.
struct Opening {
  Prefix to;
  Service service;
  auto operator<=>(const Opening&) const = default;
};

struct SubjectWork {
  const Subject* subject = nullptr;
  std::vector<Opening> openings;  // from expand until disjoint
  std::vector<Prefix> echo;       // from split on
  std::vector<Box> boxes;         // from disjoint on
  std::vector<LiveSet> live;      // from expand on
};

struct Work {
  const Policy& policy;
  const LowerOptions& options;
  std::size_t expired = 0;
  std::vector<SubjectWork> subjects;  // until group
  std::vector<UidGroup> groups;       // from group on
};

// Crossing grants (many prefixes, many ports) multiply: what comes to more parts than this is refused, so that memory
// and time stay bounded whatever the policy says.
inline constexpr std::size_t most_parts = std::size_t{1} << 20;

// Each returns false exactly if it added an error.

// Names to their addresses, `any` to tcp and udp, resolvers to every subject, expired grants left out.
bool expand(Work& work, Diagnostics& diagnostics);
// Echo requests apart from ports, each only where its family has it.
bool split(Work& work, Diagnostics& diagnostics);
// Openings to boxes that do not overlap.
bool disjoint(Work& work, Diagnostics& diagnostics);
// Subjects to groups that share their uids.
bool group(Work& work, Diagnostics& diagnostics);

// The work as text for a person.
std::string dump(const Work& work);

// Sets of ports: sorted ranges that neither overlap nor touch.
using Ports = std::vector<PortRange>;

}  // namespace egressc::lower
