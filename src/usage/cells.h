// What counts, the elements of one subject's sets; where a grant lets its subject go; and what of the one is the
// other's.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <vector>

#include "egressc/address.h"
#include "model/values/counters.h"

namespace egressc {
struct SubjectRules;
}

namespace egressc::usage {

// tcp and udp with their ports; icmp and icmpv6 are echo requests, with every port.
struct Place {
  Protocol protocol = Protocol::tcp;
  Prefix prefix;
  PortRange ports;
  auto operator<=>(const Place&) const = default;
};

// Cells by number, the last one excluded.
struct Interval {
  std::size_t first = 0;
  std::size_t last = 0;
};

// Disjoint, in the order of their places.
class Cells {
 public:
  explicit Cells(const SubjectRules& rules);

  std::size_t size() const { return cells_.size(); }
  // The number of the cell that is exactly this place.
  std::optional<std::size_t> find(const Place& place) const;
  void add(std::size_t cell, const Count& count);
  bool is_loaded(std::size_t cell) const { return cells_[cell].is_loaded; }
  const Count& count(std::size_t cell) const { return cells_[cell].count; }
  // Appends the cells that share something with `opening`, of those whose prefix holds all of its prefix. In what a
  // policy is lowered to there are no others.
  void append_around(const Place& opening, std::vector<Interval>& intervals) const;

 private:
  struct Cell {
    Place place;
    Count count;
    bool is_loaded = false;
  };
  std::vector<Cell> cells_;
  std::vector<std::uint8_t> lengths_;  // of their prefixes, ascending
};

// Services that mean the same are the same: tcp and udp apart, ranges that overlap or touch joined, sorted.
std::vector<Service> joined(const std::vector<Service>& services);

// Every place that `services` at `prefixes` are, disjoint.
std::vector<Place> openings(std::vector<Prefix> prefixes, const std::vector<Service>& services);

// What one grant, or the resolvers, open of a subject's cells; ascending and disjoint.
using Claim = std::vector<Interval>;
Claim claim_of(const Cells& cells, const std::vector<Place>& openings);

struct Share {
  Count count;
  bool is_shared = false;
  bool is_loaded = false;
};

// A share for each claim.
std::vector<Share> shares_of(const Cells& cells, const std::vector<Claim>& claims);

}  // namespace egressc::usage
