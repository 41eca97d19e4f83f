// What --to takes: the dialects of rulesets, and the policy itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "egressc/ruleset.h"

namespace egressc {

std::vector<std::string_view> dialect_names();

struct PrintedFile {
  std::string_view dialect;
  std::string name;  // in the directory of --to all
  std::string text;
};

// One text, or all of them for "all". Empty exactly if errors were added: what a dialect cannot say is found before
// anything is printed.
std::vector<PrintedFile> print_dialect(std::string_view dialect, const Policy& policy, const Ruleset& ruleset,
                                       Diagnostics& diagnostics);

// "  audit         Linux audit records …" for each log format and for policies, one line each.
std::string format_table();

}  // namespace egressc
