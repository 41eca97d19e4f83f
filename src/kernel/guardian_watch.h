// What a guardian does once it is armed.
#pragma once

#include <chrono>
#include <string_view>

#include "kernel/guardian/guardian.h"
#include "kernel/guardian_socket.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// What the two ends of the link say.
inline constexpr std::string_view applied_word = "applied";
inline constexpr std::string_view stand_down_word = "stand-down";

// A timer for watch(): poll(2) returns at the deadline, also if that passes in suspend.
Result<OwnedFd> make_timer();

// Returns when it has nothing left to do: confirmed, taken back, or never needed. `armed` is the since_boot() of arm().
void watch(const GuardianOrder& order, OwnedFd link, const GuardianSocket& socket, OwnedFd timer,
           std::chrono::nanoseconds armed);

}  // namespace egressc::kernel
