#include <fmt/core.h>

#include <algorithm>

#include "lint/checks.h"
#include "lint/destinations.h"

namespace egressc {
namespace {

bool is_of(const Prefix& prefix, Family family) { return prefix.address.family == family; }

std::string_view word(Family family) { return family == Family::ipv4 ? "IPv4" : "IPv6"; }

void check_wide(const Subject& subject, Findings& findings) {
  const Grant* wide[2] = {nullptr, nullptr};
  for (const Grant& grant : subject.allow)
    for (const Prefix& place : places_of(grant))
      if (is_wide(place) && wide[is_of(place, Family::ipv6)] == nullptr) wide[is_of(place, Family::ipv6)] = &grant;
  if ((wide[0] == nullptr) == (wide[1] == nullptr)) return;
  const bool is_six = wide[1] != nullptr;
  findings.add("one-family-subject", wide[is_six]->where, &subject,
               fmt::format("{} and other wide grants are over {} alone", name_of(*wide[is_six]),
                           word(is_six ? Family::ipv6 : Family::ipv4)),
               fmt::format("if {} is meant too, grant it as well", word(is_six ? Family::ipv4 : Family::ipv6)));
}

}  // namespace

void check_families(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tally half;
    for (const Grant& grant : subject.allow) {
      const auto& addresses = grant.addresses;
      if (addresses.empty() || is_of(addresses.front(), Family::ipv6) != is_of(addresses.back(), Family::ipv6))
        continue;  // sorted by family
      half.add(grant.where, fmt::format("{} ({})", name_of(grant), word(addresses.front().address.family)));
    }
    findings.add("one-family-name", half, &subject,
                 fmt::format("{} with addresses of one family only", counted(half.count(), "name")),
                 "if the name has addresses of the other, list them: a program tries both");
    check_wide(subject, findings);
  }
}

}  // namespace egressc
