#include "usage/openings.h"

#include <algorithm>

namespace egressc::counting {
namespace {

void drop_contained(std::vector<Prefix>& prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  auto kept = prefixes.begin();
  for (auto at = prefixes.begin(); at != prefixes.end(); ++at)
    if (kept == prefixes.begin() || !contains(*(kept - 1), *at)) *kept++ = *at;
  prefixes.erase(kept, prefixes.end());
}

bool exists(Protocol protocol, Family family) {
  if (protocol == Protocol::icmp) return family == Family::ipv4;
  return protocol != Protocol::icmpv6 || family == Family::ipv6;
}

}  // namespace

std::vector<Service> joined(const std::vector<Service>& services) {
  std::vector<Service> parts;
  for (const Service& service : services) {
    if (service.protocol != Protocol::any) {
      parts.push_back(service);
      continue;
    }
    parts.push_back({Protocol::tcp, service.ports});
    parts.push_back({Protocol::udp, service.ports});
  }
  std::sort(parts.begin(), parts.end());
  std::vector<Service> made;
  for (const Service& part : parts) {
    const bool touches =
        !made.empty() && made.back().protocol == part.protocol && part.ports.first <= made.back().ports.last + 1;
    if (touches)
      made.back().ports.last = std::max(made.back().ports.last, part.ports.last);
    else
      made.push_back(part);
  }
  return made;
}

std::vector<Place> openings(std::vector<Prefix> prefixes, const std::vector<Service>& services) {
  drop_contained(prefixes);
  std::vector<Place> places;
  const std::vector<Service> parts = joined(services);
  for (const Prefix& prefix : prefixes)
    for (const Service& part : parts)
      if (exists(part.protocol, prefix.address.family)) places.push_back({part.protocol, prefix, part.ports});
  return places;
}

}  // namespace egressc::counting
