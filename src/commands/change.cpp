#include "commands/change.h"

#include <fmt/format.h>
#include <unistd.h>

#include "commands/change_commit.h"
#include "commands/change_plan.h"
#include "commands/outcome.h"
#include "commands/reviewed_policy.h"
#include "commands/rules_commit.h"
#include "support/output.h"
#include "support/remote_session.h"

namespace egressc {
namespace {

// Whether the kernel would take it; what it says against it is rendered.
bool is_taken(Kernel& kernel, Target& target, const Site& site, const Plan& plan, const ChangeOptions& options,
              int& status) {
  std::string text = tried_text(target, site);
  auto checked = kernel.check(options.netns, text, target.file);
  if (checked && checked->outcome == ChangeOutcome::refused && is_beside(target, site)) {
    // Something of the same name is there that is not the same.
    target.is_switched = false;
    text = tried_text(target, site);
    checked = kernel.check(options.netns, text, target.file);
  }
  if (!checked) {
    status = fail(checked.failure(), exit_status::system_refused);
    return false;
  }
  if (checked->outcome == ChangeOutcome::done) return true;
  render(blamed(checked->refusal, target, plan, text), options.color);
  status = fail({"the kernel does not take this ruleset: nothing is changed"}, exit_status::system_refused);
  return false;
}

// Whether what runs now can be loaded again, which a guardian may have to do.
bool can_be_undone(Kernel& kernel, const Site& site, const ChangeOptions& options, int& status) {
  const auto checked = kernel.check(options.netns, undo_text(snapshot_now(site)), "what runs now");
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
  Diagnostics diagnostics;
  auto known = running_policy(site);
  if (!known) return fail(known.failure(), exit_status::system_refused);
  const auto plan = plan_change(site.listing, std::move(*known), std::move(target.side), markers, diagnostics);
  render(diagnostics, options.color);
  if (!plan) return exit_status::system_refused;
  if (!options.quiet || (!options.yes && !options.dry_run)) {
    const std::string text = fmt::format("{}: {}\n{}", place_name(site.network), target.summary,
                                         describe(*plan, markers, use_color(options.color, 1), options.verbose));
    if (const auto written = write_stdout(text); !written) return fail(written.failure(), exit_status::system_refused);
  }
  int status = exit_status::done;
  if (!is_taken(kernel, target, site, *plan, options, status)) return status;
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
