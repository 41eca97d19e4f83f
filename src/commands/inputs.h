// From INPUT words to observations and policies.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands/input_options.h"
#include "egressc/observation.h"
#include "egressc/policy.h"

namespace egressc {

struct Inputs {
  std::vector<Observations> logs;  // in the order of the command line
  std::vector<Policy> policies;
};

// Opens and reads everything, several logs at a time. `words` are FORMAT:PATH or PATH, "-" for standard input. Wrong
// input is in `diagnostics` (nullopt: there were errors); what cannot be opened or read is a Failure.
Result<std::optional<Inputs>> read_inputs(std::span<const std::string> words, const InputOptions& options,
                                          Diagnostics& diagnostics);

}  // namespace egressc
