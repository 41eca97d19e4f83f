#include "commands/status.h"

#include <fmt/core.h>

#include <stdexcept>

#include "cli/change_options.h"
#include "cli/outcome.h"
#include "deploy/deploy.h"
#include "intake/input_policy.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

struct StatusOptions {
  ChangeOptions place;  // its namespace, its state directory, and how to print
  std::string policy;   // "": the one that was applied
  bool json = false;
};

po::options_description visible_options() {
  po::options_description options("Options", 100);
  add_namespace_options(options);
  options.add_options()("json", "one JSON document")("color", po::value<std::string>()->value_name("auto|always|never"),
                                                     "colors (default: on a terminal)")("help,h", "this text");
  return options;
}

std::string help() {
  return fmt::format(
      "usage: egressc status [options] [POLICY]\n\n"
      "Says what runs, since when, from which policy, whether it is what that policy says, what waits for its\n"
      "confirmation, and how many packets each grant has let through. POLICY is compared in place of the one that was\n"
      "applied: for rules that nft loaded.\n\n{}\n"
      "Exit status: 0 it runs as the policy says, 1 it does not or nothing runs, 2 wrong input, 3 the kernel refused.\n"
      "See egressc-status(1).\n",
      help_of(visible_options()));
}

int run(const StatusOptions& options) {
  Diagnostics diagnostics;
  const auto kernel = make_kernel();
  const auto found =
      report_status(*kernel, options.place.netns, options.place.state_directory, options.policy, diagnostics);
  render(diagnostics, options.place.color);
  if (!found) return fail(found.failure(), exit_status::system_refused);
  const Micros now = system_now();
  const bool is_well = found->table_present && found->drift != Drift::drifted;
  const int status = diagnostics.has_errors() ? exit_status::wrong_input
                     : is_well                ? exit_status::done
                                              : exit_status::difference;
  return print(options.json ? describe_status_json(*found, now)
                            : describe_status(*found, now, use_color(options.place.color, 1)),
               status);
}

}  // namespace

int status(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(help());
  Diagnostics diagnostics;
  StatusOptions options;
  if (const auto values = read_arguments("status", visible_options(), arguments, diagnostics)) {
    OptionReader reader(*values, diagnostics);
    read_namespace_options(reader, options.place);
    options.json = reader.flag("json");
    reader.value("color", options.place.color, parse_color_mode, "auto, always or never");
    const auto words = reader.list("input");
    if (words.size() > 1)
      diagnostics.error({}, fmt::format("status takes one policy, and here are {}", words.size()),
                        "egressc status --help");
    else if (words.size() == 1)
      options.policy = words.front();
  }
  if (diagnostics.has_errors()) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  try {
    return run(options);
  } catch (const std::length_error&) {
    return fail({"the rules are too complex to compare: their flows do not fit into memory"},
                exit_status::system_refused);
  }
}

}  // namespace egressc
