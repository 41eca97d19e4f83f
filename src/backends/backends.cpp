#include "egressc/backends.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "backends/dialects.h"
#include "backends/dnsmasq_line.h"
#include "backends/live_sets.h"
#include "egressc/diagnostics.h"

namespace egressc {
namespace {

using enum BackendKind;
constexpr std::array table = {
    Backend{"nftables", "nft --file; one transaction for both families", "policy.nft", rules, print_nftables},
    Backend{"iptables-restore", "IPv4; nft and legacy variant", "policy.v4", rules, print_iptables_restore},
    Backend{"ip6tables-restore", "IPv6; nft and legacy variant", "policy.v6", rules, print_ip6tables_restore},
    Backend{"ferm", "both families, for hosts that are run by ferm", "policy.ferm", rules, print_ferm},
    Backend{"ipset", "the sets of live names, for the three above", "policy.ipset", sets, print_ipset},
    Backend{"dnsmasq", "fills the sets of live names in nftables", "policy.dnsmasq.conf", resolver, print_dnsmasq},
    Backend{"dnsmasq-ipset", "fills those of ipset", "policy.dnsmasq-ipset.conf", resolver, print_dnsmasq_ipset},
};

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

std::span<const Backend> all_backends() { return table; }

const Backend* find_backend(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Backend& b) { return b.name == name; });
  return found == table.end() ? nullptr : &*found;
}

void check_features(const Ruleset& ruleset, const Backend& backend, bool accept_below, Diagnostics& diagnostics) {
  if (backend.kind != BackendKind::resolver) return;
  const SetKind kind = backend.name == "dnsmasq" ? SetKind::nftables : SetKind::ipset;
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
