#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

#include "model/words/words.h"
#include "refresh/refresh.h"

namespace egressc::refresh {
namespace {

struct Timed {
  Prefix address;
  std::chrono::seconds left;
  bool operator==(const Timed&) const = default;
};

// One set in one round: which elements come, stay longer, stay shorter, and go.
struct SetRound {
  std::vector<Timed> added;    // they were not there
  std::vector<Timed> changed;  // they were, with another time
  std::vector<Prefix> removed;
  std::vector<Prefix> holds;  // afterwards, sorted
};

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
  text += fmt::format("{} element inet egressc {} {{ {} }}\n", command, set, joined(list, ", ", print));
}

std::string bare(const Timed& element) { return to_string(element.address); }

std::string timed(const Timed& element) {
  return fmt::format("{} timeout {}s expires {}s", to_string(element.address), element.left.count(),
                     element.left.count());
}

// `wanted` is what the last answer says of this set, sorted; nullopt if there was none yet.
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

// Its nftables commands. An element that is there keeps its time when it is added again, so it is taken out and put in
// again; before that it is added, since it may have timed out, and what is not there cannot be taken out.
void append_text(std::string& text, const std::string& set, const SetRound& round) {
  const auto name = [](const Prefix& address) { return to_string(address); };
  append_command(text, "add", set, round.removed, name);
  append_command(text, "delete", set, round.removed, name);
  append_command(text, "add", set, round.changed, bare);
  append_command(text, "delete", set, round.changed, bare);
  append_command(text, "add", set, round.changed, timed);
  append_command(text, "add", set, round.added, timed);
}

constexpr Family families[] = {Family::ipv4, Family::ipv6};

std::string set_name(const FollowedSet& set, Family family) {
  return set.identifier + (family == Family::ipv4 ? "_4" : "_6");
}

bool is_allowed(const FollowedSet& set, const Address& address) {
  return !is_inside_address(address) || std::any_of(set.listed.begin(), set.listed.end(),
                                                    [&](const Prefix& prefix) { return contains(prefix, address); });
}

std::optional<std::vector<Address>> wanted_in(const FollowedSet& set,
                                              const std::optional<std::vector<Address>>& answer) {
  if (!answer) return std::nullopt;
  std::vector<Address> wanted;
  for (const Address& address : *answer)
    if (is_allowed(set, address)) wanted.push_back(address);
  return wanted;
}

std::chrono::seconds backoff(unsigned failures, const RefreshLimits& limits) {
  std::chrono::seconds time = limits.least_backoff;
  for (unsigned count = 1; count < failures && time < limits.most_backoff; ++count) time *= 2;
  return std::min(time, limits.most_backoff);
}

}  // namespace
}  // namespace egressc::refresh

