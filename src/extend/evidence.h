// Evidence of several logs, put together.
#pragma once

#include "egressc/policy.h"

namespace egressc {

// Both from the logs of one run: no attempt is in both.
void add_evidence(Evidence& into, const Evidence& from);

// What newer logs say, to what stands in the policy. Attempts that are not newer than `into.last` have been counted
// already, so the same logs count once. Logs that begin before it and end behind it may hold all that was counted or
// none of it: then the larger number stands, which is never too many.
void update_evidence(Evidence& into, const Evidence& gained);

}  // namespace egressc
