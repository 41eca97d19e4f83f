// New rules in force: beside the old ones and then switched to, or in place of the whole table; what the kernel says of
// them before, and after connections that live have been seen.
#pragma once

#include <signal.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>

#include "cli/options.h"
#include "deploy/change.h"
#include "deploy/plan.h"
#include "deploy/site.h"
#include "egressc/diagnostics.h"
#include "egressc/policy.h"
#include "egressc/ruleset.h"
#include "kernel/kernel.h"
#include "model/values/nft_table.h"

namespace egressc::deploy {

// Whether the target is loaded beside what runs at the site.
bool is_beside(const Target& target, const Site& site);

// Commits, and again where only elements came and went. site.table.generation is then what the last transaction was
// built on. A refusal is blamed on the policy. `link` as in Kernel::commit().
Result<Change> commit_rules(Kernel& kernel, Site& site, const Target& target, const Plan& plan, LiveMarkers& markers,
                            const ChangeOptions& options, int link);

// What the kernel says of a change before anything is changed: of all transactions of the change as one. The kernel
// takes as long over it as over the change itself, and meanwhile others can look at that as well. Where nobody is
// asked, elements of a large ruleset are not tried twice: the change begins with a transaction that loads them where
// nothing leads to them, and if that is refused nothing is changed either. What it is made of has to outlive it.
class DryRun {
 public:
  DryRun(Kernel& kernel, const Site& site, Target& target, const ChangeOptions& options);

  // Waits for it. An exit status if the kernel does not take the change, and what it says against it is rendered; of a
  // target that cannot be loaded beside what runs, but in place of it, `is_switched` is false then.
  std::optional<int> refused(const Plan& plan);

 private:
  void begin();

  Kernel& kernel_;
  const Site& site_;
  Target& target_;
  const ChangeOptions& options_;
  RulesetChange tried_;
  std::future<Result<Change>> checked_;  // of that
};

// As long as it lives, SIGINT, SIGTERM and SIGHUP stop a wait(), and not the process.
class Stops {
 public:
  Stops();
  Stops(const Stops&) = delete;
  Stops& operator=(const Stops&) = delete;
  ~Stops();

  // Whether the time passed without one.
  bool wait(std::chrono::milliseconds time) const;

 private:
  sigset_t stops_;
  sigset_t before_;
};

// The diagnostic of a line of the text of `change`, which puts `ruleset` in force, as one of the policy `file`: the
// grant of an element, the subject of a set or chain, or the file as a whole. What nftables was given stands in the
// hint.
Diagnostic blame(const Diagnostic& diagnostic, const NftChange& change, const Ruleset& ruleset, const Policy& policy,
                 const std::string& file);

}  // namespace egressc::deploy