namespace egressc {

void Refresher::follow(std::vector<FollowedName> names) {
  std::sort(names.begin(), names.end(),
            [](const FollowedName& a, const FollowedName& b) { return a.name.key() < b.name.key(); });
  std::vector<State> states;
  for (FollowedName& name : names)
    for (const Family family : refresh::families) {
      State state{name, family, {}, 0, std::nullopt, false, false};
      if (const State* const before = find(name.name, family); before != nullptr) {
        state = *before;
        state.followed = name;
      }
      states.push_back(std::move(state));
    }
  states_ = std::move(states);
}

Refresher::State* Refresher::find(const DomainName& name, Family family) {
  const auto found = std::lower_bound(states_.begin(), states_.end(), std::tie(name.key(), family),
                                      [](const State& state, const auto& wanted) {
                                        return std::tie(state.followed.name.key(), state.family) < wanted;
                                      });
  return found != states_.end() && found->followed.name == name && found->family == family ? &*found : nullptr;
}

std::vector<DnsQuestion> Refresher::due(RefreshTime now, std::size_t most) const {
  std::vector<const State*> states;
  for (const State& state : states_)
    if (state.next <= now) states.push_back(&state);
  std::stable_sort(states.begin(), states.end(), [](const State* a, const State* b) { return a->next < b->next; });
  if (states.size() > most) states.resize(most);
  std::vector<DnsQuestion> questions;
  for (const State* state : states) questions.push_back({state->followed.name, state->family});
  return questions;
}

std::optional<RefreshTime> Refresher::next() const {
  std::optional<RefreshTime> first;
  for (const State& state : states_) first = first ? std::min(*first, state.next) : state.next;
  return first;
}

bool Refresher::all_answered() const {
  return std::all_of(states_.begin(), states_.end(),
                     [](const State& state) { return state.answer.has_value() && state.failures == 0; });
}

std::vector<RefreshEvent> Refresher::take(const DnsQuestion& question, const DnsAnswer& answer, RefreshTime now) {
  std::vector<RefreshEvent> events;
  State* const state = find(question.name, question.family);
  if (state == nullptr) return events;
  const DomainName& name = state->followed.name;
  if (answer.outcome == DnsOutcome::failed) {
    if (state->failures++ == 0) events.push_back({RefreshKind::failed, name, state->family, std::nullopt, answer.why});
    state->next = now + refresh::backoff(state->failures, limits_);
    return events;
  }
  if (std::exchange(state->failures, 0) != 0)
    events.push_back({RefreshKind::recovered, name, state->family, std::nullopt, {}});
  if (answer.outcome == DnsOutcome::addresses) {
    take_addresses(*state, answer, events);
    state->next = now + std::clamp(answer.ttl, limits_.least_interval, limits_.most_interval);
    return events;
  }
  const bool had_some = state->answer && !state->answer->empty();
  if (answer.outcome == DnsOutcome::no_name && (had_some || !state->answer))
    events.push_back({RefreshKind::no_name, name, state->family, std::nullopt, {}});
  else if (had_some)
    events.push_back({RefreshKind::no_data, name, state->family, std::nullopt, {}});
  state->answer.emplace();
  state->next = now + limits_.negative_interval;
  return events;
}

void Refresher::take_addresses(State& state, const DnsAnswer& answer, std::vector<RefreshEvent>& events) {
  std::vector<Address> addresses = answer.addresses;
  sort_unique(addresses);
  const auto say = [&](RefreshKind kind, std::optional<Prefix> address, bool& has_said) {
    if (!std::exchange(has_said, true)) events.push_back({kind, state.followed.name, state.family, address, {}});
  };
  const auto is_refused = [&](const Address& address) {
    // No packet leaves for an IPv4 address that is mapped to IPv6.
    return address.family != state.family ||
           std::none_of(state.followed.sets.begin(), state.followed.sets.end(),
                        [&](const FollowedSet& set) { return refresh::is_allowed(set, address); });
  };
  const auto refused = std::stable_partition(addresses.begin(), addresses.end(), std::not_fn(is_refused));
  if (refused != addresses.end()) say(RefreshKind::not_allowed, single(*refused), state.has_said_not_allowed);
  addresses.erase(refused, addresses.end());
  if (addresses.size() > limits_.most_addresses) {
    say(RefreshKind::cut, std::nullopt, state.has_said_cut);
    addresses.erase(addresses.begin() + static_cast<std::ptrdiff_t>(limits_.most_addresses), addresses.end());
  }
  state.answer = std::move(addresses);
}

RefreshRound Refresher::round(std::span<const HeldElement> held) const {
  std::map<std::string, std::vector<HeldElement>> by_set;
  for (const HeldElement& element : held) by_set[element.set].push_back(element);
  RefreshRound round;
  for (const State& state : states_) {
    std::vector<Prefix> added;
    std::vector<Prefix> closed;
    for (const FollowedSet& set : state.followed.sets) {
      const std::string name = refresh::set_name(set, state.family);
      auto one = refresh::set_round(by_set[name], refresh::wanted_in(set, state.answer), limits_);
      refresh::append_text(round.text, name, one);
      for (const refresh::Timed& element : one.added) added.push_back(element.address);
      if (const auto known = known_.find(name); known != known_.end())
        std::set_difference(known->second.begin(), known->second.end(), one.holds.begin(), one.holds.end(),
                            std::back_inserter(closed));
      round.holds.emplace(name, std::move(one.holds));
    }
    for (const auto& [kind, list] : {std::pair(RefreshKind::closed, &closed), std::pair(RefreshKind::added, &added)}) {
      sort_unique(*list);
      for (const Prefix& address : *list)
        round.events.push_back({kind, state.followed.name, state.family, address, {}});
    }
  }
  return round;
}

}  // namespace egressc
