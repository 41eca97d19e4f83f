#include "backends/deny_log.h"

#include <algorithm>

namespace egressc {
namespace {

// xt_limit counts in 10000ths of a second and refuses a burst over 10000; and a burst that takes more than a day to
// refill overflows its 32 bits.
constexpr std::uint64_t xt_limit_scale = 10000;

struct Unit {
  std::string_view name;
  std::uint64_t seconds;
  std::uint64_t bursts;  // how many units of the rate a burst holds
};

constexpr Unit units[] = {{"second", 1, 5}, {"minute", 60, 5}, {"hour", 3600, 5}, {"day", 86400, 1}};

}  // namespace

std::optional<DenyLog> deny_log(const Ruleset& ruleset) {
  const bool monitors = ruleset.mode == Mode::monitor;
  if (!ruleset.log && !monitors) return std::nullopt;
  DenyLog log;
  log.prefix = monitors ? "egressc-monitor: " : "egressc-deny: ";
  if (!ruleset.log) return log;
  const auto* unit = std::find_if(std::begin(units), std::end(units) - 1,
                                  [&](const Unit& candidate) { return candidate.name == ruleset.log->per; });
  const std::uint64_t rate = std::clamp<std::uint64_t>(ruleset.log->rate, 1, xt_limit_scale * unit->seconds);
  log.group = ruleset.log->nflog;
  log.per = unit->name;
  log.rate = static_cast<std::uint32_t>(rate);
  log.burst = static_cast<std::uint32_t>(std::min(rate * unit->bursts, xt_limit_scale));
  return log;
}

}  // namespace egressc
