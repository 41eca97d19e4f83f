// The table inet egressc, and who else changes the ruleset.
#pragma once

#include <memory>

#include "kernel/kernel.h"
#include "egressc/diagnostics.h"

namespace egressc::kernel {

// Both of the calling thread's network namespace.
Result<OwnTable> find_own_table();
Result<std::unique_ptr<RulesetWatch>> watch_ruleset();

}  // namespace egressc::kernel
