// A change that waits for its confirmation.
#pragma once

#include <chrono>
#include <string>

#include "deploy/state.h"

namespace egressc {

// "a change waits for its confirmation …" with what to do, or "" where none does.
std::string confirmation_pending(const State& state, const NetworkNamespace& network);

// "65 s", "2 min 5 s", "1 h 5 min": rounded up.
std::string duration_text(std::chrono::milliseconds time);

}  // namespace egressc
