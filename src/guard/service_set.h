// Services as a set to compute with.
#pragma once

#include <span>
#include <vector>

#include "egressc/address.h"

namespace egressc::guard {

struct ServiceSet {
  std::vector<PortRange> tcp;  // sorted, neither overlapping nor touching
  std::vector<PortRange> udp;
  bool icmp = false;
  bool icmpv6 = false;

  bool empty() const { return tcp.empty() && udp.empty() && !icmp && !icmpv6; }
  bool operator==(const ServiceSet&) const = default;
};

ServiceSet every_service();
ServiceSet set_of(std::span<const Service> services);
ServiceSet operator|(const ServiceSet& a, const ServiceSet& b);
ServiceSet operator&(const ServiceSet& a, const ServiceSet& b);
ServiceSet operator-(const ServiceSet& a, const ServiceSet& b);

// What of `services` is in the set. Port 0 alone, which has no word in a policy, is left out.
std::vector<Service> within(std::span<const Service> services, const ServiceSet& set);

}  // namespace egressc::guard
