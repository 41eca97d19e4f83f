#include <fmt/core.h>

#include "egressc/name.h"
#include "lint/checks.h"

namespace egressc {
namespace {

constexpr std::string_view wildcard_remedy = "name the hosts that are needed";

std::string_view rule_for(Sharing sharing) {
  switch (sharing) {
    case Sharing::drop:
      return "data-drop";
    case Sharing::tunnel:
      return "tunnel";
    case Sharing::mirror:
      return "mirror-name";
    default:
      return {};
  }
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

}  // namespace egressc
