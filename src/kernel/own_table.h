// The table inet egressc, and who else changes the ruleset.
#pragma once

#include <memory>

#include "egressc/kernel.h"
#include "egressc/result.h"

namespace egressc::kernel {

// Both of the calling thread's network namespace.
Result<OwnTable> find_own_table();
Result<std::unique_ptr<RulesetWatch>> watch_ruleset();

}  // namespace egressc::kernel
