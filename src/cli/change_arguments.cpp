#include "cli/change_arguments.h"

#include <fmt/core.h>

#include <stdexcept>

#include "cli/outcome.h"

namespace egressc {

int run_change_command(const ChangeCommand& command, const std::vector<std::string>& arguments) {
  boost::program_options::options_description visible("Options", 100);
  add_change_options(visible);
  if (command.add != nullptr) command.add(visible);
  if (wants_help(arguments)) return print(fmt::format("{}\n{}", command.usage, help_of(visible)));
  Diagnostics diagnostics;
  ChangeOptions options;
  if (const auto values = read_arguments(command.name, visible, arguments, diagnostics)) {
    OptionReader reader(*values, diagnostics);
    options = read_change_options(reader);
    if (command.read != nullptr) command.read(reader, options, diagnostics);
    if (!reader.list("input").empty())
      diagnostics.error({},
                        fmt::format("{} takes no operand, and here is \"{}\"", command.name, reader.list("input")[0]),
                        fmt::format("egressc {} --help", command.name));
  }
  if (diagnostics.has_errors()) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  try {
    return command.run(options);
  } catch (const std::length_error&) {
    return fail({"the rules are too complex to compare: their flows do not fit into memory; nothing is changed"},
                exit_status::system_refused);
  }
}

}  // namespace egressc
