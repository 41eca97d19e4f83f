#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "model/policy_subjects.h"

namespace egressc {
namespace {

std::string destination_of(const Grant& grant) {
  if (grant.prefix) return to_string(*grant.prefix);
  return grant.names.empty() ? "nothing" : grant.names.front().spelling();
}

void validate_names(const Grant& grant, Established established, Diagnostics& diagnostics) {
  const std::string to = destination_of(grant);
  if (grant.live && grant.names.size() > 1)
    diagnostics.error(grant.where,
                      fmt::format("several names ({}, …) cannot be live: it is not known which was meant", to),
                      "give the one that is meant, or leave `live` out");
  else if (grant.live && established == Established::cut)
    diagnostics.error(grant.where,
                      fmt::format("\"{}\" is live, and `established: cut` would cut its open connections "
                                  "whenever an address of it expires",
                                  to),
                      "established: keep");
  else if (!grant.live && grant.addresses.empty())
    diagnostics.error(grant.where, fmt::format("\"{}\" has no addresses and is not live: it would grant nothing", to),
                      grant.names.front().is_wildcard() ? "live: true, or list the addresses it stands for"
                                                        : "list its addresses, or set live: true");
}

void validate_prefix(const Grant& grant, Diagnostics& diagnostics) {
  const std::string to = destination_of(grant);
  if (grant.live)
    diagnostics.error(grant.where, fmt::format("{} cannot be live: only a name follows DNS", to), "leave `live` out");
  if (!grant.addresses.empty())
    diagnostics.error(grant.where, fmt::format("{} is an address itself, and cannot list others", to),
                      "leave `addresses` out, or give each a grant of its own");
  const Protocol foreign = grant.prefix->address.family == Family::ipv4 ? Protocol::icmpv6 : Protocol::icmp;
  if (std::any_of(grant.services.begin(), grant.services.end(),
                  [&](const Service& service) { return service.protocol == foreign; }))
    diagnostics.error(grant.where, fmt::format("{} cannot be reached by {}", to, to_string(foreign)),
                      foreign == Protocol::icmp ? "icmpv6 is what IPv6 uses" : "icmp is what IPv4 uses");
}

// What holds for entries of review too: they are grants in waiting, and may still lack ports and addresses.
void validate_grant(const Grant& grant, Established established, Diagnostics& diagnostics) {
  if (grant.prefix.has_value() != grant.names.empty()) {
    diagnostics.error(grant.where, "a grant leads to names or to one prefix, not to both and not to nothing");
    return;
  }
  if (grant.services.empty()) diagnostics.error(grant.where, "a grant without ports grants nothing");
  if (grant.prefix)
    validate_prefix(grant, diagnostics);
  else
    validate_names(grant, established, diagnostics);
}

void validate_settings(const Policy& policy, Diagnostics& diagnostics) {
  if (policy.scope == Scope::subjects && !policy.baseline.empty())
    diagnostics.error({}, "`baseline` is for `scope: host`: with `scope: subjects` the host itself is not governed",
                      "leave `baseline` out");
  for (const Address& resolver : policy.resolvers)
    if (is_unspecified(resolver) || is_multicast(resolver) || is_broadcast(resolver))
      diagnostics.error({}, fmt::format("no resolver can be at {}", to_string(resolver)),
                        "the address that stands in resolv.conf");
}

}  // namespace

void validate(const Policy& policy, Diagnostics& diagnostics) {
  validate_settings(policy, diagnostics);
  validate_subjects(policy, diagnostics);
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow) validate_grant(grant, policy.established, diagnostics);
}

}  // namespace egressc
