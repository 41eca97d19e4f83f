// The command line of `egressc compile` as a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/input_options.h"
#include "egressc/diagnostics.h"
#include "intake/extending.h"
#include "prove/verify.h"
#include "support/terminal.h"

namespace egressc {

struct CompileOptions {
  std::vector<std::string> inputs;
  std::string dialect;  // "": what extending.base is
  std::string output;  // "" is standard output
  InputOptions input;
  ExtendingOptions extending;
  Verification verify = Verification::model;
  std::string dump_after;
  bool accept_below = false;
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::automatic;
};

// The text of `egressc compile --help`.
std::string compile_help();

// nullopt exactly if errors were added; a Failure if --passwd or --group cannot be read.
Result<std::optional<CompileOptions>> parse_compile_options(const std::vector<std::string>& arguments,
                                                            Diagnostics& diagnostics);

}  // namespace egressc
