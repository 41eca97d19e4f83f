#include "report/watch_rules.h"

#include <fmt/core.h>

#include "commands/commands.h"
#include "intake/policy_file.h"
#include "support/random.h"

namespace egressc::commands {
namespace {

Result<std::string> tag_of(const WatchRulesOptions& options) {
  if (!options.tag.empty()) return options.tag;
  const auto number = random_number();
  if (!number) return number.failure();
  return fmt::format("egress-{:08x}", *number);
}

int run_watch_rules(WatchRulesOptions& options, Diagnostics& diagnostics) {
  const auto users = users_of(options.passwd, diagnostics);
  if (!users) return refuse(users, diagnostics, ColorMode::automatic);
  const auto uids = ids_of("uid", options.uids, *users, diagnostics);
  if (diagnostics.has_errors()) return refuse(diagnostics, ColorMode::automatic);
  const auto tag = tag_of(options);
  if (!tag) return fail(tag.failure(), exit_status::system_refused);
  const auto is_wanted = [&](WatchFor loader) { return options.to == loader || options.to == WatchFor::all; };
  return print(watch_rules_text(
      *tag, uids, {is_wanted(WatchFor::nftables), is_wanted(WatchFor::iptables), is_wanted(WatchFor::auditctl)}));
}

}  // namespace

int watch_rules(const Words& words) { return run_command("watch-rules", words, run_watch_rules); }

}  // namespace egressc::commands
