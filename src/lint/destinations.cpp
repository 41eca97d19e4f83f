#include "lint/destinations.h"

#include <algorithm>

namespace egressc {

std::string name_of(const Grant& grant) {
  if (grant.prefix) return to_string(*grant.prefix);
  constexpr std::size_t most = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, grant.names.size()); ++i)
    text.append(i == 0 ? "" : " or ").append(grant.names[i].spelling());
  return grant.names.size() > most ? text + " or others" : text;
}

std::span<const Prefix> places_of(const Grant& grant) {
  if (grant.prefix) return {&*grant.prefix, 1};
  return grant.addresses;
}

bool is_wide(const Prefix& prefix) { return prefix.length < (prefix.address.family == Family::ipv4 ? 16 : 32); }

bool overlap(const Prefix& a, const Prefix& b) { return contains(a, b) || contains(b, a); }

bool has_port(const Service& service, Protocol protocol, std::uint16_t port) {
  return (service.protocol == protocol || service.protocol == Protocol::any) && service.ports.first <= port &&
         port <= service.ports.last;
}

bool names_port(const Service& service, Protocol protocol, std::uint16_t port) {
  constexpr int many = 100;
  return has_port(service, protocol, port) && service.ports.last - service.ports.first < many;
}

bool names_port(const Grant& grant, Protocol protocol, std::uint16_t port) {
  return std::any_of(grant.services.begin(), grant.services.end(),
                     [&](const Service& service) { return names_port(service, protocol, port); });
}

}  // namespace egressc
