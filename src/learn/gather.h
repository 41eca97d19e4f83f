// An agent's words: they annotate what the kernel saw, or they stand in review.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/observation.h"
#include "learn/attempts.h"
#include "learn/names.h"

namespace egressc::learn {

struct UnmatchedClaim {
  Claim claim;  // uid filled in where another log tells whose it is
  std::string_view host;
  std::string_view format;
};

// Gives `attempts` (sorted by key) the witness of every claim they bear out, counts those in `summary`, and returns the
// rest, sorted and without doubles. Views point into `inputs`.
std::vector<UnmatchedClaim> match_claims(std::span<const Observations> inputs, const AskerIndex& askers,
                                         const NameIndex& names, const LearnOptions& options,
                                         std::vector<Attempt>& attempts, LearnSummary& summary);

// With --trust claimed: the attempts that `claims` speak of, where they tell the subject, the port and an address (or a
// name that a resolver's log has one for). Those claims are taken out of `claims`.
std::vector<Attempt> believe(std::vector<UnmatchedClaim>& claims, const NameIndex& names);

// Inputs whose times do not fit together.

// Warns of times without a year or a boot time, and of resolvers' logs that cover none of the connections.
void warn_of_times(std::span<const Observations> inputs, Diagnostics& diagnostics);

}  // namespace egressc::learn
