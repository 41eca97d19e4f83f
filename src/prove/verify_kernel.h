// Translation validation by the kernel: what it lists of a printed text after loading it.
#pragma once

#include <optional>
#include <string_view>

#include "egressc/diagnostics.h"
#include "kernel/kernel.h"
#include "prove/dialects.h"

namespace egressc {

// The file tried in the way of its dialect. Its listing is JSON for nftables, and iptables-save text of each family
// that the dialect has for the others, with `sets` in the form of ipset(8) restored before. nullopt for what is no
// ruleset: policies, sets, and what a resolver is told.
Result<std::optional<Trial>> read_back_from_kernel(const PrintedFile& file, std::string_view sets, Kernel& kernel);

}  // namespace egressc
