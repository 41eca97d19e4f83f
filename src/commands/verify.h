// Translation validation: the printed text is read back by a reader that knows nothing of the lowering, and what it
// lets through is compared with what the policy does.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "commands/dialects.h"
#include "egressc/policy.h"

namespace egressc {

enum class Verification : std::uint8_t { none, model };

// What differs, for a person, by dialect; "" where every text lets through exactly what the policy does. Policies among
// the files are passed over: they are no rulesets.
std::string differences(std::span<const PrintedFile> files, const Policy& policy, std::optional<CivilDate> today);

}  // namespace egressc
