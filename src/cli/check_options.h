// The command line of `egressc check` as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "egressc/time.h"
#include "intake/guards.h"
#include "support/terminal.h"

namespace egressc {

// The severities in their order, so that none reaches `never`.
enum class FailOn : std::uint8_t { note, warning, error, never };

struct CheckOptions {
  std::vector<std::string> policies;
  FailOn fail_on = FailOn::warning;
  std::vector<std::string> ignore;  // ids of rules
  std::optional<Micros> now;
  UserIds users;
  GuardOptions guards;
  bool host = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::automatic;
};

// The text of `egressc check --help`.
std::string check_help();

// nullopt exactly if errors were added; a Failure if --passwd cannot be read.
Result<std::optional<CheckOptions>> parse_check_options(const std::vector<std::string>& arguments,
                                                        Diagnostics& diagnostics);

}  // namespace egressc
