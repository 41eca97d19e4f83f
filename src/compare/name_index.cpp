#include "compare/name_index.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace egressc::comparing {
namespace {

struct Named {
  AddressRange range;
  std::string name;
  auto operator<=>(const Named&) const = default;
};

std::vector<Named> named_addresses(std::span<const Subject* const> subjects, std::span<const Family> families) {
  std::vector<Named> all;
  const auto is_wanted = [&](const Prefix& prefix) {
    return std::find(families.begin(), families.end(), prefix.address.family) != families.end() &&
           next(range_of(prefix).last);  // what ends with its family's space is no address of a name
  };
  for (const Subject* subject : subjects)
    for (const Grant& grant : subject->allow)
      for (const DomainName& name : grant.names)
        for (const Prefix& prefix : grant.addresses)
          if (is_wanted(prefix)) all.push_back({range_of(prefix), name.spelling()});
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// As a policy has it.
std::string name_of(std::string_view live_label) {
  constexpr std::string_view below = "below ";
  if (!live_label.starts_with(below)) return std::string(live_label);
  return "*." + std::string(live_label.substr(below.size()));
}

// Where the names change.
struct Edge {
  Address at;
  bool begins;
  std::size_t named;
};

// Cut where names begin and end, so that every stretch has its names.
std::vector<NamedRange> cut(const std::vector<Named>& all) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < all.size(); ++i) {
    edges.push_back({all[i].range.first, true, i});
    edges.push_back({*next(all[i].range.last), false, i});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  std::vector<NamedRange> ranges;
  std::map<std::string, std::size_t> open;
  Address from;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const Edge& edge = edges[i];
    if (!open.empty() && from < edge.at) {
      NamedRange& range = ranges.emplace_back();
      range.range = {from, *previous(edge.at)};
      for (const auto& [name, count] : open) range.names.push_back(name);
    }
    from = edge.at;
    const std::string& name = all[edge.named].name;
    if (edge.begins)
      ++open[name];
    else if (--open[name] == 0)
      open.erase(name);
  }
  return ranges;
}

}  // namespace

NameIndex::NameIndex(std::span<const Subject* const> subjects, std::span<const Family> families)
    : ranges_(cut(named_addresses(subjects, families))) {
  for (const NamedRange& range : ranges_) ++counts_[range.names];
}

NameIndex::NameIndex(const LiveMarkers& markers, std::span<const Family> families) {
  for (const Family family : families)
    for (const auto& [address, label] : markers.all(family))
      ranges_.push_back({AddressRange{address, address}, {name_of(label)}, true});
  std::sort(ranges_.begin(), ranges_.end(), [](const NamedRange& a, const NamedRange& b) { return a.range < b.range; });
}

std::vector<const NamedRange*> NameIndex::covering(const AddressRange& range) const {
  std::vector<const NamedRange*> found;
  auto at = std::partition_point(ranges_.begin(), ranges_.end(),
                                 [&](const NamedRange& named) { return named.range.last < range.first; });
  std::optional<Address> wanted = range.first;
  for (; at != ranges_.end() && wanted && at->range.first <= *wanted; ++at) {
    found.push_back(&*at);
    if (at->range.last >= range.last) return found;
    wanted = next(at->range.last);
  }
  return {};
}

std::size_t NameIndex::count(const std::vector<std::string>& names) const {
  const auto found = counts_.find(names);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace egressc::comparing
