// The command line of `egressc compile` as a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/learn.h"
#include "egressc/policy.h"
#include "egressc/result.h"
#include "egressc/sources.h"
#include "support/terminal.h"

namespace egressc {

struct CompileOptions {
  std::vector<std::string> inputs;
  std::string dialect = "nftables";
  std::string output;  // "" is standard output
  LearnOptions learn;
  ParseContext parse;
  // What the command line says of a policy's settings; a policy file is only overruled where it is said.
  std::optional<Deny> deny;
  std::optional<Mode> mode;
  std::optional<Micros> now;
  UserIds users;
  bool strict = false;
  bool allow_empty = false;
  unsigned threads = 0;  // 0: one for each core
  bool verify = false;
  std::string dump_after;
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
