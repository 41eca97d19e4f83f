// Tree to JSON in ASCII.
#pragma once

#include <string>

#include "model/tree.h"

namespace egressc {

enum class Spacing : std::uint8_t { compact, indented };  // by two, with a line feed at the end

std::string print_json(const Tree& tree, Spacing spacing);

}  // namespace egressc
