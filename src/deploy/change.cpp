#include "deploy/change.h"

#include <fmt/core.h>
#include <unistd.h>

#include <future>

#include "cli/outcome.h"
#include "deploy/change_commit.h"
#include "deploy/change_plan.h"
#include "deploy/dry_run.h"
#include "intake/policy_file.h"
#include "prove/dialects.h"
#include "prove/verify.h"
#include "support/output.h"
#include "support/remote_session.h"

namespace egressc {
namespace {

// Failure if the text does not let through exactly what its policy does.
Result<std::monostate> prove(const Target& target) {
  if (!target.operand.policy) return std::monostate{};
  const PrintedFile file{"nftables", {}, target.text};
  const std::string report = differences({&file, 1}, *target.operand.policy, target.operand.today);
  if (report.empty()) return std::monostate{};
  return Failure{"the ruleset is not equal to the policy, so nothing is changed; please report this\n" + report};
}

// Whether what runs now can be loaded again, which a guardian may have to do.
bool can_be_undone(Kernel& kernel, const Site& site, const ChangeOptions& options, int& status) {
  const std::string text = undo_text(snapshot_now(site));
  const std::string name = "what runs now";
  const auto checked = kernel.check(options.netns, text, name).get();
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
  const UserIds users = host_users();
  return read_policy((*record)->body, (*record)->file, &users, unread);
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

}  // namespace egressc
