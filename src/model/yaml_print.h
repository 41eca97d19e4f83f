// Tree to YAML, in one form: block maps and lists indented by two, flow ones on one line, quotes where they are needed.
#pragma once

#include <string>

#include "egressc/tree.h"

namespace egressc {

std::string print_yaml(const Tree& tree);

}  // namespace egressc
