// From INPUT words to observations and policies.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/input_options.h"
#include "egressc/observation.h"
#include "egressc/policy.h"
#include "support/input.h"

namespace egressc {

struct Inputs {
  std::vector<Observations> logs;  // in the order of the command line
  std::vector<Policy> policies;
};

// Opens and reads everything, several logs at a time. `words` are FORMAT:PATH or PATH, "-" for standard input. Wrong
// input is in `diagnostics` (nullopt: there were errors); what cannot be opened or read is a Failure. `opened` has, at
// the place of a word without FORMAT, its file where it is open already: a pipe can be opened only once.
Result<std::optional<Inputs>> read_inputs(std::span<const std::string> words, const InputOptions& options,
                                          Diagnostics& diagnostics, std::vector<std::optional<LineInput>> opened = {});

}  // namespace egressc
