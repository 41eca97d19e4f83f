// A change that waits for its confirmation, or is undone.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/options.h"
#include "deploy/site.h"
#include "deploy/state.h"
#include "kernel/guardian/guardian.h"
#include "kernel/kernel.h"
#include "model/values/nft_table.h"

namespace egressc::deploy {

// What the guardian of the network namespace says, if there is one.
Result<GuardianAnswer> ask_status(const State& state);

// "a change waits for its confirmation …" with what to do, or "" where none does.
std::string confirmation_pending(const State& state, const NetworkNamespace& network);

// The exit status, if a change waited for its confirmation: it is undone.
std::optional<int> undo_pending(const State& state, const ChangeOptions& options);

// The table is as it was listed before, or gone for "": beside what runs and then switched to, where that can be.
// `made` is what was to run in its place (nullptr: nothing).
Result<std::monostate> take_back(Kernel& kernel, const std::string& netns, const std::string& before,
                                 const NftTable* made);

// Undone at the end of its life, unless the change was made.
class Arming {
 public:
  explicit Arming(const Site& site) : site_(site) {}
  Arming(const Arming&) = delete;
  Arming& operator=(const Arming&) = delete;
  ~Arming();

  // A guardian that undoes the change to `next`, of this table, unless it is confirmed in time.
  Result<std::monostate> arm(Kernel& kernel, const StateRecord& next, const std::optional<NftTable>& made,
                             const ChangeOptions& options);

  // As in Kernel::commit(); -1 without a guardian.
  int link() const { return guardian_ ? guardian_->link() : -1; }

  // Nobody knows whether the change is made: the guardian takes it back at once, and the records stay, of which the
  // table tells the right one. False if there is no guardian.
  bool let_go();

  // The change is made: remembered at once, or left to the guardian. False if there is no guardian any more.
  bool left_to_guardian();
  Result<std::monostate> remember();

 private:
  const Site& site_;
  std::optional<Guardian> guardian_;
  bool done_ = false;
};

}  // namespace egressc::deploy
