#include "egressc/backends.h"

#include <fmt/core.h>

#include "backends/dnsmasq_line.h"
#include "backends/live_sets.h"
#include "egressc/diagnostics.h"

namespace egressc {
namespace {

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

void check_dnsmasq(const Ruleset& ruleset, SetKind kind, bool accept_below, Diagnostics& diagnostics) {
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
