// Prefixes nest or are apart, they never cross. So nothing needs to be cut along the addresses: walking the prefixes
// from the outside in, each keeps the ports that no prefix around it opens already. What comes out are prefixes of the
// policy, which a person recognises, and no more boxes than there were grants, but where a port range is cut.
#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "egressc/policy.h"
#include "lower/passes.h"
#include "model/values/ranges.h"

namespace egressc::lower {
namespace {

// What is in `ports` and not in `taken`. Adds to `cuts` how often a range had to be cut.
Ports without(const Ports& ports, const Ports& taken, std::size_t& cuts) {
  Ports rest;
  for (const PortRange& range : ports) {
    auto cut =
        std::partition_point(taken.begin(), taken.end(), [&](const PortRange& t) { return t.last < range.first; });
    int first = range.first;  // may end one beyond the last port
    for (; cut != taken.end() && cut->first <= range.last; ++cut, ++cuts) {
      if (first < cut->first)
        rest.push_back({static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(cut->first - 1)});
      first = cut->last + 1;
    }
    if (first <= range.last) rest.push_back({static_cast<std::uint16_t>(first), range.last});
  }
  return rest;
}

struct Level {
  Prefix prefix;
  Ports ports;  // disjoint from those of every level around it
};

// Within one protocol, a prefix comes before those inside it, and those of one prefix in the order of their ports.
bool outside_in(const Opening& a, const Opening& b) {
  if (a.service.protocol != b.service.protocol) return a.service.protocol < b.service.protocol;
  return std::tie(a.to, a.service.ports) < std::tie(b.to, b.service.ports);
}

bool same_place(const Opening& a, const Opening& b) { return a.to == b.to && a.service.protocol == b.service.protocol; }

// False if the subject came to more than most_parts.
bool make_boxes(SubjectWork& subject, std::size_t& parts) {
  std::sort(subject.openings.begin(), subject.openings.end(), outside_in);
  std::vector<Level> around;
  Protocol protocol = Protocol::any;
  for (auto at = subject.openings.begin(); at != subject.openings.end();) {
    const Opening& opening = *at;
    if (opening.service.protocol != protocol) around.clear();
    protocol = opening.service.protocol;
    while (!around.empty() && !contains(around.back().prefix, opening.to)) around.pop_back();

    Ports ports;
    for (; at != subject.openings.end() && same_place(*at, opening); ++at) ports.push_back(at->service.ports);
    join_ranges(ports);
    for (const Level& level : around) ports = without(ports, level.ports, parts);
    parts += ports.size();
    if (parts > most_parts) return false;
    for (const PortRange& range : ports) subject.boxes.push_back({range_of(opening.to), protocol, range});
    if (!ports.empty()) around.push_back({opening.to, std::move(ports)});
  }
  std::sort(subject.boxes.begin(), subject.boxes.end());
  subject.openings = {};
  return true;
}

}  // namespace

bool disjoint(Work& work, Diagnostics& diagnostics) {
  std::size_t parts = 0;
  for (SubjectWork& subject : work.subjects) {
    drop_contained(subject.echo);
    if (make_boxes(subject, parts)) continue;
    diagnostics.error(
        subject.subject->where,
        fmt::format("the grants up to those of {} come to more than {} disjoint parts",
                    printable(subject.subject->label), most_parts),
        "many prefixes that overlap in many port ranges multiply: grant fewer ports to the outer prefixes");
    return false;
  }
  return true;
}

}  // namespace egressc::lower
