// compile --base: logs extend a policy file.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cli/input_options.h"
#include "cli/option_reader.h"
#include "egressc/diagnostics.h"
#include "extend/extend.h"
#include "intake/input_policy.h"

namespace egressc {

struct ExtendingOptions {
  std::string base;  // "": there is nothing to extend
  bool accept = false;
  std::optional<Micros> prune;  // how long a grant may be unused
  std::string usage;            // a file with what `status --json` printed
};

void add_extending_options(boost::program_options::options_description& options);
ExtendingOptions read_extending_options(OptionReader& reader, const InputOptions& input, Diagnostics& diagnostics);

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
                                                         const InputOptions& options, const ExtendingOptions& extending,
                                                         Diagnostics& diagnostics);

// What was added, for the summary.
std::string describe_extension(const ExtendedPolicy& extended);

}  // namespace egressc
