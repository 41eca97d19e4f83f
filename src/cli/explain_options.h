// The command line of `egressc explain` as a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "intake/operand.h"
#include "support/terminal.h"

namespace egressc {

struct ExplainOptions {
  std::string operand;   // a policy, or a ruleset
  std::string question;  // the words of FLOW, and what --uid, --gid, --to and --port say; "" with --log alone
  std::vector<std::string> logs;
  OperandContext context;  // without markers and kernel
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::automatic;
};

// The text of `egressc explain --help`.
std::string explain_help();

// nullopt exactly if errors were added; a Failure if --passwd or --group cannot be read.
Result<std::optional<ExplainOptions>> parse_explain_options(const std::vector<std::string>& arguments,
                                                            Diagnostics& diagnostics);

}  // namespace egressc
