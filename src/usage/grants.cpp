#include "usage/grants.h"

#include <algorithm>

namespace egressc::counting {
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

}  // namespace egressc::counting
