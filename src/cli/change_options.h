// The options of every command that changes the ruleset of a network namespace.
#pragma once

#include <boost/program_options.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "cli/option_reader.h"
#include "support/terminal.h"

namespace egressc {

inline constexpr const char* default_state_directory = "/var/lib/egressc";  // file-hierarchy(7)

struct ChangeOptions {
  std::string netns;    // in /run/netns; "" for this one
  bool create = false;  // the namespace
  bool delete_namespace = false;
  bool yes = false;
  bool dry_run = false;
  std::optional<std::chrono::milliseconds> confirm_within;
  std::chrono::milliseconds warm_up = std::chrono::seconds(5);
  std::string state_directory = default_state_directory;
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::automatic;
};

// --netns and --state-dir, for every command that looks at one.
void add_namespace_options(boost::program_options::options_description& options);
void read_namespace_options(OptionReader& reader, ChangeOptions& options);

// The rest. --create is apply's own.
void add_change_options(boost::program_options::options_description& options);
// Wrong values are errors in the reader's diagnostics.
ChangeOptions read_change_options(OptionReader& reader);

}  // namespace egressc
