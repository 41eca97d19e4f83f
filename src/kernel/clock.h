// Time that passes whatever the wall clock says.
#pragma once

#include <chrono>
#include <ctime>

namespace egressc::kernel {

// Since the system started, suspend included (CLOCK_BOOTTIME, clock_gettime(2)).
inline std::chrono::nanoseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

inline timespec to_timespec(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

inline void pause_for(std::chrono::nanoseconds time) {
  const timespec wanted = to_timespec(time);
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, nullptr);
}

}  // namespace egressc::kernel
