#include "report/watch_rules.h"

#include <fmt/core.h>

#include "commands/commands.h"
#include "support/random.h"

namespace egressc::commands {
namespace {

Result<std::string> tag_of(const WatchRulesOptions& options) {
  if (!options.tag.empty()) return options.tag;
  const auto number = random_number();
  if (!number) return number.failure();
  return fmt::format("egress-{:08x}", *number);
}

int run_watch_rules(WatchRulesOptions& options, Diagnostics&) {
  const auto tag = tag_of(options);
  if (!tag) return fail(tag.failure(), exit_status::system_refused);
  const auto is_wanted = [&](WatchFor loader) { return options.to == loader || options.to == WatchFor::all; };
  return print(
      watch_rules_text(*tag, options.uids,
                       {is_wanted(WatchFor::nftables), is_wanted(WatchFor::iptables), is_wanted(WatchFor::auditctl)}));
}

}  // namespace

int watch_rules(const Words& words) { return run_command("watch-rules", words, run_watch_rules); }

}  // namespace egressc::commands
