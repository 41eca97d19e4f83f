#include "egressc/backends.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backends/dialects.h"
#include "egressc/safe_text.h"

namespace egressc {
namespace {

constexpr std::array table = {
    Backend{"nftables", "nft --file; one transaction for both families", "policy.nft", {true}, print_nftables},
    Backend{"iptables-restore", "IPv4; nft and legacy variant", "policy.v4", {false}, print_iptables_restore},
    Backend{"ip6tables-restore", "IPv6; nft and legacy variant", "policy.v6", {false}, print_ip6tables_restore},
    Backend{"ferm", "both families, for hosts that are run by ferm", "policy.ferm", {false}, print_ferm},
};

}  // namespace

std::span<const Backend> backends() { return table; }

const Backend* find_backend(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Backend& b) { return b.name == name; });
  return found == table.end() ? nullptr : &*found;
}

void check_features(const Ruleset& ruleset, const Backend& backend, Diagnostics& diagnostics) {
  if (backend.features.live_sets) return;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      for (const LiveSet& set : rules.live)
        diagnostics.error({},
                          fmt::format("{} cannot follow DNS, as the live grant to {} of {} asks for", backend.name,
                                      safe_text(set.comment), safe_text(rules.label)),
                          "compile to nftables, or pin the name with `live: false`");
}

}  // namespace egressc
