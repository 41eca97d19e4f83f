#include "compare/lines.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>

#include "egressc/policy.h"
#include "model/words/words.h"

namespace egressc::compare {
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
  sort_unique(all);
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

namespace {

// Destinations by what they are called; services by where they are.
struct Place {
  std::vector<std::string> names;
  bool live = false;
  std::vector<AddressRange> addresses;  // empty with names: all of theirs
  std::optional<bool> loopback;
  auto operator<=>(const Place&) const = default;
};

// In the order in which services are listed: by number, then by port.
using Services = std::vector<std::tuple<ProtocolRange, PortRange, std::string>>;

struct Parts {
  std::size_t whole = 0;  // ranges of a name that are there from end to end
  std::vector<AddressRange> addresses;
};

}  // namespace

std::vector<FlowLine> lines_of(std::span<const FlowBox> boxes, const NameIndex& names, const NameIndex& markers) {
  using Service = std::tuple<ProtocolRange, PortRange, std::string>;
  std::map<std::tuple<std::vector<std::string>, bool, std::optional<bool>, Service>, Parts> named;
  std::map<Place, Services> places;
  for (const FlowBox& box : boxes) {
    const Service service{box.protocols, box.ports, service_text(box)};
    std::vector<const NamedRange*> found;
    if (box.addresses) found = names.covering(*box.addresses);
    if (box.addresses && found.empty()) found = markers.covering(*box.addresses);
    for (const NamedRange* range : found) {
      Parts& parts = named[{range->names, range->live, box.loopback, service}];
      const AddressRange part{std::max(range->range.first, box.addresses->first),
                              std::min(range->range.last, box.addresses->last)};
      parts.whole += part == range->range ? 1 : 0;
      parts.addresses.push_back(part);
    }
    if (!found.empty()) continue;
    Place place{{}, false, {}, box.loopback};
    if (box.addresses) place.addresses = {*box.addresses};
    places[place].push_back(service);
  }
  for (const auto& [key, parts] : named) {
    const auto& [those, live, loopback, service] = key;
    const bool all = live || parts.whole == names.count(those);
    places[{those, live, all ? std::vector<AddressRange>{} : parts.addresses, loopback}].push_back(service);
  }

  std::vector<FlowLine> lines;
  for (auto& [place, services] : places) {
    std::sort(services.begin(), services.end());
    FlowLine& line = lines.emplace_back(FlowLine{place.names, place.live, place.addresses, place.loopback, {}});
    for (const auto& [protocols, ports, text] : services) line.services.push_back(text);
  }
  // Names before addresses.
  std::stable_partition(lines.begin(), lines.end(), [](const FlowLine& line) { return !line.names.empty(); });
  return lines;
}

}  // namespace egressc::compare
