// Live grants: names that follow DNS. What they open depends on what a resolver will answer, so that in a set of flows
// a marker stands for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "egressc/address.h"
#include "egressc/name.h"

namespace egressc {

// What the comment of a live set says: the name, or "below name" for a wildcard, made safe for any dialect.
std::string live_label(const DomainName& name);

// Whose sets a resolver fills.
enum class SetKind : std::uint8_t { nftables, ipset };

// Two rulesets that keep a set of the same label filled for the same subjects and services have the same markers. No
// packet leaves for a marker: IPv4 ones are in 0.0.0.0/8 ("this network", RFC 1122, 3.2.1.3), IPv6 ones in 100::/64
// (discard-only, RFC 6666). What is computed together must share one object.
class LiveMarkers {
 public:
  LiveMarkers() = default;
  // If `alone`, a live name or set means its marker and no address: what a resolver put into a running set for now, and
  // what has timed out in it, makes no difference.
  explicit LiveMarkers(bool alone) : alone_(alone) {}
  bool stand_alone() const { return alone_; }

  // The marker of `label`, a new one if it has none. 2^24 labels are the limit: see within_flow_limit().
  Address marker(std::string_view label, Family family);
  // The label whose marker this address is.
  std::optional<std::string_view> label(const Address& address) const;
  // Every marker of a family with its label, ascending.
  std::vector<std::pair<Address, std::string_view>> all(Family family) const;

 private:
  bool alone_ = false;
  std::vector<std::string> labels_;  // by number, from 1
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

}  // namespace egressc
