#include "guard/service_set.h"

#include <algorithm>

#include "model/values/ranges.h"

namespace egressc::guard {
namespace {

using Ports = std::vector<PortRange>;

Ports unite(Ports a, const Ports& b) {
  a.insert(a.end(), b.begin(), b.end());
  join_ranges(a);
  return a;
}

Ports intersect(const Ports& a, const Ports& b) {
  Ports common;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const PortRange both{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (both.first <= both.last) common.push_back(both);
    if (a[i].last < b[j].last)
      ++i;
    else
      ++j;
  }
  return common;
}

Ports complement(const Ports& ports) {
  Ports gaps;
  unsigned next = 0;
  for (const PortRange& range : ports) {
    if (range.first > next)
      gaps.push_back({static_cast<std::uint16_t>(next), static_cast<std::uint16_t>(range.first - 1)});
    next = range.last + 1U;
  }
  if (next <= 65535) gaps.push_back({static_cast<std::uint16_t>(next), 65535});
  return gaps;
}

void add(std::vector<Service>& services, Protocol protocol, const Ports& ports) {
  for (const PortRange& range : ports)
    if (range.last != 0) services.push_back({protocol, range});
}

}  // namespace

ServiceSet every_service() { return {{PortRange{}}, {PortRange{}}, true, true}; }

ServiceSet set_of(std::span<const Service> services) {
  ServiceSet set;
  for (const Service& service : services) {
    const bool any = service.protocol == Protocol::any;
    if (any || service.protocol == Protocol::tcp) set.tcp.push_back(service.ports);
    if (any || service.protocol == Protocol::udp) set.udp.push_back(service.ports);
    set.icmp = set.icmp || service.protocol == Protocol::icmp;
    set.icmpv6 = set.icmpv6 || service.protocol == Protocol::icmpv6;
  }
  join_ranges(set.tcp);
  join_ranges(set.udp);
  return set;
}

ServiceSet operator|(const ServiceSet& a, const ServiceSet& b) {
  return {unite(a.tcp, b.tcp), unite(a.udp, b.udp), a.icmp || b.icmp, a.icmpv6 || b.icmpv6};
}

ServiceSet operator&(const ServiceSet& a, const ServiceSet& b) {
  return {intersect(a.tcp, b.tcp), intersect(a.udp, b.udp), a.icmp && b.icmp, a.icmpv6 && b.icmpv6};
}

ServiceSet operator-(const ServiceSet& a, const ServiceSet& b) {
  return {intersect(a.tcp, complement(b.tcp)), intersect(a.udp, complement(b.udp)), a.icmp && !b.icmp,
          a.icmpv6 && !b.icmpv6};
}

std::vector<Service> within(std::span<const Service> services, const ServiceSet& set) {
  std::vector<Service> kept;
  for (const Service& service : services) {
    const Ports tcp = intersect({service.ports}, set.tcp);
    const Ports udp = intersect({service.ports}, set.udp);
    const bool is_any = service.protocol == Protocol::any;
    if (is_any) add(kept, Protocol::any, intersect(tcp, udp));
    if (is_any || service.protocol == Protocol::tcp)
      add(kept, Protocol::tcp, is_any ? intersect(tcp, complement(udp)) : tcp);
    if (is_any || service.protocol == Protocol::udp)
      add(kept, Protocol::udp, is_any ? intersect(udp, complement(tcp)) : udp);
    if ((service.protocol == Protocol::icmp && set.icmp) || (service.protocol == Protocol::icmpv6 && set.icmpv6))
      kept.push_back(service);
  }
  return kept;
}

}  // namespace egressc::guard
