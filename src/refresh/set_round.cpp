#include "refresh/set_round.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace egressc::refreshing {
namespace {

struct Element {
  HeldElement held;
  bool is_wanted = false;
};

// The element that an address is in: in a set with intervals it may be a prefix that the policy lists.
Element* around(std::vector<Element>& elements, const Address& address) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const Element& element) { return contains(element.held.address, address); });
  return found == elements.end() ? nullptr : &*found;
}

void make_room(std::vector<Element>& elements, SetRound& round, std::size_t most) {
  if (elements.size() + round.added.size() <= most) return;
  std::size_t surplus = elements.size() + round.added.size() - most;
  const auto end = std::stable_partition(elements.begin(), elements.end(), [](const Element& element) {
    return !element.is_wanted && element.held.remaining.has_value();
  });
  std::sort(elements.begin(), end,
            [](const Element& a, const Element& b) { return a.held.remaining < b.held.remaining; });
  const auto first = elements.begin();
  surplus = std::min(surplus, static_cast<std::size_t>(end - first));
  for (auto element = first; element != first + static_cast<std::ptrdiff_t>(surplus); ++element)
    round.removed.push_back(element->held.address);
  elements.erase(first, first + static_cast<std::ptrdiff_t>(surplus));
}

template <typename List, typename Print>
void append_command(std::string& text, const char* command, const std::string& set, const List& list, Print print) {
  if (list.empty()) return;
  fmt::format_to(std::back_inserter(text), "{} element inet egressc {} {{ ", command, set);
  bool is_first = true;
  for (const auto& one : list) {
    if (!is_first) text += ", ";
    is_first = false;
    text += print(one);
  }
  text += " }\n";
}

std::string bare(const Timed& element) { return to_string(element.address); }

std::string timed(const Timed& element) {
  return fmt::format("{} timeout {}s expires {}s", to_string(element.address), element.left.count(),
                     element.left.count());
}

}  // namespace

SetRound set_round(std::span<const HeldElement> held, const std::optional<std::vector<Address>>& wanted,
                   const RefreshLimits& limits) {
  SetRound round;
  std::vector<Element> elements;
  for (const HeldElement& element : held) elements.push_back({element, !wanted.has_value()});
  if (wanted)
    for (const Address& address : *wanted) {
      Element* const element = around(elements, address);
      if (element != nullptr)
        element->is_wanted = true;
      else
        round.added.push_back({single(address), limits.lifetime()});
    }
  make_room(elements, round, limits.most_elements);
  for (const Element& element : elements) {
    round.holds.push_back(element.held.address);
    if (!element.held.remaining) continue;
    const auto left = *element.held.remaining;
    if (element.is_wanted && left < limits.least_left())
      round.changed.push_back({element.held.address, limits.lifetime()});
    if (!element.is_wanted && left > limits.grace) round.changed.push_back({element.held.address, limits.grace});
  }
  for (const Timed& element : round.added) round.holds.push_back(element.address);
  std::sort(round.holds.begin(), round.holds.end());
  std::sort(round.changed.begin(), round.changed.end(),
            [](const Timed& a, const Timed& b) { return a.address < b.address; });
  return round;
}

void append_text(std::string& text, const std::string& set, const SetRound& round) {
  const auto name = [](const Prefix& address) { return to_string(address); };
  append_command(text, "add", set, round.removed, name);
  append_command(text, "delete", set, round.removed, name);
  append_command(text, "add", set, round.changed, bare);
  append_command(text, "delete", set, round.changed, bare);
  append_command(text, "add", set, round.changed, timed);
  append_command(text, "add", set, round.added, timed);
}

}  // namespace egressc::refreshing
