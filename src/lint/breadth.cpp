// Grants that open more than they need to, or only half of what they seem to.
#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {
namespace {

void check_prefix(const Subject& subject, const Grant& grant, Findings& findings) {
  if (!grant.comment.empty()) return;
  const auto places = places_of(grant);
  const auto wide = std::find_if(places.begin(), places.end(), is_wide);
  if (wide == places.end()) return;
  findings.add("wide-prefix", grant.where, &subject,
               fmt::format("{} is wider than /{}, and no comment says why", to_string(*wide),
                           wide->address.family == Family::ipv4 ? 16 : 32),
               "narrow it to what is needed, or say in `comment` why it cannot be");
}

void check_ports(const Subject& subject, const Grant& grant, Findings& findings) {
  for (const Service& service : grant.services) {
    if (!service.ports.is_all() || service.protocol == Protocol::icmp || service.protocol == Protocol::icmpv6) continue;
    Finding& finding = findings.add(
        "any-port", grant.where, &subject, fmt::format("{} opens every port of {}", to_string(service), name_of(grant)),
        "list the ports that are needed, as in tcp/443, or say in `comment` why it has to be all");
    if (!grant.comment.empty()) finding.severity = Severity::note;
    return;
  }
}

bool has(const std::vector<std::string>& formats, std::string_view name) {
  return std::find(formats.begin(), formats.end(), name) != formats.end();
}

}  // namespace

void check_breadth(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tally both;
    Tally assumed;
    for (const Grant& grant : subject.allow) {
      check_prefix(subject, grant, findings);
      check_ports(subject, grant, findings);
      if (std::none_of(grant.services.begin(), grant.services.end(),
                       [](const Service& service) { return service.protocol == Protocol::any; }))
        continue;
      // The audit log does not tell a protocol, and a packet log does.
      const auto& by = grant.evidence.by;
      (has(by, "audit") && !has(by, "netfilter") ? assumed : both).add(grant.where, name_of(grant));
    }
    findings.add("any-protocol", both, &subject,
                 fmt::format("`any` opens tcp and udp in {}", counted(both.count(), "grant")),
                 "say which of the two is meant, if it is one");
    findings.add(
        "protocol-assumed", assumed, &subject,
        fmt::format("no log told the protocol of {}, so tcp and udp are open", counted(assumed.count(), "grant")),
        "say which is meant, or learn again with a packet log or an audit rule for socket(2)");
  }
}

namespace {

bool is_of(const Prefix& prefix, Family family) { return prefix.address.family == family; }

void check_wide(const Subject& subject, Findings& findings) {
  const Grant* wide[2] = {nullptr, nullptr};
  for (const Grant& grant : subject.allow)
    for (const Prefix& place : places_of(grant))
      if (is_wide(place) && wide[is_of(place, Family::ipv6)] == nullptr) wide[is_of(place, Family::ipv6)] = &grant;
  if ((wide[0] == nullptr) == (wide[1] == nullptr)) return;
  const bool is_six = wide[1] != nullptr;
  findings.add("one-family-subject", wide[is_six]->where, &subject,
               fmt::format("{} and other wide grants are over {} alone", name_of(*wide[is_six]),
                           family_text(is_six ? Family::ipv6 : Family::ipv4)),
               fmt::format("if {} is meant too, grant it as well", family_text(is_six ? Family::ipv4 : Family::ipv6)));
}

}  // namespace

void check_families(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tally half;
    for (const Grant& grant : subject.allow) {
      const auto& addresses = grant.addresses;
      if (addresses.empty() || is_of(addresses.front(), Family::ipv6) != is_of(addresses.back(), Family::ipv6))
        continue;  // sorted by family
      half.add(grant.where, fmt::format("{} ({})", name_of(grant), family_text(addresses.front().address.family)));
    }
    findings.add("one-family-name", half, &subject,
                 fmt::format("{} with addresses of one family only", counted(half.count(), "name")),
                 "if the name has addresses of the other, list them: a program tries both");
    check_wide(subject, findings);
  }
}

}  // namespace egressc::lint
