// compile --base: logs extend a policy file.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cli/options.h"
#include "egressc/diagnostics.h"
#include "extend/extend.h"
#include "intake/inputs.h"

namespace egressc {

struct ExtendedPolicy {
  InputPolicy input;
  std::string text;   // of the policy file, changed in place
  bool json = false;  // that is what it is
  bool holds = true;  // read again, the text says what `input.policy` does
  ExtendSummary summary;
  std::size_t pruned = 0;
};

// nullopt: errors were added; a Failure if a file cannot be read.
Result<std::optional<ExtendedPolicy>> extend_policy_file(std::span<const std::string> words,
                                                         const InputContext& context, const ExtendingOptions& extending,
                                                         Diagnostics& diagnostics);

// What was added, for the summary.
std::string describe_extension(const ExtendedPolicy& extended);

}  // namespace egressc
