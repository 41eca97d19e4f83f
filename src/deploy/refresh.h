// Rounds of `egressc refresh` over the sets of live names in the kernel.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "egressc/diagnostics.h"
#include "egressc/time.h"
#include "kernel/kernel.h"
#include "refresh/refresh.h"
#include "resolver/resolver.h"
#include "support/descriptor.h"

namespace egressc::deploy {

// Of a policy, the names that are asked for.
struct FollowedNames {
  std::vector<FollowedName> names;
  std::vector<std::string> wildcards;  // live as well, but nobody can be asked for them; as they are spelled
  std::string hash;                    // of the policy, as hash_in() tells it of a table
};

// nullopt: errors were added.
std::optional<FollowedNames> live_names(const Policy& policy, std::optional<CivilDate> today, Diagnostics& diagnostics);

// The sets in the kernel, as they are seen and changed.
class RefreshTable {
 public:
  // `now` is the clock of all times.
  RefreshTable(Kernel& kernel, std::string netns, std::function<RefreshTime()> now)
      : kernel_(kernel), netns_(std::move(netns)), now_(std::move(now)) {}

  // Reads the table, unless the ruleset is the one that was read before. False if there is no table.
  Result<bool> look();
  // Of the last look. The hash of the policy that the table says it is of; "" if it says none.
  const std::string& hash() const { return hash_; }
  // Of the last look: those names of which a set is missing.
  std::vector<DomainName> missing(const std::vector<FollowedName>& names) const;

  // Does a round of refresher. nullopt: others have changed the ruleset since the last look, and nothing was done; done
  // again without another look, it does not mind. A Failure if the kernel refuses it.
  Result<std::optional<std::vector<RefreshEvent>>> change(Refresher& refresher);

 private:
  std::vector<HeldElement> held_now() const;

  Kernel& kernel_;
  std::string netns_;
  std::function<RefreshTime()> now_;
  std::optional<std::uint32_t> generation_;
  std::string hash_;
  std::vector<std::string> sets_;  // sorted
  std::vector<HeldElement> held_;
  RefreshTime looked_{0};
};

// What is outside.
struct RefreshWorld {
  Kernel& kernel;
  Resolver& resolver;
  std::function<std::chrono::milliseconds()> now;
  std::function<Woken(std::chrono::milliseconds until, int event)> wait;  // as Wakeup::wait()
  int stop = -1;                                                          // as Wakeup::stop()
  // The names of the policy as it is now; nullopt if that cannot be told, which was said.
  std::function<std::optional<FollowedNames>()> read_again;
  std::function<void(const std::string&)> say;                     // lines of text
  std::function<Result<std::monostate>(const std::string&)> note;  // lines of JSON
};

// Once for every name, or until the end. An exit status; a Failure is one of system_refused.
Result<int> run_refresh(RefreshWorld& world, const RefreshOptions& options, FollowedNames names,
                        const NetworkNamespace& network);

}  // namespace egressc::deploy
