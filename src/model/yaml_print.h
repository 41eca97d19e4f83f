// Tree to YAML, in one form: block maps and lists indented by two, flow ones on one line, quotes where they are needed.
#pragma once

#include <string>

#include "model/document/document.h"

namespace egressc {

std::string print_yaml(const Tree& tree);

// The root on one line, as it may stand within brackets.
std::string print_flow_yaml(const Tree& tree);
// The root, if it is a map or list in block layout, over several lines: each but the first is indented by `indent`
// blanks, and the last one ends without a line feed. Else on one line, as it may stand behind "key: " or "- ".
std::string print_block_yaml(const Tree& tree, std::size_t indent);

}  // namespace egressc
