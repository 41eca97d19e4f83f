// The command line of `egressc explain` as a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/command_line.h"

namespace egressc {

struct ExplainOptions {
  std::string operand;   // a policy, or a ruleset
  std::string question;  // the words of FLOW, and what --uid, --gid, --to and --port say; "" with --log alone
  CompileOptions logs;   // what --log names, and how it is read; its inputs are empty without
  UserIds groups;
  bool json = false;
};

// The text of `egressc explain --help`.
std::string explain_help();

// nullopt exactly if errors were added; a Failure if --passwd or --group cannot be read.
Result<std::optional<ExplainOptions>> parse_explain_options(const std::vector<std::string>& arguments,
                                                            Diagnostics& diagnostics);

}  // namespace egressc
