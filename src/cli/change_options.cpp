#include "cli/change_options.h"

#include <filesystem>
#include <system_error>

#include "cli/option_values.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

}  // namespace

void add_namespace_options(po::options_description& options) {
  options.add_options()("netns", po::value<std::string>()->value_name("NAME"),
                        "the network namespace /run/netns/NAME (default: the one this runs in)")(
      "state-dir", po::value<std::string>()->value_name("DIR"),
      "where policies that were applied are kept (default: /var/lib/egressc)");
}

void read_namespace_options(OptionReader& reader, ChangeOptions& options) {
  options.netns = reader.text("netns");
  if (reader.flag("netns") && options.netns.empty()) reader.wrong("netns", "", "the name of a network namespace");
  if (!reader.flag("state-dir")) return;
  const std::string directory = reader.text("state-dir");
  std::error_code nowhere;  // the working directory is gone
  // The guardian works in another directory.
  options.state_directory = std::filesystem::absolute(directory, nowhere);
  if (directory.empty() || nowhere) reader.wrong("state-dir", directory, "a directory");
}

void add_change_options(po::options_description& options) {
  add_namespace_options(options);
  options.add_options()("dry-run", "stop when everything is checked and shown")("yes,y", "do not ask")(
      "confirm-within", po::value<std::string>()->value_name("TIME"),
      "undo the change after this time (60s, 5m) unless `egressc confirm` is run")(
      "warm-up", po::value<std::string>()->value_name("TIME"),
      "how long connections are tracked before the first rule that denies, where nothing tracked them (default: 5s)")(
      "quiet,q", "print errors only")("verbose,v", "every undecided rule and name of one family, not only five")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors (default: on a terminal)")(
      "help,h", "this text");
}

ChangeOptions read_change_options(OptionReader& reader) {
  ChangeOptions options;
  read_namespace_options(reader, options);
  options.yes = reader.flag("yes");
  options.dry_run = reader.flag("dry-run");
  if (reader.flag("confirm-within")) {
    std::chrono::milliseconds time{0};
    reader.value("confirm-within", time, parse_duration, "a time from 1s to 24h: 60s, 5m");
    options.confirm_within = time;
    if (time < std::chrono::seconds(1) && parse_duration(reader.text("confirm-within")))
      reader.wrong("confirm-within", reader.text("confirm-within"), "a second at least: somebody has to confirm it");
  }
  reader.value("warm-up", options.warm_up, parse_duration, "a time from 0s to 24h: 5s, 500ms");
  options.quiet = reader.flag("quiet");
  options.verbose = reader.flag("verbose");
  reader.value("color", options.color, parse_color_mode, "auto, always or never");
  return options;
}

}  // namespace egressc
