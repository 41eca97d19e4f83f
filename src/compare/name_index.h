// Which names a subject knows an address by.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc::comparing {

// A stretch of addresses that all have the same names.
struct NamedRange {
  AddressRange range;
  std::vector<std::string> names;  // sorted
  bool live = false;               // a marker
};

class NameIndex {
 public:
  // The names in the grants of `subjects`, with their addresses of `families`.
  NameIndex(std::span<const Subject* const> subjects, std::span<const Family> families);
  // Every marker.
  NameIndex(const LiveMarkers& markers, std::span<const Family> families);

  // The ranges that make up `range`, if names cover it whole; else empty.
  std::vector<const NamedRange*> covering(const AddressRange& range) const;
  // How many ranges have just these names.
  std::size_t count(const std::vector<std::string>& names) const;

 private:
  std::vector<NamedRange> ranges_;  // ascending, disjoint
  std::map<std::vector<std::string>, std::size_t> counts_;
};

}  // namespace egressc::comparing
