#include "deploy/confirmation.h"

#include <fmt/core.h>

#include "cli/outcome.h"
#include "deploy/deploy.h"
#include "deploy/switching.h"
#include "intake/inputs.h"
#include "readers/listing/listing.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::deploy {
namespace {

constexpr std::chrono::seconds status_patience{10};
constexpr std::chrono::seconds patience{120};  // it may be about to load rules

constexpr const char* under_way = "another change is under way: try again when it has ended";

// The guardian is dead: kept here, or nullopt where nothing waits.
std::optional<int> confirm_unguarded(Kernel& kernel, const State& state, const NetworkNamespace& network,
                                     const ChangeOptions& options) {
  const auto waits = [&] {
    const auto table = kernel.own_table(options.netns);
    return table && state.awaits_confirmation(*table);
  };
  if (!waits()) return std::nullopt;
  const auto lock = LockFile::take(state.lock());
  if (!lock) return fail(lock.failure(), exit_status::system_refused);
  if (!*lock) return fail({under_way}, exit_status::system_refused);
  // Whoever held it may have made another change.
  if (!waits()) return std::nullopt;
  if (const auto kept = state.promote(); !kept) return fail(kept.failure(), exit_status::system_refused);
  if (!options.quiet)
    (void)write_stderr(fmt::format("confirmed: the rules of {} stay; their guardian had died\n", place_name(network)));
  return exit_status::done;
}

// What nobody waited for.
int fail_unasked(const State& state, const NetworkNamespace& network) {
  if (const auto undone = state.undone_at())
    return fail(
        {fmt::format("too late: the change of {} was undone at {}", place_name(network), to_string_utc(*undone))},
        exit_status::rolled_back);
  return fail({fmt::format("no change of {} waits for a confirmation: `{}` says what runs", place_name(network),
                           command_there("status", network))},
              exit_status::system_refused);
}

}  // namespace

Result<GuardianAnswer> ask_status(const State& state) {
  return ask_guardian(state.socket(), GuardianRequest::status, status_patience);
}

std::string confirmation_pending(const State& state, const NetworkNamespace& network) {
  const auto answer = ask_status(state);
  if (!answer) return answer.failure().message;
  switch (answer->kind) {
    case GuardianAnswer::Kind::nobody:
      return {};
    case GuardianAnswer::Kind::waiting:
      return fmt::format("a change waits for its confirmation, and is undone in {}: `{}` keeps it, `{}` undoes it now",
                         duration_text(answer->left), command_there("confirm", network),
                         command_there("rollback", network));
    default:
      return under_way;
  }
}

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
      return fail({under_way}, exit_status::system_refused);
  }
}

Result<std::monostate> take_back(Kernel& kernel, const std::string& netns, const std::string& before,
                                 const NftTable* made) {
  const auto load = [&](const std::string& text) -> Result<std::monostate> {
    if (text.empty()) return std::monostate{};
    const auto change = kernel.commit(netns, text, "undo", std::nullopt);
    if (!change) return change.failure();
    if (change->outcome != ChangeOutcome::done) return Failure{change->refusal.render(false)};
    return std::monostate{};
  };
  for (int attempt = 0; attempt < most_looks; ++attempt) {
    const auto running = kernel.own_text(netns);
    const auto stages = running ? restoring(before, *running, made) : std::nullopt;
    if (!stages) break;
    // Of a change that was cut off right after its switch.
    kernel.wait_for_packets();
    // An element that is deleted may time out meanwhile.
    if (!load(stages->prepare) || !load(stages->turn)) continue;
    kernel.wait_for_packets();
    (void)load(stages->clear);  // nothing leads to it
    return std::monostate{};
  }
  return load(undo_text(before));
}

Arming::~Arming() {
  if (guardian_) (void)guardian_->stand_down();
  if (!done_) site_.state.discard();
}

Result<std::monostate> Arming::arm(Kernel& kernel, const StateRecord& next, const std::optional<NftTable>& made,
                                   const ChangeOptions& options) {
  const State state = site_.state;
  const GuardianOrder order{
      options.netns,
      *options.confirm_within,
      state.socket(),
      // The guardian is in the namespace, which may have lost its name.
      [&kernel, made, snapshot = undone_to(site_)](std::chrono::milliseconds passed) {
        return take_back(kernel, "", aged(snapshot, passed), made ? &*made : nullptr);
      },
      [&kernel, next] {
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
  if (const auto noted = state.await_confirmation(); !noted) return noted;
  if (!guardian_->warning().empty()) (void)write_stderr(fmt::format("warning: {}\n", guardian_->warning()));
  return std::monostate{};
}

bool Arming::let_go() {
  done_ = true;
  const bool is_taken_back = guardian_.has_value();
  guardian_.reset();
  return is_taken_back;
}

bool Arming::left_to_guardian() {
  if (!guardian_->applied()) return false;
  done_ = true;
  guardian_.reset();
  return true;
}

Result<std::monostate> Arming::remember() {
  done_ = true;
  return site_.state.promote();
}

}  // namespace egressc::deploy

namespace egressc {

int confirm_change(Kernel& kernel, const ChangeOptions& options) {
  using namespace deploy;
  const auto network = kernel.identify(options.netns);
  if (!network) return fail(network.failure(), exit_status::system_refused);
  const State state(options.state_directory, network->key);
  const auto answer = ask_guardian(state.socket(), GuardianRequest::confirm, patience);
  if (!answer) return fail(answer.failure(), exit_status::system_refused);
  switch (answer->kind) {
    case GuardianAnswer::Kind::nobody:
      if (const auto status = confirm_unguarded(kernel, state, *network, options)) return *status;
      return fail_unasked(state, *network);
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

}  // namespace egressc
