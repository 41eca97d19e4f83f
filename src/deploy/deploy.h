// The moments of a change of the table inet egressc, as the commands ask for them.
//
// Those that run to an exit status say on standard error what became of it: done, or system_refused where nothing else
// is said. What they change is the network namespace, and the state directory, that the options name.
#pragma once

#include <optional>
#include <string>

#include "cli/options.h"
#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "report/status.h"

namespace egressc {

struct PolicyFile;

// The policy is shown, asked about, tried, put into the kernel and remembered. `file` is where it was read from,
// absolute, for the record; "" for nowhere. The diagnostics are rendered with what is added to them. An exit status:
// wrong_input also if nobody said yes, not_equal if the ruleset is not what the policy says, and as deploy::change().
// Throws where sets of flows do (within_flow_limit()), before anything is changed; so do roll_back() and
// remove_rules().
int apply_policy(Kernel& kernel, PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                 const ChangeOptions& options, Diagnostics& diagnostics);

// A change that waits for its confirmation is undone at once; else what was there before the last one is applied again.
int roll_back(Kernel& kernel, const ChangeOptions& options);

// Takes out the table, and with `delete_namespace` its network namespace and all that is remembered of it.
int remove_rules(Kernel& kernel, const ChangeOptions& options);

// Keeps a change that waits for it. An exit status: rolled_back if it comes too late.
int confirm_change(Kernel& kernel, const ChangeOptions& options);

// Keeps the sets of the policy's live names at what the resolver answers: once for every name, or until a signal ends
// it. An exit status: wrong_input if the policy cannot be read.
int refresh_live_sets(Kernel& kernel, const RefreshOptions& options);

// `policy_word` is the policy to compare with; "" for the one that was applied. What cannot be told stays unknown, and
// errors say why. A Failure if the kernel or the state directory cannot be read.
Result<StatusReport> report_status(Kernel& kernel, const std::string& netns, const std::string& state_directory,
                                   const std::string& policy_word, Diagnostics& diagnostics);

}  // namespace egressc
