// Translation validation by the kernel: what it lists of a printed text after loading it.
#pragma once

#include <optional>

#include "commands/dialects.h"
#include "egressc/kernel.h"
#include "egressc/result.h"

namespace egressc {

// The file tried in the way of its dialect. Its listing is JSON for nftables, and iptables-save text of each family
// that the dialect has for the others. nullopt for policies: they are no rulesets.
Result<std::optional<Trial>> read_back_from_kernel(const PrintedFile& file, Kernel& kernel);

}  // namespace egressc
