// The command line of `egressc rehearse` as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "egressc/time.h"
#include "support/terminal.h"

namespace egressc {

struct RehearseOptions {
  std::string policy;
  std::string dialect = "nftables";  // or all
  std::size_t most = 2000;           // allowed flows of each dialect, and as many denied ones
  std::uint64_t seed = 1;
  std::optional<Micros> now;
  UserIds users;
  bool json = false;
  bool quiet = false;
  ColorMode color = ColorMode::automatic;
};

// The text of `egressc rehearse --help`.
std::string rehearse_help();

// nullopt exactly if errors were added; a Failure if --passwd cannot be read.
Result<std::optional<RehearseOptions>> parse_rehearse_options(const std::vector<std::string>& arguments,
                                                              Diagnostics& diagnostics);

}  // namespace egressc
