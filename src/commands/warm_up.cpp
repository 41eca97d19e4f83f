#include "commands/warm_up.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <ctime>

#include "commands/connection_tracking.h"
#include "commands/pending.h"
#include "support/output.h"

namespace egressc {
namespace {

constexpr const char* file = "warm-up";

std::string table() {
  return fmt::format(
      "add table inet egressc\ndelete table inet egressc\ntable inet egressc {{\n"
      "\tchain output {{\n\t\ttype filter hook output priority filter; policy accept;\n"
      "\t\tct state established,related counter comment \"{}\"\n\t}}\n}}\n",
      warm_up_comment);
}

// SIGINT, SIGTERM and SIGHUP stop the waiting, and not the process.
class Stops {
 public:
  Stops() {
    sigemptyset(&stops_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&stops_, number);
    ::pthread_sigmask(SIG_BLOCK, &stops_, &before_);
  }
  Stops(const Stops&) = delete;
  Stops& operator=(const Stops&) = delete;
  ~Stops() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // Whether the time passed without one.
  bool wait(std::chrono::milliseconds time) const {
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

 private:
  sigset_t stops_;
  sigset_t before_;
};

// What was cut off while it waited may have begun a moment ago.
bool is_needed(const Site& site) { return !site.table.present || site.table.comment == warm_up_comment; }

bool has_to_wait(const Site& site, const ChangeOptions& options) {
  if (options.warm_up.count() == 0 || site.created) return false;
  return site.table.comment == warm_up_comment || !tracks_connections(site.listing);
}

}  // namespace

Result<std::monostate> warm_up(Kernel& kernel, Site& site, const ChangeOptions& options) {
  if (!is_needed(site)) return std::monostate{};
  const bool waits = has_to_wait(site, options);
  const Stops stops;
  const auto loaded = kernel.commit(options.netns, table(), file, site.table.generation);
  if (!loaded) return loaded.failure();
  if (loaded->outcome != ChangeOutcome::done) return Failure{"the rule that tracks connections is refused"};
  if (waits && !options.quiet)
    (void)write_stderr(
        fmt::format("{}: not all connections are tracked yet: waiting {}, so that those that are open are known\n",
                    place_name(site.network), duration_text(options.warm_up)));
  const bool waited = stops.wait(waits ? options.warm_up : std::chrono::milliseconds(0));
  const auto looked = look_again(kernel, site, options.netns);
  if (waited && looked) return std::monostate{};
  cool_down(kernel, options);
  return looked ? Failure{"interrupted"} : looked.failure();
}

void cool_down(Kernel& kernel, const ChangeOptions& options) {
  const auto table = kernel.own_table(options.netns);
  if (table && table->present && table->comment == warm_up_comment)
    (void)kernel.commit(options.netns, "delete table inet egressc\n", file, table->generation);
}

}  // namespace egressc
