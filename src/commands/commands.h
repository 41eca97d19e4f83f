// What egressc can do: a function for each command, in a file of its name; status, confirm, rollback, remove and
// refresh in applied.cpp. A command is its options, and what it does with them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "egressc/diagnostics.h"
#include "intake/input_words.h"

namespace egressc::commands {

using Words = std::vector<std::string>;

// `words` are those after the command's name. Each returns the exit status that its man page tells.
int apply(const Words& words);
int check(const Words& words);
int compile(const Words& words);
int confirm(const Words& words);
int diff(const Words& words);
int explain(const Words& words);
int refresh(const Words& words);
int rehearse(const Words& words);
int remove(const Words& words);
int rollback(const Words& words);
int status(const Words& words);
int watch_rules(const Words& words);

// The same for a command line that was read already.
int rehearse(const RehearseOptions& options, Diagnostics& diagnostics);

struct Command {
  std::string_view name;
  std::string_view summary;  // for `egressc --help`
  int (*run)(const Words& words);
};

// Has the command run that the first word names, or answers --help and --version. Returns the exit status.
int dispatch(std::span<const Command> commands, const Words& words);

inline constexpr std::string_view too_many_flows = "the flows do not fit into memory";
inline constexpr std::string_view nothing_changed =
    "the rules are too complex to compare: their flows do not fit into memory; nothing is changed";

// What `run` returns; `too_complex` is said where it needs more flows than fit.
int guarded(std::string_view too_complex, const std::function<int()>& run);

// --help is answered, wrong options are refused, and `run` has the rest.
template <typename Options>
int run_command(std::string_view name, const Words& words, int (*run)(Options& options, Diagnostics& diagnostics),
                std::string_view too_complex = too_many_flows) {
  if (wants_help(words)) return print(help_text(command_line(name, words)));
  Diagnostics diagnostics;
  Options options;
  refuse_options_of_files(words, diagnostics);
  if (!read_command_line(name, words, diagnostics, [&](OptionReader& reader) { read_options(reader, options); })) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  return guarded(too_complex, [&] { return run(options, diagnostics); });
}

inline int refuse(const Diagnostics& diagnostics, ColorMode color) {
  render(diagnostics, color);
  return exit_status::wrong_input;
}

// The end of a command whose input was not read: `read` is a Failure, or there are errors.
template <typename Read>
int refuse(const Read& read, const Diagnostics& diagnostics, ColorMode color,
           int status_of_failure = exit_status::wrong_input) {
  render(diagnostics, color);
  return read ? exit_status::wrong_input : fail(read.failure(), status_of_failure);
}

}  // namespace egressc::commands
