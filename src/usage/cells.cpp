#include "usage/cells.h"

#include <algorithm>
#include <tuple>

namespace egressc::usage {

Cells::Cells(const SubjectRules& rules) {
  for (const Box& box : rules.boxes)
    for (const Prefix& prefix : prefixes_of(box.addresses)) cells_.push_back({{box.protocol, prefix, box.ports}, {}});
  for (const Prefix& prefix : rules.echo)
    cells_.push_back(
        {{prefix.address.family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6, prefix, PortRange{}}, {}});
  std::sort(cells_.begin(), cells_.end(), [](const Cell& a, const Cell& b) { return a.place < b.place; });
  for (const Cell& cell : cells_) lengths_.push_back(cell.place.prefix.length);
  std::sort(lengths_.begin(), lengths_.end());
  lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
}

std::optional<std::size_t> Cells::find(const Place& place) const {
  const auto at =
      std::partition_point(cells_.begin(), cells_.end(), [&](const Cell& cell) { return cell.place < place; });
  if (at == cells_.end() || at->place != place) return std::nullopt;
  return static_cast<std::size_t>(at - cells_.begin());
}

void Cells::add(std::size_t cell, const Count& count) {
  cells_[cell].count += count;
  cells_[cell].is_loaded = true;
}

void Cells::append_around(const Place& opening, std::vector<Interval>& intervals) const {
  for (const std::uint8_t length : lengths_) {
    if (length > opening.prefix.length) return;
    const Prefix around = prefix_around(opening.prefix.address, length);
    const auto key = [](const Place& place, std::uint16_t port) {
      return std::tuple(place.protocol, place.prefix, port);
    };
    const auto first = std::partition_point(cells_.begin(), cells_.end(), [&](const Cell& cell) {
      return key(cell.place, cell.place.ports.last) < std::tuple(opening.protocol, around, opening.ports.first);
    });
    const auto last = std::partition_point(first, cells_.end(), [&](const Cell& cell) {
      return key(cell.place, cell.place.ports.first) <= std::tuple(opening.protocol, around, opening.ports.last);
    });
    if (first == last) continue;
    intervals.push_back(
        {static_cast<std::size_t>(first - cells_.begin()), static_cast<std::size_t>(last - cells_.begin())});
  }
}

namespace {

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

namespace {

// Where a grant opens a part of a cell, another one opens the rest: what is claimed once is one grant's alone.
//
// Sums up to each cell: what a stretch of cells comes to is a difference. A grant below another one claims as many
// cells as that has, and both may have a great many.
class Sums {
 public:
  Sums(const Cells& cells, const std::vector<Claim>& claims) : sums_(cells.size() + 1) {
    std::vector<std::ptrdiff_t> change(cells.size() + 1);
    for (const Claim& claim : claims) {
      for (const Interval& interval : claim) {
        ++change[interval.first];
        --change[interval.last];
      }
    }
    std::ptrdiff_t claimed = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      claimed += change[i];
      Sum& sum = sums_[i + 1] = sums_[i];
      sum.count += cells.count(i);
      sum.loaded += cells.is_loaded(i) ? 1 : 0;
      sum.shared += claimed > 1 && cells.count(i).packets != 0 ? 1 : 0;
    }
  }

  void add(const Interval& interval, Share& share) const {
    const Sum& from = sums_[interval.first];
    const Sum& to = sums_[interval.last];
    share.count += {to.count.packets - from.count.packets, to.count.bytes - from.count.bytes};
    share.is_loaded |= to.loaded != from.loaded;
    share.is_shared |= to.shared != from.shared;
  }

 private:
  struct Sum {
    Count count;
    std::size_t loaded = 0;
    std::size_t shared = 0;
  };
  std::vector<Sum> sums_;
};

}  // namespace

Claim claim_of(const Cells& cells, const std::vector<Place>& openings) {
  Claim parts;
  for (const Place& opening : openings) cells.append_around(opening, parts);
  std::sort(parts.begin(), parts.end(), [](const Interval& a, const Interval& b) { return a.first < b.first; });
  Claim claim;
  for (const Interval& part : parts) {
    if (claim.empty() || claim.back().last <= part.first)
      claim.push_back(part);
    else
      claim.back().last = std::max(claim.back().last, part.last);
  }
  return claim;
}

std::vector<Share> shares_of(const Cells& cells, const std::vector<Claim>& claims) {
  const Sums sums(cells, claims);
  std::vector<Share> shares(claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i)
    for (const Interval& interval : claims[i]) sums.add(interval, shares[i]);
  return shares;
}

}  // namespace egressc::usage
