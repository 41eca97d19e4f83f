// --names live: names from a reviewed source follow DNS.
#pragma once

#include <functional>
#include <vector>

#include "egressc/ceiling.h"
#include "egressc/diagnostics.h"
#include "egressc/policy.h"

namespace egressc {

// Whether somebody who is not governed vouches that whoever owns the name may choose the addresses that the subject
// reaches. This is the one place where it is decided: a log never does, since a governed process chooses the names it
// asks for, and could point one of its own at a good address, connect, and move it later.
using Vouches = std::function<bool(const Subject& subject, const Grant& grant)>;

// What reviewed policies and guards say of a grant with one name: it is vouched for where a policy grants the name to a
// subject with the same ids, itself or by a wildcard, or a guard holds exactly this name; and where no guard forbids
// what the name may come to mean. All are copied.
Vouches vouched_for(const std::vector<Policy>& reviewed, const Ceiling& ceiling);

// Turns on `live` for every grant with one name that is vouched for. A note for each other name says why it stays
// pinned; an error if none is live in the end. The policy is normalized.
void make_names_live(Policy& policy, const Vouches& vouches, Diagnostics& diagnostics);

}  // namespace egressc
