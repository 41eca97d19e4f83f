// The part of a change that changes something.
#pragma once

#include "deploy/change.h"
#include "deploy/change_plan.h"

namespace egressc {

// Stages the records, arms the guardian, lets the kernel learn of connections, commits, and remembers. An exit status.
int commit_change(Kernel& kernel, Site& site, const Target& target, const Plan& plan, LiveMarkers& markers,
                  const ChangeOptions& options);

}  // namespace egressc
