#pragma once

#include <cstdint>

#include "egressc/diagnostics.h"

namespace egressc {

// A number that nobody can guess (getrandom(2)).
Result<std::uint32_t> random_number();

}  // namespace egressc
