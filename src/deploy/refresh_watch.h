// Rounds of `egressc refresh`: once for every name, or until the end.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/options.h"
#include "deploy/refresh_names.h"
#include "kernel/kernel.h"
#include "refresh/refresh.h"
#include "resolver/resolver.h"
#include "support/wakeup.h"

namespace egressc {

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

// An exit status; a Failure is one of system_refused.
Result<int> run_refresh(RefreshWorld& world, const RefreshOptions& options, FollowedNames names,
                        const NetworkNamespace& network);

}  // namespace egressc
