// A new ruleset for the table inet egressc: shown, asked about, tried, put into the kernel, and remembered.
#pragma once

#include <optional>
#include <string>

#include "cli/options.h"
#include "deploy/site.h"
#include "deploy/state.h"
#include "egressc/diagnostics.h"
#include "egressc/flow_space.h"
#include "egressc/ruleset.h"
#include "intake/operand.h"
#include "intake/policy_file.h"
#include "model/values/nft_table.h"

namespace egressc::deploy {

struct Target {
  StateRecord record;              // its time is set when the change is made
  RulesetChange whole;             // the table is replaced whole, or deleted
  std::optional<NftTable> table;   // of a policy: what runs in live sets of the same name stays in them
  bool is_switched = false;        // it can be loaded beside what runs, and then switched to
  std::string listing;             // without `table`: what nft would list of what comes back, "" for no table
  std::string file;                // what messages call the text
  Operand operand;                 // what it lets through
  std::string summary;             // a line that says what it is
  std::optional<Ruleset> ruleset;  // of the policy, for places in it
};

// Runs to the exit status: done, not_equal (of a policy's text, which is proved first), wrong_input (nobody said yes)
// or system_refused. With --dry-run nothing is changed.
// Throws where sets of flows do (within_flow_limit()), before anything is changed.
int change(Kernel& kernel, Site& site, Target target, LiveMarkers& markers, const ChangeOptions& options);

// The policy of a record that has one, for messages under this name. nullopt: errors were added.
std::optional<Policy> recorded_policy(const StateRecord& record, const std::string& name, Diagnostics& diagnostics);

// Lowered with this tag (ruleset.h). `file` as in apply_policy(). nullopt: errors were added.
std::optional<Target> target_of(PolicyFile policy, const std::string& file, std::optional<CivilDate> today,
                                const std::string& tag, Diagnostics& diagnostics);

// What was in force once. A table that was there before egressc is as it was listed, but for the time that has passed:
// the kernel reads that. nullopt: errors were added.
Result<std::optional<Target>> target_of(Kernel& kernel, const StateRecord& record, const std::string& tag,
                                        LiveMarkers& markers, Diagnostics& diagnostics);

// Deletes the table, if there is one; everything passes then.
Target remove_target();

}  // namespace egressc::deploy
