#include "usage/cells.h"

#include <algorithm>
#include <tuple>

namespace egressc::counting {

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

}  // namespace egressc::counting
