#include "deploy/change.h"

#include <fmt/core.h>
#include <unistd.h>

#include <future>

#include "cli/outcome.h"
#include "deploy/confirmation.h"
#include "deploy/connections/connections.h"
#include "deploy/plan.h"
#include "deploy/rules_commit.h"
#include "egressc/backends.h"
#include "intake/inputs.h"
#include "prove/dialects.h"
#include "prove/verify.h"
#include "report/summary.h"
#include "support/output.h"
#include "support/terminal.h"

namespace egressc::deploy {
namespace {

bool is_same_policy(const StateRecord& one, const StateRecord& other) {
  return one.kind == RecordKind::policy && other.kind == RecordKind::policy &&
         hash_in(one.comment) == hash_in(other.comment);
}

// What rollback goes back to: what is there now, or was before, if the same policy is applied again.
Result<StateRecord> record_of(const Site& site, const StateRecord& next) {
  auto known = site.state.running(site.table);
  if (!known) return known.failure();
  if (*known && is_same_policy(**known, next)) {
    auto before = site.state.previous(site.table);
    if (!before) return before.failure();
    if (*before) return std::move(**before);
  }
  // A table of others has no name to know it by: the record may be of another one.
  if (*known && (*known)->kind != RecordKind::ruleset) return std::move(**known);
  if (runs_nothing(site.table)) return StateRecord{};
  return StateRecord{RecordKind::ruleset, system_now(), site.table.comment, {}, snapshot_now(site)};
}

// After a commit that failed on its way back: whether it may have got to the kernel.
bool may_be_made(Kernel& kernel, const Site& site, const StateRecord& next, const ChangeOptions& options) {
  const auto table = kernel.own_table(options.netns);
  // In a network namespace that is gone nothing is in force.
  if (!table) return static_cast<bool>(kernel.identify(options.netns));
  return table->generation != site.table.generation && is_record_of(next, *table);
}

// What live sets hold that the new ones cannot.
std::string left_behind(const Site& site, const Target& target) {
  if (is_beside(target, site)) return {};
  if (!target.ruleset || !has_live_sets(*target.ruleset)) return {};
  const LiveElements live = live_elements(site.snapshot);
  const std::size_t count = carry_over(live.elements, target.table->sets).left_out.size() + live.not_understood;
  if (count == 0) return {};
  return fmt::format("warning: {} not carried over: the new sets cannot hold {}\n",
                     plural(count, "element of a live set is", "elements of live sets are"),
                     count == 1 ? "it" : "them");
}

std::string made(const Site& site, const Target& target, const ChangeOptions& options) {
  std::string text = fmt::format("{} {}", target.record.kind == RecordKind::nothing ? "removed from" : "applied to",
                                 place_name(site.network));
  if (!options.confirm_within)
    return text + fmt::format("; `{}` takes it back\n", command_there("rollback", site.network));
  return text + fmt::format(" for {}, and then undone unless you run\n  {}\n", duration_text(*options.confirm_within),
                            command_there("confirm", site.network));
}

// The guardian is dead, and nobody else would do it.
int undo(Kernel& kernel, const Site& site, const Target& target, const ChangeOptions& options) {
  if (take_back(kernel, options.netns, undone_to(site), target.table ? &*target.table : nullptr))
    return fail({"the guardian has died: the change is undone"}, exit_status::rolled_back);
  return fail({fmt::format("the guardian has died, and the change could not be undone: run {}",
                           command_there("remove", site.network))},
              exit_status::system_refused);
}

// Stages the records, arms the guardian, lets the kernel learn of connections, commits, and remembers. An exit status.
int commit_change(Kernel& kernel, Site& site, const Target& target, const Plan& plan, LiveMarkers& markers,
                  const ChangeOptions& options) {
  StateRecord next = target.record;
  next.time = system_now();
  const auto before = record_of(site, next);
  if (!before) return fail({before.failure().message + ": nothing is changed"}, exit_status::system_refused);
  if (const auto staged = site.state.stage(next, *before); !staged)
    return fail({staged.failure().message + ": nothing is changed"}, exit_status::system_refused);
  Arming arming(site);
  if (options.confirm_within)
    if (const auto armed = arming.arm(kernel, next, target.table, options); !armed)
      return fail({armed.failure().message + ": nothing is changed"}, exit_status::system_refused);
  const auto change = commit_rules(kernel, site, target, plan, markers, options, arming.link());
  if (!change && may_be_made(kernel, site, next, options)) {
    if (site.created) site.created->keep();
    const bool is_taken_back = arming.let_go();
    return fail({fmt::format("{}: it is not known whether the rules are in force{}: `{}` says what runs",
                             change.failure().message, is_taken_back ? ", and they are taken back" : "",
                             command_there("status", site.network))},
                exit_status::system_refused);
  }
  if (!change || change->outcome != ChangeOutcome::done) {
    if (change) render(change->refusal, options.color);
    cool_down(kernel, options);
    return fail({(change ? "the kernel refuses it" : change.failure().message) + ": nothing is changed"},
                exit_status::system_refused);
  }
  // It is in force.
  if (site.created) site.created->keep();
  if (options.confirm_within && !arming.left_to_guardian()) return undo(kernel, site, target, options);
  if (!options.confirm_within)
    if (const auto kept = arming.remember(); !kept)
      return fail({kept.failure().message + ": the rules are in force, but this is not remembered"},
                  exit_status::system_refused);
  if (change->generation != site.table.generation + 1)
    (void)write_stderr(fmt::format("warning: {}: egressc diff shows what runs now\n", who_changed_it(site)));
  (void)write_stderr(left_behind(site, target));
  if (plan.after.policy) cut_connections(kernel, site.network, *plan.after.policy, plan.granted, options);
  if (!options.quiet) (void)write_stderr(made(site, target, options));
  return exit_status::done;
}

// Failure if the text of the ruleset does not let through exactly what its policy does.
Result<std::monostate> prove(const Target& target) {
  if (!target.operand.policy) return std::monostate{};
  const PrintedFile file{"nftables", {}, nft_text(std::get<NftChange>(target.whole))};
  const std::string report = differences({&file, 1}, *target.operand.policy, target.operand.today);
  if (report.empty()) return std::monostate{};
  return Failure{"the ruleset is not equal to the policy, so nothing is changed; please report this\n" + report};
}

// Whether what runs now can be loaded again, which a guardian may have to do.
bool can_be_undone(Kernel& kernel, const Site& site, const ChangeOptions& options, int& status) {
  const RulesetChange undo = undo_text(snapshot_now(site));
  const std::string name = "what runs now";
  const auto checked = kernel.check(options.netns, undo, name).get();
  if (checked && checked->outcome == ChangeOutcome::done) return true;
  if (checked) render(checked->refusal, options.color);
  const std::string why = checked ? "what runs now could not be loaded again" : checked.failure().message;
  status = fail({why + ", so the change could not be undone: nothing is changed"}, exit_status::system_refused);
  return false;
}

// Whether the person says yes, who may be cut off.
bool is_wanted(const Site& site, const ChangeOptions& options) {
  const std::string place = place_name(site.network);
  if (!ask(fmt::format("change {}? [y/N] ", place))) return false;
  const bool is_own = options.netns.empty() || site.network.key == "host";
  if (options.confirm_within || !is_own || !in_ssh_session()) return true;
  return ask(
      "this is an ssh session: if the new rules cut it off, nothing brings it back; --confirm-within 60s would.\n"
      "change it all the same? [y/N] ");
}

// The policy of what runs, for its names; nullopt where it is not known.
Result<std::optional<Policy>> running_policy(const Site& site) {
  auto record = site.state.running(site.table);
  if (!record) return record.failure();
  if (!*record || (*record)->kind != RecordKind::policy) return std::optional<Policy>();
  Diagnostics unread;
  return recorded_policy(**record, (*record)->file, unread);
}

}  // namespace

int change(Kernel& kernel, Site& site, Target target, LiveMarkers& markers, const ChangeOptions& options) {
  DryRun dry_run(kernel, site, target, options);
  // Where there can be no other thread, it is done when its result is asked for.
  auto proof = std::async(std::launch::async | std::launch::deferred, [&] { return prove(target); });
  Side side = side_without_policy(target.operand, markers);
  if (const auto proved = proof.get(); !proved) return fail(proved.failure(), exit_status::not_equal);
  side.policy = std::move(target.operand.policy);
  Diagnostics diagnostics;
  auto known = running_policy(site);
  if (!known) return fail(known.failure(), exit_status::system_refused);
  const auto plan = plan_change(site.listing, std::move(*known), std::move(side), markers, diagnostics);
  render(diagnostics, options.color);
  if (!plan) return exit_status::system_refused;
  if (!options.quiet || (!options.yes && !options.dry_run)) {
    const std::string text = fmt::format("{}: {}\n{}", place_name(site.network), target.summary,
                                         describe(*plan, markers, use_color(options.color, 1), options.verbose));
    if (const auto written = write_stdout(text); !written) return fail(written.failure(), exit_status::system_refused);
  }
  if (const auto status = dry_run.refused(*plan)) return *status;
  int status = exit_status::done;
  if (options.confirm_within && !can_be_undone(kernel, site, options, status)) return status;
  if (options.dry_run) {
    if (!options.quiet) (void)write_stderr("dry run: the kernel takes it; nothing is changed\n");
    return exit_status::done;
  }
  if (!options.yes) {
    if (!is_terminal(STDIN_FILENO))
      return fail({"standard input is no terminal, so nobody can be asked: add --yes"}, exit_status::wrong_input);
    if (!is_wanted(site, options)) return fail({"nothing is changed"}, exit_status::system_refused);
  }
  return commit_change(kernel, site, target, *plan, markers, options);
}

}  // namespace egressc::deploy
