// What --to takes: the dialects of rulesets, and the policy itself.
#pragma once

#include <span>
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

// One text, or all that make sense for "all": a note says if the files for resolvers are left out, which need
// `accept_below`. Empty exactly if errors were added: what a dialect cannot say is found before anything is printed.
std::vector<PrintedFile> print_dialect(std::string_view dialect, const Policy& policy, const Ruleset& ruleset,
                                       Diagnostics& diagnostics, bool accept_below = false);

// The other texts of the same ruleset that `files` mean nothing without: rules look up sets, and a resolver fills them.
// None where no grant is live.
std::vector<PrintedFile> print_beside(std::span<const PrintedFile> files, const Ruleset& ruleset);

// The text of a dialect among `files`, or nullptr.
const PrintedFile* find_printed(std::span<const PrintedFile> files, std::string_view dialect);

// "  audit         Linux audit records …" for each log format and for policies, one line each.
std::string format_table();

}  // namespace egressc
