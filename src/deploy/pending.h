// A change that waits for its confirmation.
#pragma once

#include <string>

#include "deploy/state.h"

namespace egressc {

// "a change waits for its confirmation …" with what to do, or "" where none does.
std::string confirmation_pending(const State& state, const NetworkNamespace& network);

}  // namespace egressc
