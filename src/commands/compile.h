// egressc compile: logs and policies in, one dialect out.
#pragma once

#include <string>
#include <vector>

namespace egressc {

// The arguments after "compile"; returns the exit status (egressc-compile(1)).
int compile(const std::vector<std::string>& arguments);

}  // namespace egressc
