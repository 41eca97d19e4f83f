#include <fmt/core.h>

#include <algorithm>

#include "lint/checks.h"
#include "lint/destinations.h"
#include "lint/public_resolvers.h"

namespace egressc {
namespace {

constexpr std::uint16_t domain = 53;            // RFC 1035, 4.2
constexpr std::uint16_t domain_over_tls = 853;  // RFC 7858, 3.1; RFC 9250, 4.1.1 (QUIC)
constexpr std::uint16_t https = 443;            // RFC 9110, 4.2.2; RFC 8484

bool names_either(const Grant& grant, std::uint16_t port) {
  return names_port(grant, Protocol::tcp, port) || names_port(grant, Protocol::udp, port);
}

void check_plain(const Policy& policy, const Subject& subject, const Grant& grant, Findings& findings) {
  if (!names_either(grant, domain)) return;
  const auto places = places_of(grant);
  const auto is_listed = [&](const Prefix& place) {
    return place.is_single() && std::binary_search(policy.resolvers.begin(), policy.resolvers.end(), place.address);
  };
  if (!grant.live && std::all_of(places.begin(), places.end(), is_listed)) return;
  Finding& finding = findings.add(
      "dns-elsewhere", grant.where, &subject,
      fmt::format("port 53 of {}, {}: names are asked there that the resolver's log does not show", name_of(grant),
                  policy.resolvers.empty() ? "and no `resolvers` are listed" : "which is none of `resolvers`"),
      "if everybody may ask it, list it in `resolvers`; if only this subject may, say why in `comment`");
  if (!grant.comment.empty()) finding.severity = Severity::note;
}

std::string encrypted(const Grant& grant) {
  for (const DomainName& name : grant.names)
    if (const auto known = public_resolver(name); !known.empty())
      return fmt::format("{} is a public resolver", name.spelling());
  if (names_either(grant, domain_over_tls))
    return fmt::format("port 853 of {} is DNS over TLS or QUIC", name_of(grant));
  if (!names_either(grant, https)) return {};
  for (const Prefix& place : places_of(grant))
    if (place.is_single())
      if (const auto known = public_resolver(place.address); !known.empty())
        return fmt::format("{} is the public resolver {}", to_string(place), known);
  return {};
}

}  // namespace

void check_dns(const Policy& policy, Findings& findings) {
  if (!policy.resolvers.empty())
    findings.add("dns-tunnel",
                 "every subject may ask the resolvers, and if they answer every name, data can leave within names",
                 "let the resolver answer only names that the policy grants");
  for (const Subject& subject : policy.subjects) {
    for (const Grant& grant : subject.allow) {
      check_plain(policy, subject, grant, findings);
      if (const std::string message = encrypted(grant); !message.empty())
        findings.add("encrypted-dns", grant.where, &subject,
                     message + ": names are asked there that no log of yours shows",
                     "remove it, and let the subject ask `resolvers`");
    }
  }
}

}  // namespace egressc
