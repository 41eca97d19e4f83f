// egressc: the egress policy compiler.
#include <fmt/core.h>

#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "commands/apply.h"
#include "commands/check.h"
#include "commands/compile.h"
#include "commands/confirm.h"
#include "commands/diff.h"
#include "cli/exit_status.h"
#include "commands/explain.h"
#include "commands/refresh.h"
#include "commands/rehearse.h"
#include "commands/remove.h"
#include "commands/rollback.h"
#include "commands/status.h"
#include "cli/version.h"
#include "egressc/diagnostics.h"
#include "support/heap.h"
#include "support/output.h"

namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const std::vector<std::string>& arguments);
};

constexpr Command commands[] = {
    {"compile", "logs or a policy in, a firewall ruleset out", egressc::compile},
    {"diff", "what a policy or ruleset lets through and another does not", egressc::diff},
    {"check", "what a reviewer of a policy should look at", egressc::check},
    {"explain", "is a flow allowed, by what, and what would grant it", egressc::explain},
    {"rehearse", "does a kernel do with real packets what a policy says", egressc::rehearse},
    {"apply", "a reviewed policy into the kernel, at one moment", egressc::apply},
    {"confirm", "keep a change that was applied with --confirm-within", egressc::confirm},
    {"rollback", "back to the rules from before the last change", egressc::rollback},
    {"status", "what runs, since when, and whether it is what the policy says", egressc::status},
    {"refresh", "live names up to date, where no resolver does it", egressc::refresh},
    {"remove", "the rules out of the kernel", egressc::remove},
};

std::string help() {
  std::string text =
      "egressc: compiles what a workload did into what it may do\n\n"
      "usage: egressc COMMAND [options] ...\n\n";
  for (const Command& command : commands) text += fmt::format("  {:10} {}\n", command.name, command.summary);
  text +=
      "\negressc COMMAND --help says more, and so do egressc(1), egressc-COMMAND(1) and egressc-policy(5).\n"
      "egressc --version prints the version.\n";
  return text;
}

int print(const std::string& text) {
  using namespace egressc;
  const auto written = write_stdout(text);
  return written ? exit_status::done : exit_status::system_refused;
}

int refuse(std::string_view word) {
  using namespace egressc;
  std::vector<std::string_view> names;
  for (const Command& command : commands) names.push_back(command.name);
  const std::string_view best = closest(word, names);
  Diagnostics diagnostics;
  diagnostics.error({}, word.empty() ? "no command" : fmt::format("there is no command \"{}\"", word),
                    best.empty() ? "egressc --help lists the commands" : fmt::format("did you mean {}?", best));
  (void)write_stderr(diagnostics.render(false));
  return exit_status::wrong_input;
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return refuse({});
  if (arguments[0] == "--version") return print(fmt::format("egressc {}\n", egressc::version));
  if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") return print(help());
  for (const Command& command : commands)
    if (command.name == arguments[0]) return command.run({arguments.begin() + 1, arguments.end()});
  return refuse(arguments[0]);
}

}  // namespace

int main(int argc, char** argv) {
  egressc::prepare_heap();
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const std::bad_alloc&) {
    (void)egressc::write_stderr("egressc: out of memory\n");
    return egressc::exit_status::system_refused;
  }
}
