// Which subjects may stand side by side.
#pragma once

#include "egressc/policy.h"

namespace egressc {

void validate_subjects(const Policy& policy, Diagnostics& diagnostics);

}  // namespace egressc
