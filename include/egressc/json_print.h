// Documents as JSON.
#pragma once

#include <string>

#include "egressc/tree.h"

namespace egressc {

enum class Spacing : std::uint8_t { compact, indented };  // by two, with a line feed at the end

// In ASCII: whatever is not is escaped (RFC 8259, 7). Scalars are strings unless they are literals.
std::string print_json(const Tree& tree, Spacing spacing);

}  // namespace egressc
