#include "deploy/change_commit.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "deploy/pending.h"
#include "deploy/rules_commit.h"
#include "deploy/warm_up.h"
#include "intake/inputs.h"
#include "kernel/guardian/guardian.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc {
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

// What nft would list of the table that an undo restores.
std::string undone_to(const Site& site) { return runs_nothing(site.table) ? std::string() : snapshot_now(site); }

// Undone at the end of its life, unless the change was made.
class Arming {
 public:
  explicit Arming(const Site& site) : site_(site) {}
  Arming(const Arming&) = delete;
  Arming& operator=(const Arming&) = delete;
  ~Arming() {
    if (guardian_) (void)guardian_->stand_down();
    if (!done_) site_.state.discard();
  }

  Result<std::monostate> arm(Kernel& kernel, const StateRecord& next, const ChangeOptions& options) {
    const State state = site_.state;
    const GuardianOrder order{
        options.netns,
        *options.confirm_within,
        state.socket(),
        [snapshot = undone_to(site_)](std::chrono::milliseconds passed) { return undo_text(aged(snapshot, passed)); },
        [&kernel, next] {
          // The guardian is in the namespace, which may have lost its name.
          const auto table = kernel.own_table("");
          return table && is_record_of(next, *table);
        },
        [state] { return state.promote(); },
        [state] {
          state.discard();
          state.note_undone(system_now());
        },
    };
    auto armed = Guardian::arm(order);
    if (!armed) return armed.failure();
    guardian_.emplace(std::move(*armed));
    if (!guardian_->warning().empty()) (void)write_stderr(fmt::format("warning: {}\n", guardian_->warning()));
    return std::monostate{};
  }

  int link() const { return guardian_ ? guardian_->link() : -1; }

  // Nobody knows whether the change is made: the guardian takes it back at once, and the records stay, of which the
  // table tells the right one.
  bool let_go() {
    done_ = true;
    const bool is_taken_back = guardian_.has_value();
    guardian_.reset();
    return is_taken_back;
  }

  // The change is made: remembered at once, or left to the guardian. False if there is no guardian any more.
  bool left_to_guardian() {
    if (!guardian_->applied()) return false;
    done_ = true;
    guardian_.reset();
    return true;
  }
  Result<std::monostate> remember() {
    done_ = true;
    return site_.state.promote();
  }

 private:
  const Site& site_;
  std::optional<Guardian> guardian_;
  bool done_ = false;
};

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
  const LiveElements live = live_elements(site.snapshot);
  const std::size_t count = carry_over(live.elements, target.live).left_out.size() + live.not_understood;
  if (target.live.empty() || count == 0) return {};
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
int undo(Kernel& kernel, const Site& site, const ChangeOptions& options) {
  const auto undone = kernel.commit(options.netns, undo_text(undone_to(site)), "undo", std::nullopt);
  if (undone && undone->outcome == ChangeOutcome::done)
    return fail({"the guardian has died: the change is undone"}, exit_status::rolled_back);
  return fail({fmt::format("the guardian has died, and the change could not be undone: run {}",
                           command_there("remove", site.network))},
              exit_status::system_refused);
}

}  // namespace

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
    if (const auto armed = arming.arm(kernel, next, options); !armed)
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
  if (options.confirm_within && !arming.left_to_guardian()) return undo(kernel, site, options);
  if (!options.confirm_within)
    if (const auto kept = arming.remember(); !kept)
      return fail({kept.failure().message + ": the rules are in force, but this is not remembered"},
                  exit_status::system_refused);
  if (change->generation != site.table.generation + 1)
    (void)write_stderr(fmt::format("warning: {}: egressc diff shows what runs now\n", who_changed_it(site)));
  (void)write_stderr(left_behind(site, target));
  if (!options.quiet) (void)write_stderr(made(site, target, options));
  return exit_status::done;
}

}  // namespace egressc
