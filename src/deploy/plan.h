// What a change of the ruleset would do to a network namespace, and what else has a say there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/change.h"
#include "egressc/compare.h"
#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "kernel/kernel.h"

namespace egressc::deploy {

// Rules of other owners that deny what the new ruleset lets through.
struct Interference {
  std::string where;                      // "inet firewalld filter_OUTPUT", "kernel (iptables-legacy-save)"
  std::vector<SubjectDifference> denied;  // as `removed` and `possibly_removed`
};

struct Plan {
  Side before;        // all that runs now
  Side after;         // all that will
  FlowSpace granted;  // what the table inet egressc will let through, whatever others deny
  Difference difference;
  std::vector<Interference> interferences;  // with a policy
};

// `running` is the policy of the table that is there, where it is known: it has the names. `target` is what the table
// inet egressc will let through. nullopt: the listing cannot be read, and errors were added.
// Notes say what of others' rules is not understood. Throws where sets of flows do (within_flow_limit()).
std::optional<Plan> plan_change(const Listing& listing, std::optional<Policy> running, Side target,
                                LiveMarkers& markers, Diagnostics& diagnostics);

// Whether the rules that run let the same through as when the plan was made, whatever live sets hold.
bool still_runs(const Listing& listing, const Plan& plan, LiveMarkers& markers);

// For a person: the differences, and a warning for each interference.
std::string describe(const Plan& plan, const LiveMarkers& markers, bool color, bool verbose);

}  // namespace egressc::deploy
