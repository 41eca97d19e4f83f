// The process of a guardian, which outlives who started it, and what it does.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "kernel/guardian/guardian.h"
#include "kernel/guardian/protocol.h"
#include "support/descriptor.h"

namespace egressc::kernel {

// For a process that setsid(2) and a fork have just made, with all signals blocked. Every descriptor is closed but
// `link`, which becomes the returned one; signals that can be ignored are.
Result<Descriptor> become_guardian(int link);

// The calling process is none that the kernel ends where memory is short: proc(5), oom_score_adj. "", or why it may be.
std::string ask_memory_killer_to_pass();

// A systemd scope of its own (systemd.scope(5)), which outlives the session or the service that a process came from.

std::string scope_name(int pid);

// What busctl(1) is given: org.freedesktop.systemd1(5), StartTransientUnit.
std::vector<std::string> scope_arguments(int pid);

// Moves the calling process. "" if that is done, or if systemd does not run this system; or why it is not.
std::string enter_own_scope();

// What the two ends of the link say.
inline constexpr std::string_view applied_word = "applied";
inline constexpr std::string_view stand_down_word = "stand-down";

// A timer for watch(): poll(2) returns at the deadline, also if that passes in suspend.
Result<Descriptor> make_timer();

// Returns when it has nothing left to do: confirmed, taken back, or never needed. `armed` is the since_boot() of arm().
void watch(const GuardianOrder& order, Descriptor link, const GuardianSocket& socket, Descriptor timer,
           std::chrono::nanoseconds armed);

}  // namespace egressc::kernel
