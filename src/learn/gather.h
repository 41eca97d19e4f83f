// All that the inputs say, joined: what learning and the list of attempts begin with.
#pragma once

#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/observation.h"
#include "learn/attempts.h"
#include "learn/names.h"

namespace egressc::learn {

// An agent's words that no attempt bears out.
struct UnmatchedClaim {
  Claim claim;  // uid filled in where another log tells whose it is
  std::string_view host;
  std::string_view note;  // for whoever reviews it
  std::string_view format;
};

// Gives `attempts` (sorted by key) the witness of every claim they bear out, counts those in `summary`, and returns the
// rest. A claim without a user is borne out by what fits it of one user alone. What was only mentioned is counted, and
// what was denied is never borne out. Views point into `inputs`.
std::vector<UnmatchedClaim> match_claims(std::span<const Observations> inputs, const AskerIndex& askers,
                                         const NameIndex& names, const LearnOptions& options,
                                         std::vector<Attempt>& attempts, LearnSummary& summary);

// With --trust claimed: the attempts that `claims` speak of, where they tell the subject, the port and an address (or a
// name that a resolver's log has one for); of those that were denied, only `with_denied`. Those claims are taken out of
// `claims`.
std::vector<Attempt> believe(std::vector<UnmatchedClaim>& claims, const NameIndex& names, bool with_denied);

// Warns of inputs whose times are not known, or do not fit together.
void warn_of_times(std::span<const Observations> inputs, Micros grace, Diagnostics& diagnostics);

struct Gathered {
  std::deque<Observations> joined;  // what system calls were joined to: `attempts` have views into it
  std::vector<Attempt> attempts;    // sorted by key, each with all its witnesses
  NameIndex names;
  std::vector<UnmatchedClaim> unmatched;  // what was only ever claimed
};

// Counts in `summary` what the options leave out, what is no egress and the claims that were borne out. Warns of inputs
// whose times do not fit together. Views point into `inputs`.
Gathered gather(std::span<const Observations> inputs, const LearnOptions& options, LearnSummary& summary,
                Diagnostics& diagnostics);

}  // namespace egressc::learn
