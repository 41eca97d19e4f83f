// One policy from all inputs of a command line.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/input_options.h"
#include "egressc/diagnostics.h"
#include "egressc/learn.h"
#include "egressc/observation.h"
#include "egressc/policy.h"
#include "support/input.h"

namespace egressc {

struct InputPolicy {
  Policy policy;                   // normalized and valid
  std::optional<CivilDate> today;  // only if a grant expires
  std::vector<Observations> logs;
  LearnSummary learnt;  // of the logs
  std::size_t cut = 0;  // grants that the ceiling cut
  std::vector<Generalized> generalized;
};

// Logs are learnt from and policies merged. nullopt: errors were added; a Failure if an input cannot be read. `opened`
// as for read_inputs().
Result<std::optional<InputPolicy>> read_policy_of(std::span<const std::string> words, const InputOptions& options,
                                                  Diagnostics& diagnostics,
                                                  std::vector<std::optional<LineInput>> opened = {});

// The system's clock.
Micros system_now();

// The day that --now says, or the clock's: nullopt where no grant expires.
std::optional<CivilDate> today_for(const Policy& policy, const InputOptions& options);

}  // namespace egressc
