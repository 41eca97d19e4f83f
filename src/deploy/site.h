// A network namespace whose ruleset is about to change: locked, looked at, and watched from then on.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/options.h"
#include "deploy/state.h"
#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "readers/listing/listing.h"
#include "support/descriptor.h"

namespace egressc::deploy {

// A namespace that was created for a change goes with it, unless the change was made.
class CreatedNamespace {
 public:
  CreatedNamespace(Kernel& kernel, std::string name) : kernel_(&kernel), name_(std::move(name)) {}
  CreatedNamespace(CreatedNamespace&& other) noexcept
      : kernel_(std::exchange(other.kernel_, nullptr)), name_(std::move(other.name_)) {}
  CreatedNamespace& operator=(CreatedNamespace&&) = delete;
  CreatedNamespace(const CreatedNamespace&) = delete;
  CreatedNamespace& operator=(const CreatedNamespace&) = delete;
  ~CreatedNamespace() {
    if (kernel_ != nullptr) (void)kernel_->delete_namespace(name_);
  }
  void keep() { kernel_ = nullptr; }

 private:
  Kernel* kernel_;
  std::string name_;
};

struct Site {
  std::optional<CreatedNamespace> created;
  NetworkNamespace network;
  State state;
  std::optional<LockFile> lock;  // but for --dry-run
  std::unique_ptr<RulesetWatch> watch;
  OwnTable table;
  Listing listing;
  std::string snapshot;                          // Kernel::own_text()
  RunningTable running;                          // what it says
  std::chrono::steady_clock::time_point looked;  // when all of this was read
};

// The snapshot as it would be listed now.
std::string snapshot_now(const Site& site);

// What nft would list of the table that an undo restores; "" for none.
std::string undone_to(const Site& site);

// "this host", "network namespace lab": for a person.
std::string place_name(const NetworkNamespace& network);

// "egressc confirm --netns lab": what a person types to have `command` done there.
std::string command_there(std::string_view command, const NetworkNamespace& network);

// A Failure, with nothing changed, if privileges are missing, another egressc is at work there, or a change waits for
// its confirmation.
Result<Site> open_site(Kernel& kernel, const ChangeOptions& options);

// "the ruleset was changed meanwhile by nft (pid 812)".
std::string who_changed_it(const Site& site);

// Others change the ruleset while it is looked at: so often it is looked at again.
inline constexpr int most_looks = 5;

// Reads table, listing and snapshot again, of one generation.
Result<std::monostate> look_again(Kernel& kernel, Site& site, const std::string& netns);

}  // namespace egressc::deploy
