#include "readers/ipset_flows.h"

#include <fmt/format.h>

#include "egressc/diagnostics.h"
#include "readers/xtables_values.h"

namespace egressc::readers {
namespace {

SetFlows anything(std::string why) { return {{}, FlowSpace::all(), std::move(why)}; }

std::vector<bool> destinations(std::string_view directions) {
  std::vector<bool> made;
  while (!directions.empty()) made.push_back(take_item(directions, ',') == "dst");
  return made;
}

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
  const auto [entry, is_new] = known_.try_emplace(fmt::format("{} {}", set, directions));
  if (is_new) entry->second = compute(set, directions);
  return entry->second;
}

SetFlows IpSetFlows::compute(std::string_view set, std::string_view directions) const {
  const std::vector<bool> is_destination = destinations(directions);
  std::string why;
  bool members_expire = false;
  std::vector<FlowSpace> least;
  std::vector<FlowSpace> most;
  std::vector<std::string> todo{std::string(set)};
  std::unordered_set<std::string> done;
  while (!todo.empty()) {
    const std::string name = std::move(todo.back());
    todo.pop_back();
    if (!done.insert(name).second) continue;
    const std::string shown = printable(name, 40);
    if (!table_)
      return anything(fmt::format("it depends on what set {} holds: give what \"ipset save\" prints as well", shown));
    const auto found = table_->sets.find(name);
    if (found == table_->sets.end()) return anything(fmt::format("set {} is not among those given", shown));
    const IpSet& held = found->second;
    if (!held.not_known.empty()) return anything(fmt::format("set {}: {}", shown, held.not_known));
    if (changed_.count(name) != 0) return anything(fmt::format("a rule changes what set {} holds", shown));
    if (has_members(held)) {
      for (const SetElement& element : held.elements) {
        members_expire |= element.expires;
        todo.push_back(held.names[element.name]);
      }
      continue;
    }
    // as ip_set_test() of the kernel's ip_set_core.c
    if (is_destination.size() < held.parts.size() || (!held.any_family && held.family != family_)) continue;
    SetFlows more = flows_of_elements(held, is_destination, family_);
    least.push_back(std::move(more.least));
    most.push_back(std::move(more.most));
    if (why.empty() && !more.why.empty()) why = fmt::format("set {}: {}", shown, more.why);
  }
  if (members_expire) {
    least.clear();
    why = fmt::format("members of set {} time out", printable(set, 40));
  }
  return {unite(std::move(least)), unite(std::move(most)), std::move(why)};
}

}  // namespace egressc::readers
