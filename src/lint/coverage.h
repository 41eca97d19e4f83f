// Which grants others make unnecessary: by their places the few that are worth computing with, and of those by flows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "egressc/address.h"
#include "egressc/flow_space.h"

namespace egressc::lint {

// A place that the grant with this number leads to.
struct PlaceOf {
  Prefix place;
  std::uint32_t grant = 0;
  auto operator<=>(const PlaceOf&) const = default;
};

// Prefixes nest or are apart, so one pass over them in order finds what lies around, beside and below each.
class Overlaps {
 public:
  // `places` in any order; grants are numbered below `grants`.
  Overlaps(std::vector<PlaceOf> places, std::size_t grants);

  // Every place of the grant overlaps one of another grant, so others may allow all it does.
  bool may_be_covered(std::uint32_t grant) const { return some_[grant] && all_[grant]; }
  // Some place of it overlaps one of another grant.
  bool touches(std::uint32_t grant) const { return some_[grant]; }
  // The grants that lead to `place` or to a prefix around it, widest first; no more than `most`.
  std::vector<std::uint32_t> around(const Prefix& place, std::size_t most) const;

 private:
  // Whose places a part of the order holds: nobody's, one grant's, or several grants'.
  class Owners;
  struct Open;
  void close(Open& open, Open* parent);

  std::vector<PlaceOf> places_;  // sorted
  std::vector<char> some_;
  std::vector<char> all_;
};

// Flows that others may hold as well.
struct Coverable {
  FlowSpace flows;
  bool asked = true;   // whether it is to be found out for this one
  bool covers = true;  // whether it counts among the others
};

// For each, whether it is asked for and the others that cover hold all its flows. Divides and conquers: what the sets
// outside a range have in common with those in it is computed once for the range, so n sets cost about n log n.
std::vector<char> covered(std::vector<Coverable>& sets);

}  // namespace egressc::lint
