#include "egressc/backends.h"

#include <fmt/core.h>

#include <array>
#include <iterator>

#include "backends/dialects.h"
#include "egressc/observation.h"
#include "model/words/words.h"

namespace egressc::backends {
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

// dnsmasq can say neither a name alone nor what is below it alone.
void check_reach(const LiveSet& set, bool accept_below, Diagnostics& diagnostics) {
  const std::string granted = fmt::format("\"{}{}\"", set.below ? "*." : "", set.name);
  const std::string more = fmt::format("{}\"{}\"", set.below ? "" : "every name below ", set.name);
  if (accept_below)
    diagnostics.warning({}, fmt::format("dnsmasq opens for {} too what the live grant to {} opens", more, granted));
  else
    diagnostics.error(
        {},
        fmt::format("dnsmasq takes a name with all that is below it: the live grant to {} would hold for {} too",
                    granted, more),
        "--accept-below accepts that, and egressc diff shows it; egressc refresh asks for the name alone");
}

}  // namespace

std::string header(const Ruleset& ruleset, std::initializer_list<std::string_view> advice) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "# egressc {}, policy sha256 {}\n", safe_text(ruleset.version), safe_text(ruleset.policy_hash));
  fmt::format_to(out, "# scope {}, mode {}, deny {}, established {}", to_string(ruleset.scope), to_string(ruleset.mode),
                 to_string(ruleset.deny), to_string(ruleset.established));
  if (!ruleset.baseline.empty()) text += ", baseline " + joined(ruleset.baseline, " ");
  text += '\n';
  if (!ruleset.note.empty()) fmt::format_to(out, "# {}\n", safe_text(ruleset.note));
  text += "#\n";
  for (const std::string_view line : advice) fmt::format_to(out, "# {}\n", line);
  return text;
}

std::optional<DenyLog> deny_log(const Ruleset& ruleset) {
  const bool monitors = ruleset.mode == Mode::monitor;
  if (!ruleset.log && !monitors) return std::nullopt;
  DenyLog log;
  log.prefix = monitors ? "egressc-monitor: " : own_deny_prefix;
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

}  // namespace egressc::backends

namespace egressc {

void check_dnsmasq(const Ruleset& ruleset, SetKind kind, bool accept_below, Diagnostics& diagnostics) {
  using namespace backends;
  for (const ResolverName& name : resolver_names(ruleset)) {
    if (const std::size_t size = dnsmasq_line(name, kind).size(); size > longest_dnsmasq_line)
      diagnostics.error({},
                        fmt::format("dnsmasq reads lines of {} bytes, and that of {} has {}", longest_dnsmasq_line,
                                    safe_text(name.name), size),
                        "grant the name to fewer subjects, or with the same ports in one grant");
    for (const LiveSet* set : name.sets)
      if (set->name == name.name) check_reach(*set, accept_below, diagnostics);
  }
}

}  // namespace egressc
