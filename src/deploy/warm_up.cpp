#include "deploy/warm_up.h"

#include <fmt/core.h>

#include <cerrno>
#include <ctime>

#include "deploy/connection_tracking.h"

namespace egressc {

bool has_to_wait(const Site& site, const ChangeOptions& options) {
  if (options.warm_up.count() == 0 || site.created || !runs_nothing(site.table)) return false;
  // What was cut off while it waited may have begun a moment ago.
  return site.table.comment == warm_up_comment || !tracks_connections(site.listing);
}

std::string warm_up_table() {
  return fmt::format(
      "add table inet egressc\ndelete table inet egressc\ntable inet egressc {{\n"
      "\tchain output {{\n\t\ttype filter hook output priority filter; policy accept;\n"
      "\t\tct state established,related counter comment \"{}\"\n\t}}\n}}\n",
      warm_up_comment);
}

void cool_down(Kernel& kernel, const ChangeOptions& options) {
  const auto table = kernel.own_table(options.netns);
  if (table && table->present && table->comment == warm_up_comment)
    (void)kernel.commit(options.netns, "delete table inet egressc\n", "warm-up", table->generation);
}

Stops::Stops() {
  sigemptyset(&stops_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&stops_, number);
  ::pthread_sigmask(SIG_BLOCK, &stops_, &before_);
}

Stops::~Stops() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Stops::wait(std::chrono::milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  int stopped = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    const timespec span{left / 1'000'000'000, left % 1'000'000'000};
    stopped = ::sigtimedwait(&stops_, nullptr, &span);
  } while (stopped < 0 && errno == EINTR);
  return stopped <= 0;
}

}  // namespace egressc
