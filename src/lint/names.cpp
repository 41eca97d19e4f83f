// What a name may come to mean, and who else is behind it.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {

void check_names(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tally ambiguous;
    Tally live;
    Tally pinned;
    for (const Grant& grant : subject.allow) {
      if (grant.names.empty()) continue;
      (grant.names.size() > 1 ? ambiguous : grant.live ? live : pinned).add(grant.where, name_of(grant));
    }
    findings.add("ambiguous-name", ambiguous, &subject,
                 fmt::format("{} with several names on one address", counted(ambiguous.count(), "grant")),
                 "keep the name that is meant; only then can it be live");
    findings.add("live-name", live, &subject,
                 fmt::format("{} whatever address the zone gives", plural(live.count(), "name means", "names mean")),
                 "be sure that you trust who runs the zones");
    findings.add(
        "pinned-name", pinned, &subject,
        fmt::format("{} the addresses listed, and no new ones", plural(pinned.count(), "name means", "names mean")),
        "where a name's addresses change, set live: true");
  }
}

namespace {

using ByName = std::multimap<std::string_view, const Grant*>;

bool within(const Service& inner, const Service& outer) {
  const bool splits = inner.protocol == Protocol::tcp || inner.protocol == Protocol::udp;
  return (inner.protocol == outer.protocol || (splits && outer.protocol == Protocol::any)) &&
         outer.ports.first <= inner.ports.first && inner.ports.last <= outer.ports.last;
}

bool within(const Grant& inner, const Grant& outer) {
  return std::all_of(inner.services.begin(), inner.services.end(), [&](const Service& service) {
    return std::any_of(outer.services.begin(), outer.services.end(),
                       [&](const Service& wider) { return within(service, wider); });
  });
}

// The live wildcard above the grant's name that opens all its ports, and holds as long; nullptr if there is none.
const Grant* wildcard_over(const Grant& grant, const ByName& wildcards) {
  std::string_view name = grant.names.front().key();
  if (grant.names.front().is_wildcard()) name.remove_prefix(2);
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    const auto [first, last] = wildcards.equal_range(name.substr(dot + 1));
    const auto found = std::find_if(first, last, [&](const auto& row) { return within(grant, *row.second); });
    if (found != last) return found->second;
  }
  return nullptr;
}

}  // namespace

void check_live_names(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    ByName wildcards;  // without "*."
    for (const Grant& grant : subject.allow)
      if (grant.live && !grant.expires && grant.names.front().is_wildcard())
        wildcards.emplace(std::string_view(grant.names.front().key()).substr(2), &grant);
    if (wildcards.empty()) continue;
    std::vector<Tally> tallies(subject.allow.size());
    for (const Grant& grant : subject.allow)
      if (const Grant* over = grant.live ? wildcard_over(grant, wildcards) : nullptr)
        tallies[static_cast<std::size_t>(over - subject.allow.data())].add(grant.where, name_of(grant));
    for (std::size_t i = 0; i < tallies.size(); ++i)
      findings.add("redundant", tallies[i], &subject,
                   fmt::format("{} live below {}, which opens the same ports",
                               plural(tallies[i].count(), "name is", "names are"), name_of(subject.allow[i])),
                   "keep the names and remove the wildcard, if they are all that is needed");
  }
}

namespace {

constexpr std::string_view wildcard_remedy = "name the hosts that are needed";

std::string_view rule_for(Sharing sharing) {
  if (sharing == Sharing::drop) return "data-drop";
  if (sharing == Sharing::tunnel) return "tunnel";
  return sharing == Sharing::mirror ? "mirror-name" : "";
}

// Below `domain` are others than who was meant.
void add_wildcard(const Subject& subject, const Grant& grant, const DomainName& name, const SharedDomain& domain,
                  Findings& findings) {
  findings.add(
      "shared-wildcard", grant.where, &subject,
      fmt::format("{} covers every customer of {}, {}", name.spelling(), domain.name, describe(domain.sharing)),
      std::string(wildcard_remedy));
}

void check_name(const Subject& subject, const Grant& grant, const DomainName& name, Tally& shared, Findings& findings) {
  if (name.key().ends_with(".onion")) {
    findings.add("tor", grant.where, &subject, fmt::format("{} is in the Tor network", name.spelling()), "remove it");
    return;
  }
  const auto domain = shared_domain_of(name);
  const bool covers_all = domain && name.is_wildcard() && name.key().size() == domain->name.size() + 2;
  if (covers_all && domain->sharing == Sharing::registry) {
    findings.add(
        "public-suffix", grant.where, &subject,
        fmt::format("anybody may register a name below {}, and {} covers them all", domain->name, name.spelling()),
        std::string(wildcard_remedy));
    return;
  }
  if (domain && !rule_for(domain->sharing).empty()) {
    findings.add(rule_for(domain->sharing), grant.where, &subject,
                 fmt::format("{} is, or is below, {}, {}", name.spelling(), domain->name, describe(domain->sharing)),
                 "remove it, unless it is what the subject is for");
    return;
  }
  if (covers_all) return add_wildcard(subject, grant, name, *domain, findings);
  if (const auto below = shared_domain_below(name)) return add_wildcard(subject, grant, name, *below, findings);
  if (domain && domain->sharing != Sharing::registry) shared.add(grant.where, name.spelling());
}

}  // namespace

void check_domains(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tally shared;
    for (const Grant& grant : subject.allow)
      for (const DomainName& name : grant.names) check_name(subject, grant, name, shared, findings);
    findings.add("shared-name", shared, &subject,
                 fmt::format("{} on platforms where anybody can be a customer", counted(shared.count(), "name")),
                 "the firewall sees only addresses, which these customers share: whoever is granted one may reach all");
  }
}

}  // namespace egressc::lint
