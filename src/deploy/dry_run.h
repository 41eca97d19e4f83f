// What the kernel says of a change before anything is changed.
#pragma once

#include <future>
#include <optional>
#include <string>

#include "deploy/change.h"
#include "deploy/change_plan.h"
#include "kernel/kernel.h"

namespace egressc {

// Of all transactions of the change as one. The kernel takes as long over it as over the change itself, and meanwhile
// others can look at that as well. Where nobody is asked, elements of large sets are not tried twice: the change begins
// with a transaction that loads them where nothing leads to them, and if that is refused nothing is changed either.
// What it is made of has to outlive it.
class DryRun {
 public:
  DryRun(Kernel& kernel, const Site& site, Target& target, const ChangeOptions& options);

  // Waits for it, and makes the change ready meanwhile. An exit status if the kernel does not take the change, and what
  // it says against it is rendered; of a target that cannot be loaded beside what runs, but in place of it,
  // `is_switched` is false then.
  std::optional<int> refused(const Plan& plan);

 private:
  void begin();

  Kernel& kernel_;
  const Site& site_;
  Target& target_;
  const ChangeOptions& options_;
  std::string text_;
  std::future<Result<Change>> checked_;  // of the text
};

}  // namespace egressc
