// Waiting for a time, an event or the end, whatever comes first.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"

namespace egressc {

enum class Woken : std::uint8_t { time, event, stop };

class Wakeup {
 public:
  // From now on SIGTERM and SIGINT end no process of this thread's, but wait().
  static Result<std::unique_ptr<Wakeup>> open();

  // Since boot, with the time in which the machine slept (CLOCK_BOOTTIME, clock_gettime(2)).
  static std::chrono::milliseconds now();

  // Until that time, by now(); until `event` (-1: none) can be read; or until one of the signals has come.
  Woken wait(std::chrono::milliseconds until, int event) const;

  // Can be read once one of the signals has come.
  int stop() const { return signals_.get(); }

 private:
  Wakeup(Descriptor signals, Descriptor timer) : signals_(std::move(signals)), timer_(std::move(timer)) {}

  Descriptor signals_;
  Descriptor timer_;
};

}  // namespace egressc
