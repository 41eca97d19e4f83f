// egressc rehearse: does a kernel do with real packets what the policy says?
#pragma once

#include <string>
#include <vector>

#include "cli/rehearse_options.h"

namespace egressc {

// The arguments after "rehearse"; returns the exit status (egressc-rehearse(1)).
int rehearse(const std::vector<std::string>& arguments);

// The same for a command line that was read already.
int rehearse(const RehearseOptions& options);

}  // namespace egressc
