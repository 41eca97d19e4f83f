// From INPUT words to observations and policies.
#pragma once

#include <optional>
#include <vector>

#include "commands/command_line.h"
#include "egressc/observation.h"
#include "egressc/policy.h"

namespace egressc {

struct Inputs {
  std::vector<Observations> logs;  // in the order of the command line
  std::vector<Policy> policies;
};

// Opens and reads everything, several logs at a time. Wrong input is in `diagnostics` (nullopt: there were errors);
// what cannot be opened or read is a Failure.
Result<std::optional<Inputs>> read_inputs(const CompileOptions& options, Diagnostics& diagnostics);

}  // namespace egressc
