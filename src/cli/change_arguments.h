// Commands that change a ruleset and take no operands.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/change_options.h"

namespace egressc {

struct ChangeCommand {
  std::string_view name;
  std::string_view usage;  // all of the help but the options
  // Options of its own; what they say goes into `options`, wrong values into the diagnostics. Either may be nullptr.
  void (*add)(boost::program_options::options_description& description);
  void (*read)(OptionReader& reader, ChangeOptions& options, Diagnostics& diagnostics);
  // The exit status. std::length_error as FlowSpace throws it is caught.
  int (*run)(const ChangeOptions& options);
};

int run_change_command(const ChangeCommand& command, const std::vector<std::string>& arguments);

}  // namespace egressc
