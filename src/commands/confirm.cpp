#include <fmt/core.h>

#include "commands/commands.h"
#include "deploy/change_site.h"
#include "deploy/pending.h"
#include "kernel/guardian/guardian.h"
#include "kernel/kernel.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

constexpr std::chrono::seconds patience{120};  // it may be about to load rules

int nobody(const State& state, const NetworkNamespace& network) {
  const auto undone = state.undone_at();
  if (undone)
    return fail(
        {fmt::format("too late: the change of {} was undone at {}", place_name(network), to_string_utc(*undone))},
        exit_status::rolled_back);
  return fail({fmt::format("no change of {} waits for a confirmation: `{}` says what runs", place_name(network),
                           command_there("status", network))},
              exit_status::system_refused);
}

int run(ChangeOptions& options, Diagnostics&) {
  const auto kernel = make_kernel();
  const auto network = kernel->identify(options.netns);
  if (!network) return fail(network.failure(), exit_status::system_refused);
  const State state(options.state_directory, network->key);
  const auto answer = ask_guardian(state.socket(), GuardianRequest::confirm, patience);
  if (!answer) return fail(answer.failure(), exit_status::system_refused);
  switch (answer->kind) {
    case GuardianAnswer::Kind::nobody:
      return nobody(state, *network);
    case GuardianAnswer::Kind::confirmed:
      if (!answer->message.empty())
        return fail({answer->message + ": the rules stay, but this is not remembered"}, exit_status::system_refused);
      if (!options.quiet) (void)write_stderr(fmt::format("confirmed: the rules of {} stay\n", place_name(*network)));
      return exit_status::done;
    case GuardianAnswer::Kind::changed:
      return fail({fmt::format("not confirmed: the table inet egressc is not the one that was applied, somebody else "
                               "changed it; it is undone in {}, or at once by `{}`",
                               duration_text(answer->left), command_there("rollback", *network))},
                  exit_status::system_refused);
    default:
      return fail({"not confirmed: the change is not made yet; try again"}, exit_status::system_refused);
  }
}

}  // namespace

int confirm(const Words& words) { return run_command("confirm", words, run); }

}  // namespace egressc::commands
