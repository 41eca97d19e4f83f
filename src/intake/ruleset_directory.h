// A directory that `compile --to all` wrote.
#pragma once

#include <optional>
#include <string>

#include "intake/operand.h"

namespace egressc {

// Every file of it that is there, and they have to say the same: if two do not, that is an error. nullopt: errors were
// added.
Result<std::optional<Operand>> read_ruleset_directory(const std::string& path, const OperandContext& context,
                                                      Diagnostics& diagnostics);

}  // namespace egressc
