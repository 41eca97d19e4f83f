#include "report/watch_rules.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "commands/commands.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

Result<std::string> new_tag() {
  std::uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number)
    return Failure{fmt::format("no random tag: {}", std::strerror(errno))};
  return fmt::format("egress-{:08x}", number);
}

int run_watch_rules(WatchRulesOptions& options, Diagnostics&) {
  const auto tag = options.tag.empty() ? new_tag() : Result<std::string>(options.tag);
  if (!tag) return fail(tag.failure(), exit_status::system_refused);
  const auto is_wanted = [&](WatchFor loader) { return options.to == loader || options.to == WatchFor::all; };
  return print(
      watch_rules_text(*tag, options.uids,
                       {is_wanted(WatchFor::nftables), is_wanted(WatchFor::iptables), is_wanted(WatchFor::auditctl)}));
}

}  // namespace

int watch_rules(const Words& words) { return run_command("watch-rules", words, run_watch_rules); }

}  // namespace egressc::commands
