// A new ruleset for the table inet egressc: shown, asked about, tried, put into the kernel, and remembered.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "deploy/change_site.h"
#include "deploy/state_record.h"
#include "egressc/live.h"
#include "egressc/ruleset.h"
#include "intake/operand.h"
#include "readers/listing/listing.h"

namespace egressc {

struct Target {
  StateRecord record;              // its time is set when the change is made
  std::string text;                // nftables: the table is replaced whole, or deleted
  std::string tag;                 // of the names in it
  bool is_switched = false;        // it can be loaded beside what runs, and then switched to
  std::string file;                // what messages call the text
  Operand operand;                 // what it lets through
  std::vector<LiveSetStart> live;  // its live sets: what runs in those of the same name stays in them
  std::string summary;             // a line that says what it is
  std::optional<Ruleset> ruleset;  // of the policy, for places in it
};

// Runs to the exit status: done, not_equal (of a policy's text, which is proved first), wrong_input (nobody said yes)
// or system_refused. With --dry-run nothing is changed.
// Throws std::length_error where FlowSpace does, before anything is changed.
int change(Kernel& kernel, Site& site, Target target, LiveMarkers& markers, const ChangeOptions& options);

}  // namespace egressc
