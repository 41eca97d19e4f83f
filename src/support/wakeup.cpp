#include "support/wakeup.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace egressc {

Result<std::unique_ptr<Wakeup>> Wakeup::open() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  Descriptor signals(::signalfd(-1, &ends, SFD_CLOEXEC));
  if (!signals) return system_failure("signalfd", errno);
  Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
  if (!timer) return system_failure("timerfd", errno);
  return std::unique_ptr<Wakeup>(new Wakeup(std::move(signals), std::move(timer)));
}

std::chrono::milliseconds Wakeup::now() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                               std::chrono::nanoseconds(time.tv_nsec));
}

Woken Wakeup::wait(std::chrono::milliseconds until, int event) const {
  // A time of 0 would disarm the timer.
  const auto time = std::max(until, std::chrono::milliseconds(1));
  const itimerspec when{{}, {time.count() / 1000, time.count() % 1000 * 1'000'000}};
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  pollfd events[] = {{signals_.get(), POLLIN, 0}, {event, POLLIN, 0}, {timer_.get(), POLLIN, 0}};
  while (::poll(events, 3, -1) < 0 && errno == EINTR) {}
  if (events[0].revents != 0) return Woken::stop;
  return events[1].revents != 0 ? Woken::event : Woken::time;
}

}  // namespace egressc
