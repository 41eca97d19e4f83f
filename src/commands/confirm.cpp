#include "commands/confirm.h"

#include <fmt/core.h>

#include "cli/change_options.h"
#include "cli/outcome.h"
#include "deploy/deploy.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

constexpr std::string_view usage =
    "usage: egressc confirm [options]\n\n"
    "Keeps a change that was applied with --confirm-within. That this command can be run is the proof that nobody is\n"
    "locked out.\n\n"
    "Exit status: 0 confirmed, 3 nothing waits for it or it was not heard, 4 too late: the change is undone.\n"
    "See egressc-confirm(1).\n";

}  // namespace

int confirm(const std::vector<std::string>& arguments) {
  po::options_description visible("Options", 100);
  add_namespace_options(visible);
  visible.add_options()("quiet,q", "print errors only")("help,h", "this text");
  if (wants_help(arguments)) return print(fmt::format("{}\n{}", usage, help_of(visible)));
  Diagnostics diagnostics;
  ChangeOptions options;
  if (const auto values = read_arguments("confirm", visible, arguments, diagnostics)) {
    OptionReader reader(*values, diagnostics);
    read_namespace_options(reader, options);
    options.quiet = reader.flag("quiet");
    if (!reader.list("input").empty())
      diagnostics.error({}, fmt::format("confirm takes no operand, and here is \"{}\"", reader.list("input")[0]),
                        "egressc confirm --help");
  }
  if (!diagnostics.has_errors()) return confirm_change(*make_kernel(), options);
  render(diagnostics, ColorMode::automatic);
  return exit_status::wrong_input;
}

}  // namespace egressc
