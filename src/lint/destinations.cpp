// Where a grant leads; and destinations that are special wherever they are granted.
#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {

std::string name_of(const Grant& grant) {
  if (grant.prefix) return to_string(*grant.prefix);
  const std::size_t shown = std::min<std::size_t>(4, grant.names.size());
  return joined(std::span(grant.names).first(shown), " or ", [](const DomainName& name) { return name.spelling(); }) +
         (shown < grant.names.size() ? " or others" : "");
}

std::span<const Prefix> places_of(const Grant& grant) {
  if (grant.prefix) return {&*grant.prefix, 1};
  return grant.addresses;
}

bool is_wide(const Prefix& prefix) { return prefix.length < (prefix.address.family == Family::ipv4 ? 16 : 32); }

bool has_port(const Service& service, Protocol protocol, std::uint16_t port) {
  return (service.protocol == protocol || service.protocol == Protocol::any) && contains(service.ports, port);
}

bool names_port(const Grant& grant, Protocol protocol, std::uint16_t port) {
  constexpr int many = 100;
  return std::any_of(grant.services.begin(), grant.services.end(), [&](const Service& service) {
    return has_port(service, protocol, port) && service.ports.last - service.ports.first < many;
  });
}

namespace {

constexpr std::string_view metadata_remedy =
    "remove it: it gives the machine's credentials to whoever asks; if they are needed, let another user fetch them";

// docs of each cloud: Google Compute Engine, EC2 (instance-data), Azure, Equinix Metal, Tencent, Rancher
constexpr std::string_view metadata_names[] = {
    "metadata.google.internal",   "metadata.goog",           "instance-data",
    "instance-data.ec2.internal", "metadata.azure.internal", "metadata.platformequinix.com",
    "metadata.packet.net",        "metadata.tencentyun.com", "rancher-metadata",
};

// Itself, or a wildcard right above it; one further up is about more than metadata.
bool leads_to_metadata(const DomainName& name) {
  const std::string_view key = name.key();
  return std::any_of(std::begin(metadata_names), std::end(metadata_names), [&](std::string_view known) {
    const std::string_view parent = known.substr(std::min(known.find('.'), known.size()));
    return key == known || (name.is_wildcard() && key.substr(1) == parent && parent.find('.', 1) != parent.npos);
  });
}

bool asks_names_only(const Grant& grant) {
  return std::all_of(grant.services.begin(), grant.services.end(), [](const Service& service) {
    return service.ports == PortRange{domain_port, domain_port};
  });
}

// Whether the address is in the place, or what it is written as for a translator.
bool stands_for(const Prefix& place, const Address& address) {
  const auto forms = ipv6_forms(single(address));
  return contains(place, address) ||
         std::any_of(forms.begin(), forms.end(), [&](const Prefix& form) { return contains(place, form); });
}

void check_metadata(const Subject& subject, const Grant& grant, Findings& findings) {
  for (const DomainName& name : grant.names) {
    if (!leads_to_metadata(name)) continue;
    findings.add("metadata", grant.where, &subject, fmt::format("{} is a cloud's metadata service", name.spelling()),
                 std::string(metadata_remedy));
    return;
  }
  for (const Prefix& place : places_of(grant)) {
    const auto all = metadata_addresses();
    auto within =
        std::find_if(all.begin(), all.end(), [&](const Address& address) { return contains(place, address); });
    if (within == all.end())
      within = std::find_if(all.begin(), all.end(), [&](const Address& address) { return stands_for(place, address); });
    if (within == all.end()) continue;
    if (place.is_single()) {
      if (asks_names_only(grant)) continue;  // some of these addresses are the cloud's resolver too
      findings.add("metadata", grant.where, &subject,
                   grant.prefix ? fmt::format("{} is a cloud's metadata service", to_string(place))
                                : fmt::format("{} has the address {}, a cloud's metadata service", name_of(grant),
                                              to_string(place)),
                   std::string(metadata_remedy));
      return;
    }
    // They all speak HTTP on port 80, whatever else.
    if (std::none_of(grant.services.begin(), grant.services.end(),
                     [](const Service& service) { return has_port(service, Protocol::tcp, 80); }))
      continue;
    findings.add("metadata-within", grant.where, &subject,
                 fmt::format("{} contains {}, a cloud's metadata service, and port 80 is open", to_string(place),
                             to_string(*within)),
                 "grant the parts that are needed, or deny that address outside of egressc");
    return;
  }
}

struct Tallies {
  Tally networks;
  Tally loopback;
  Tally answers;
};

void check_addresses(const Subject& subject, const Grant& grant, Tallies& tallies, Findings& findings) {
  // A name that ends in no public suffix is one of somebody's own network.
  const bool is_public =
      !grant.names.empty() && std::any_of(grant.names.begin(), grant.names.end(), [](const DomainName& name) {
        return !name.key().ends_with(".home.arpa") && shared_domain_of(name).has_value();
      });
  for (const Prefix& place : places_of(grant)) {
    if (place.is_single() && is_metadata(place.address)) continue;  // said already, or the cloud's resolver
    if (is_public && (is_loopback(place.address) || is_link_local(place.address))) {
      findings.add("loopback-answer", grant.where, &subject,
                   fmt::format("the public name {} has the address {}: whoever owns the name points into this host",
                               name_of(grant), to_string(place)),
                   "remove the address; let the resolver drop such answers (dnsmasq: stop-dns-rebind)");
      return;
    }
    if (is_loopback(place.address)) return tallies.loopback.add(grant.where, name_of(grant));
    const bool is_inside = is_private(place) || (is_public && place.is_single() && is_inside_address(place.address));
    if (is_inside) return (is_public ? tallies.answers : tallies.networks).add(grant.where, name_of(grant));
  }
}

}  // namespace

void check_destinations(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tallies tallies;
    for (const Grant& grant : subject.allow) {
      check_metadata(subject, grant, findings);
      check_addresses(subject, grant, tallies, findings);
    }
    findings.add("private", tallies.networks, &subject,
                 fmt::format("{} to private networks", counted(tallies.networks.count(), "grant")),
                 "be sure that each is meant: what is inside often trusts whoever reaches it");
    findings.add("loopback", tallies.loopback, &subject,
                 fmt::format("{} to services of this host", counted(tallies.loopback.count(), "grant")),
                 "be sure that none is a proxy: it would reach further under its own user");
    findings.add("private-answer", tallies.answers, &subject,
                 fmt::format("{} of public names with private addresses", counted(tallies.answers.count(), "grant")),
                 "if your own zone does not say so, it is DNS rebinding: remove them");
  }
}

}  // namespace egressc::lint
