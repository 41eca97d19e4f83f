// --names live: names from a reviewed source follow DNS.
#pragma once

#include <functional>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/name.h"
#include "egressc/policy.h"

namespace egressc {

// Whether somebody who is not governed vouches that whoever owns the name may choose the addresses that the subject
// reaches. This is the one place where it is decided: a log never does, since a governed process chooses the names it
// asks for, and could point one of its own at a good address, connect, and move it later.
using Vouches = std::function<bool(const Subject& subject, const DomainName& name)>;

// What reviewed policies say: a name is vouched for where one of them grants it to a subject with the same ids, itself
// or by a wildcard. They are copied.
Vouches reviewed_by(const std::vector<Policy>& reviewed);

// Turns on `live` for every grant with one name that is vouched for. A note for each other name says why it stays
// pinned; an error if none is live in the end. The policy is normalized.
void make_names_live(Policy& policy, const Vouches& vouches, Diagnostics& diagnostics);

}  // namespace egressc
