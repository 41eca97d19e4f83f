// Boxes of one subject as lines for a person: the names that it knows addresses by, and the words for them.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "egressc/compare.h"
#include "egressc/flow_space.h"

namespace egressc::compare {

// A stretch of addresses that all have the same names.
struct NamedRange {
  AddressRange range;
  std::vector<std::string> names;  // sorted
  bool live = false;               // a marker
};

// Which names a subject knows an address by.
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

// Ids do not count: they are the same for all of `boxes`. What `names` does not know may be a marker.
std::vector<FlowLine> lines_of(std::span<const FlowBox> boxes, const NameIndex& names, const NameIndex& markers);

// "uid 1001, 2000-2015", "uid 3000 gid 7", "everybody, packets without a socket".
std::string who_text(const SubjectDifference& subject);
// "api.example.com", "*.example.com (live)", "203.0.113.0/24", "anywhere".
std::string destination_text(const FlowLine& line);

}  // namespace egressc::compare
