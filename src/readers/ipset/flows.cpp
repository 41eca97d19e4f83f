#include <fmt/core.h>

#include "egressc/diagnostics.h"
#include "readers/ipset/ipset.h"
#include "readers/meaning/numbers.h"

namespace egressc::readers {

std::vector<Address> markers_of(std::string_view name, std::string_view label, Family family, const LiveNames& live) {
  if (live.filled == nullptr) return {live.markers->marker(label, family)};
  std::vector<Address> markers;
  const auto found = live.filled->find(name);
  if (found == live.filled->end()) return markers;
  for (const Filling& filling : found->second)
    if (family == Family::ipv4 ? filling.ipv4 : filling.ipv6)
      markers.push_back(live.markers->marker(filling.label, family));
  return markers;
}

namespace {

constexpr std::size_t most_parts = 3;  // that an element of any type has

SetFlows anything(std::string why) { return {{}, FlowSpace::all(), std::move(why)}; }

bool has_members(const IpSet& set) { return set.parts == std::vector{SetPart::member}; }

// By halves, so that no large set is rebuilt for each small one.
FlowSpace unite(std::vector<FlowSpace> spaces) {
  if (spaces.empty()) return {};
  while (spaces.size() > 1) {
    std::size_t made = 0;
    for (std::size_t i = 0; i + 1 < spaces.size(); i += 2) spaces[made++] = spaces[i] | spaces[i + 1];
    if (spaces.size() % 2 != 0) spaces[made++] = std::move(spaces.back());
    spaces.resize(made);
  }
  return std::move(spaces.front());
}

}  // namespace

const SetFlows& IpSetFlows::match(std::string_view set, std::string_view directions) {
  Directions made;
  while (!directions.empty() && made.size() < most_parts) made.push_back(take_item(directions, ',') == "dst");
  return known(std::string(set), made, false);
}

const SetFlows& IpSetFlows::known(const std::string& set, const Directions& directions, bool is_member) {
  std::string key = is_member ? "member " : "set ";
  for (const bool to : directions) key += to ? 'd' : 's';
  key += ' ';
  key += set;
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  SetFlows made = compute(set, directions, is_member);
  return known_.emplace(std::move(key), std::move(made)).first->second;
}

SetFlows IpSetFlows::compute(const std::string& set, const Directions& directions, bool is_member) {
  const std::string shown = printable(set, 40);
  if (!table_)
    return anything(fmt::format("it depends on what set {} holds: give what \"ipset save\" prints as well", shown));
  const auto found = table_->sets.find(set);
  if (found == table_->sets.end()) return anything(fmt::format("set {} is not among those given", shown));
  const IpSet& held = found->second;
  if (!held.not_known.empty()) return anything(fmt::format("set {}: {}", shown, held.not_known));
  if (changed_.count(set) != 0) return anything(fmt::format("a rule changes what set {} holds", shown));
  if (has_members(held) && is_member) return anything(fmt::format("list {} is in a list, which no kernel has", shown));
  if (has_members(held)) return unite_members(held, directions);
  // as ip_set_test() of the kernel's ip_set_core.c
  if (directions.size() < held.parts.size() || (!held.any_family && held.family != family_)) return {};
  if (is_live(set, held)) return live(set, held, directions);
  SetFlows flows = flows_of_elements(held, directions, family_);
  if (!flows.why.empty()) flows.why = fmt::format("set {}: {}", shown, flows.why);
  return flows;
}

bool IpSetFlows::is_live(const std::string& set, const IpSet& held) const {
  if (!live_.markers || !held.expires) return false;
  return table_->live.contains(set) || (live_.filled && live_.filled->contains(set));
}

// What it holds for now, and what it is filled with.
SetFlows IpSetFlows::live(const std::string& set, const IpSet& held, const Directions& directions) {
  const FilledSets& filled = live_.filled ? *live_.filled : table_->live;
  IpSet lasting = held;
  if (live_.markers->stand_alone()) lasting.elements.clear();
  for (SetElement& element : lasting.elements) element.expires = false;
  for (const Address& marker : markers_of(set, {}, family_, {live_.markers, &filled}))
    if (!add_element(lasting, to_string(marker), {})) return anything("its name is not understood");
  return flows_of_elements(lasting, directions, family_);
}

SetFlows IpSetFlows::unite_members(const IpSet& list, const Directions& directions) {
  std::vector<FlowSpace> least;
  std::vector<FlowSpace> most;
  std::string why;
  for (const SetElement& element : list.elements) {
    const SetFlows& member = known(list.names[element.name], directions, true);
    most.push_back(member.most);
    if (!element.expires) least.push_back(member.least);
    if (!why.empty()) continue;
    why = element.expires ? "members of a list time out" : member.why;
  }
  return {unite(std::move(least)), unite(std::move(most)), std::move(why)};
}

}  // namespace egressc::readers
