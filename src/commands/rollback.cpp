#include <fmt/core.h>

#include <chrono>

#include "commands/commands.h"
#include "deploy/apply_target.h"
#include "deploy/change.h"
#include "deploy/remove_target.h"
#include "deploy/switching.h"
#include "intake/inputs.h"
#include "intake/operand.h"
#include "intake/policy_file.h"
#include "kernel/guardian/guardian.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

constexpr std::chrono::seconds patience{120};  // the rules are loaded meanwhile

// The exit status, if a change waited for its confirmation.
std::optional<int> undo_pending(const State& state, const ChangeOptions& options) {
  if (options.dry_run) return std::nullopt;
  const auto answer = ask_guardian(state.socket(), GuardianRequest::rollback, patience);
  if (!answer) return fail(answer.failure(), exit_status::system_refused);
  switch (answer->kind) {
    case GuardianAnswer::Kind::nobody:
      return std::nullopt;
    case GuardianAnswer::Kind::undone:
      if (!options.quiet) (void)write_stderr("undone: the rules from before are back\n");
      return exit_status::done;
    case GuardianAnswer::Kind::not_undone:
      return fail({"not undone: " + answer->message}, exit_status::system_refused);
    default:
      return fail({"another change is under way: try again when it has ended"}, exit_status::system_refused);
  }
}

std::optional<Target> policy_target(const StateRecord& record, const std::string& tag, Diagnostics& diagnostics) {
  const std::string name = record.file.empty() ? "previous policy" : record.file;
  const UserIds users = host_users();
  auto policy = read_policy(record.body, name, &users, diagnostics);
  if (!policy) return std::nullopt;
  const auto today = today_for(*policy, {});
  return target_of({name, record.body, std::move(*policy)}, record.file, today, tag, diagnostics);
}

// A table that was there before egressc: as it was listed, but for the time that has passed.
Result<std::optional<Target>> ruleset_target(Kernel& kernel, const StateRecord& record, LiveMarkers& markers,
                                             Diagnostics& diagnostics) {
  Target target;
  target.record = record;
  target.file = "previous ruleset";
  const Micros passed = record.time == no_time ? 0 : std::max<Micros>(0, system_now() - record.time);
  target.text = undo_text(aged(record.body, std::chrono::milliseconds(passed / 1000)));
  const auto trial = kernel.try_nftables(target.text, target.file);
  if (!trial) return trial.failure();
  for (const Diagnostic& one : trial->refusal.all()) diagnostics.add(one);
  if (diagnostics.has_errors()) return std::optional<Target>();
  auto rulesets = read_listing(trial->listing, target.file, {{}, std::nullopt, &markers, nullptr}, diagnostics);
  if (!rulesets) return std::optional<Target>();
  target.operand = {target.file, std::nullopt, std::nullopt, std::move(*rulesets)};
  target.summary = "back to " + describe(record) + '\n';
  return std::optional(std::move(target));
}

Result<std::optional<Target>> target_for(Kernel& kernel, const StateRecord& record, const std::string& tag,
                                         LiveMarkers& markers, Diagnostics& diagnostics) {
  switch (record.kind) {
    case RecordKind::policy:
      return policy_target(record, tag, diagnostics);
    case RecordKind::ruleset:
      return ruleset_target(kernel, record, markers, diagnostics);
    case RecordKind::nothing:
      break;
  }
  return std::optional(remove_target());
}

int run(ChangeOptions& options, Diagnostics& diagnostics) {
  const auto kernel = make_kernel();
  if (const auto network = kernel->identify(options.netns))
    if (const auto status = undo_pending(State(options.state_directory, network->key), options)) return *status;
  auto site = open_site(*kernel, options);
  if (!site) return fail(site.failure(), exit_status::system_refused);
  const auto record = site->state.previous(site->table);
  if (!record) return fail(record.failure(), exit_status::system_refused);
  if (!*record)
    return fail(
        {fmt::format("nothing is known of {} before what runs now: nothing is changed", place_name(site->network))},
        exit_status::system_refused);
  LiveMarkers markers(true);
  auto target = target_for(*kernel, **record, free_tag(site->snapshot), markers, diagnostics);
  render(diagnostics, options.color);
  if (!target) return fail(target.failure(), exit_status::system_refused);
  if (!*target) return fail({"this cannot be applied any more: nothing is changed"}, exit_status::system_refused);
  return change(*kernel, *site, std::move(**target), markers, options);
}

}  // namespace

int rollback(const Words& words) { return run_command("rollback", words, run, nothing_changed); }

}  // namespace egressc::commands
