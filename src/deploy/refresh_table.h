// The sets of live names in the kernel, as `egressc refresh` sees and changes them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "refresh/refresh.h"

namespace egressc {

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

}  // namespace egressc
