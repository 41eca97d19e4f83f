#include <fmt/core.h>

#include <new>

#include "commands/commands.h"
#include "egressc/flow_space.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

std::string help(std::span<const Command> commands) {
  std::string text =
      "egressc: compiles what a workload did into what it may do\n\n"
      "usage: egressc COMMAND [options] ...\n\n";
  for (const Command& command : commands) text += fmt::format("  {:11} {}\n", command.name, command.summary);
  text +=
      "\negressc COMMAND --help says more, and so do egressc(1), egressc-COMMAND(1) and egressc-policy(5).\n"
      "egressc --version prints the version.\n";
  return text;
}

int refuse_word(std::span<const Command> commands, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command& command : commands) names.push_back(command.name);
  const std::string_view best = closest(word, names);
  Diagnostics diagnostics;
  diagnostics.error({}, word.empty() ? "no command" : fmt::format("there is no command \"{}\"", word),
                    best.empty() ? "egressc --help lists the commands" : fmt::format("did you mean {}?", best));
  return refuse(diagnostics, ColorMode::never);
}

int choose(std::span<const Command> commands, const Words& words) {
  if (words.empty()) return refuse_word(commands, {});
  const std::string& word = words.front();
  if (word == "--version") return print(fmt::format("egressc {}\n", version));
  if (word == "--help" || word == "-h" || word == "help") return print(help(commands));
  for (const Command& command : commands)
    if (command.name == word) return command.run({words.begin() + 1, words.end()});
  return refuse_word(commands, word);
}

}  // namespace

int dispatch(std::span<const Command> commands, const Words& words) {
  try {
    return choose(commands, words);
  } catch (const std::bad_alloc&) {
    (void)write_stderr("egressc: out of memory\n");
    return exit_status::system_refused;
  }
}

int guarded(std::string_view too_complex, const std::function<int()>& run) {
  const auto status = within_flow_limit(run);
  return status ? *status : fail({std::string(too_complex)}, exit_status::system_refused);
}

}  // namespace egressc::commands
