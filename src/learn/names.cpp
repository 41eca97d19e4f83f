#include "learn/names.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <tuple>

#include "model/words/words.h"

namespace egressc::learn {
namespace {

// How far apart a query and its packet may be logged. Beyond that the port may be another's: conntrack takes a datagram
// from a port that was used half a minute ago for the old flow, and a rule that logs new flows is silent.
constexpr Micros asker_reach = second;
constexpr Micros clock_slack = 2 * second;  // two logs with whole seconds, and audit's 4 ms ticks
constexpr Micros unknown_ttl = 3600 * second;
constexpr NameId no_name = std::numeric_limits<NameId>::max();

auto place_of(const Asker& asker) { return std::tuple(asker.from, asker.from_port); }

}  // namespace

Micros life_of(const Resolution& resolution) { return resolution.ttl == 0 ? unknown_ttl : resolution.ttl * second; }

AskerIndex::AskerIndex(std::span<const Observations> inputs) {
  for (const Observations& input : inputs) {
    if (input.trust == Trust::claimed) continue;
    askers_.insert(askers_.end(), input.askers.begin(), input.askers.end());
  }
  std::sort(askers_.begin(), askers_.end(), [](const Asker& a, const Asker& b) {
    return std::tuple(place_of(a), a.at, a.uid) < std::tuple(place_of(b), b.at, b.uid);
  });
  for (const Asker& asker : askers_) {
    if (locals_.empty() || locals_.back() != asker.from) locals_.push_back(asker.from);
    tells_of_loopback_ = tells_of_loopback_ || is_loopback(asker.from);
  }
  for (const Observations& input : inputs)
    if (input.trust != Trust::claimed) own_.insert(own_.end(), input.own_addresses.begin(), input.own_addresses.end());
  sort_unique(own_);
  for (const Observations& input : inputs)
    has_asked_by_loopback_ = has_asked_by_loopback_ ||
                             (input.trust != Trust::claimed &&
                              std::any_of(input.resolutions.begin(), input.resolutions.end(),
                                          [](const Resolution& resolution) { return is_loopback(resolution.client); }));
  run_ends_.resize(askers_.size());
  for (std::size_t i = askers_.size(); i-- > 0;) {
    const bool goes_on = i + 1 != askers_.size() && place_of(askers_[i + 1]) == place_of(askers_[i]) &&
                         askers_[i + 1].uid == askers_[i].uid;
    run_ends_[i] = goes_on ? run_ends_[i + 1] : i + 1;
  }
}

std::uint32_t AskerIndex::uid_of(const Address& from, std::uint16_t port, Micros at, std::uint16_t turn) const {
  if (port == 0 || at == no_time || at == any_time) return no_id;
  const auto key_of = [](const Asker& asker) { return std::tuple(place_of(asker), asker.at); };
  const auto first =
      std::upper_bound(askers_.begin(), askers_.end(), std::tuple(std::tuple(from, port), at - asker_reach),
                       [&](const auto& key, const Asker& asker) { return key < key_of(asker); });
  const auto last = std::lower_bound(first, askers_.end(), std::tuple(std::tuple(from, port), at + asker_reach),
                                     [&](const Asker& asker, const auto& key) { return key_of(asker) < key; });
  const auto begin = static_cast<std::size_t>(first - askers_.begin());
  const auto end = static_cast<std::size_t>(last - askers_.begin());
  return end - begin > turn && run_ends_[begin] >= end ? first->uid : no_id;
}

std::optional<std::uint32_t> AskerIndex::asker_of(const Resolution& resolution) const {
  if (resolution.client_port == 0) {
    const bool is_lost = resolution.turn == unknown_turn && !askers_.empty();  // others of that log have ports
    return is_lost ? std::nullopt : std::optional(resolution.uid);
  }
  const bool is_timed = resolution.at != any_time && resolution.at != no_time;
  const Micros asked = is_timed ? resolution.at - resolution.waited * (second / 1000) : no_time;
  const std::uint32_t uid = uid_of(resolution.client, resolution.client_port, asked, resolution.turn);
  if (uid != no_id) return uid;
  return tells_of(resolution.client) ? std::nullopt : std::optional(no_id);
}

bool AskerIndex::tells_of(const Address& from) const {
  return is_loopback(from) ? tells_of_loopback_ : std::binary_search(locals_.begin(), locals_.end(), from);
}

bool AskerIndex::is_known_local(const Address& from) const {
  return own_.empty() || is_loopback(from) || std::binary_search(own_.begin(), own_.end(), from);
}

bool AskerIndex::is_local(const Address& from) const {
  return (locals_.empty() && !has_asked_by_loopback_) || is_loopback(from) ||
         std::binary_search(locals_.begin(), locals_.end(), from);
}

namespace {

constexpr std::uint32_t last_second = std::numeric_limits<std::uint32_t>::max();

std::uint32_t second_of(Micros at) {
  if (at == any_time) return last_second;
  return static_cast<std::uint32_t>(std::clamp<Micros>(at / second, 0, last_second));
}

// The lives of each name, apart from each other.
std::vector<Timeline::Life> united(std::vector<Timeline::Life> lives) {
  std::sort(lives.begin(), lives.end(), [](const Timeline::Life& a, const Timeline::Life& b) {
    return std::tuple(a.name, a.first, a.last) < std::tuple(b.name, b.first, b.last);
  });
  std::size_t kept = 0;
  for (const Timeline::Life& life : lives) {
    if (kept != 0 && lives[kept - 1].name == life.name && life.first <= lives[kept - 1].last)
      lives[kept - 1].last = std::max(lives[kept - 1].last, life.last);
    else
      lives[kept++] = life;
  }
  lives.resize(kept);
  return lives;
}

// Names that fit now.
class Fitting {
 public:
  void change(const Timeline::Life& life, bool begins) {
    auto& names = life.inside ? inside_ : outside_;
    if (begins)
      names.insert(life.name);
    else
      names.erase(life.name);
  }
  NameSet set() const {
    NameSet set;
    set.crowded = inside_.size() + outside_.size() > NameSet::most;
    for (const auto* names : {&outside_, &inside_})
      for (auto name = names->begin(); name != names->end() && set.names.size() < NameSet::most; ++name)
        set.names.push_back(*name);
    std::sort(set.names.begin(), set.names.end());
    return set;
  }

 private:
  std::set<NameId> outside_;
  std::set<NameId> inside_;
};

NameSet united(const NameSet& a, const NameSet& b) {
  NameSet both{a.crowded || b.crowded, a.names};
  both.names.insert(both.names.end(), b.names.begin(), b.names.end());
  sort_unique(both.names);
  both.crowded = both.crowded || both.names.size() > NameSet::most;
  return both;
}

}  // namespace

Timeline::Timeline(std::vector<Life> given) {
  const std::vector<Life> lives = united(std::move(given));
  struct Event {
    std::uint32_t at = 0;
    bool begins = false;
    const Life* life = nullptr;
  };
  std::vector<Event> events;
  events.reserve(lives.size() * 2);
  for (const Life& life : lives) {
    events.push_back({life.first, true, &life});
    if (life.last != last_second) events.push_back({life.last + 1, false, &life});
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tuple(a.at, a.begins, a.life) < std::tuple(b.at, b.begins, b.life);
  });
  Fitting fitting;
  changes_.push_back({0, &*sets_.insert(NameSet()).first});
  for (std::size_t i = 0; i < events.size();) {
    const std::uint32_t at = events[i].at;
    for (; i < events.size() && events[i].at == at; ++i) fitting.change(*events[i].life, events[i].begins);
    changes_.push_back({at, &*sets_.insert(fitting.set()).first});
  }
}

const NameSet& Timeline::at(std::uint32_t second_of_time) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), second_of_time,
                                     [](std::uint32_t time, const Change& change) { return time < change.second_of; });
  return *std::prev(next)->set;
}

// Of what may be another host's, what this one was told as well.
template <typename IsUnknown>
void NameIndex::leave_out_told(std::span<const Observations> inputs, const std::vector<std::vector<NameId>>& numbers,
                               IsUnknown is_unknown_host) {
  if (anybodys_.empty()) return;
  sort_unique(anybodys_);
  std::vector<std::pair<NameId, Address>> told;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].trust != Trust::claimed)
      for (const Resolution& resolution : inputs[i].resolutions)
        if (!is_unknown_host(resolution)) told.emplace_back(numbers[i][resolution.asked], resolution.answer);
  sort_unique(told);
  std::erase_if(anybodys_, [&](const auto& one) { return std::binary_search(told.begin(), told.end(), one); });
}

NameIndex::NameIndex(std::span<const Observations> inputs, const AskerIndex& askers, Micros grace) {
  const std::vector<std::vector<NameId>> numbers = number_names(inputs);
  struct Use {
    std::uint32_t asker = no_id;
    std::uint32_t input = 0;
    StringId asked = 0;
    auto operator<=>(const Use&) const = default;
  };
  std::vector<Use> uses;
  const auto is_unknown_host = [&](const Resolution& resolution) {
    return resolution.client != Address() && !askers.is_known_local(resolution.client);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].trust == Trust::claimed) continue;
    for (const Resolution& resolution : inputs[i].resolutions) {
      const NameId name = numbers[i][resolution.asked];
      if (name == no_name || resolution.at == no_time) continue;
      if (resolution.client != Address() && !askers.is_local(resolution.client)) continue;
      const auto asker = askers.asker_of(resolution);
      if (!asker) {
        ++unattributed_;
        continue;
      }
      const Micros life = life_of(resolution);
      Window window{*asker, resolution.answer, name, no_time, any_time};
      if (resolution.at != any_time) {
        window.from = resolution.at - clock_slack / 2;
        window.until = resolution.at + life + grace;
      }
      windows_.push_back(window);
      if (is_unknown_host(resolution)) anybodys_.emplace_back(name, resolution.answer);
      const Use use{*asker, static_cast<std::uint32_t>(i), resolution.asked};
      if (uses.empty() || uses.back() != use) uses.push_back(use);
    }
  }
  leave_out_told(inputs, numbers, is_unknown_host);
  sort_unique(uses);
  told_.reserve(uses.size());
  for (const Use& use : uses)
    told_.push_back(
        {use.asker, numbers[use.input][use.asked], inputs[use.input].strings[use.asked], inputs[use.input].format});
  sort_unique(told_);
  coalesce();
}

// Names are numbered in the order of their keys, so that nothing depends on the order of the inputs.
std::vector<std::vector<NameId>> NameIndex::number_names(std::span<const Observations> inputs) {
  struct Asked {
    DomainName name;
    std::size_t input = 0;
    StringId asked = 0;
  };
  std::vector<std::vector<NameId>> numbers(inputs.size());
  std::vector<Asked> all;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].trust == Trust::claimed) continue;
    std::vector<bool> is_met(inputs[i].strings.size());
    numbers[i].resize(inputs[i].strings.size(), no_name);
    for (const Resolution& resolution : inputs[i].resolutions) {
      if (is_met[resolution.asked]) continue;
      is_met[resolution.asked] = true;
      if (auto name = DomainName::parse(inputs[i].strings[resolution.asked]))
        all.push_back({std::move(*name), i, resolution.asked});
    }
  }
  std::sort(all.begin(), all.end(), [](const Asked& a, const Asked& b) { return a.name < b.name; });
  for (Asked& asked : all) {
    if (names_.empty() || names_.back() != asked.name) names_.push_back(asked.name.lower());
    numbers[asked.input][asked.asked] = static_cast<NameId>(names_.size() - 1);
  }
  return numbers;
}

void NameIndex::coalesce() {
  const auto group = [](const Window& w) { return std::tuple(w.asker, w.answer, w.name); };
  std::sort(windows_.begin(), windows_.end(), [&](const Window& a, const Window& b) {
    return std::tuple(group(a), a.from, a.until) < std::tuple(group(b), b.from, b.until);
  });
  std::size_t kept = 0;
  for (const Window& window : windows_) {
    if (kept != 0 && group(windows_[kept - 1]) == group(window) && window.from <= windows_[kept - 1].until)
      windows_[kept - 1].until = std::max(windows_[kept - 1].until, window.until);
    else
      windows_[kept++] = window;
  }
  windows_.resize(kept);
  inside_.resize(names_.size());
  for (const Window& window : windows_)
    if (is_inside_address(window.answer)) inside_[window.name] = true;
  by_name_.resize(windows_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::sort(by_name_.begin(), by_name_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto key = [&](const Window& w) { return std::tuple(w.asker, w.name, w.answer, w.from); };
    return key(windows_[a]) < key(windows_[b]);
  });
}

std::span<const NameIndex::Window> NameIndex::windows(std::uint32_t asker, const Address& answer) const {
  const auto key = std::tuple(asker, answer);
  const auto key_of = [](const Window& window) { return std::tuple(window.asker, window.answer); };
  const auto first = std::lower_bound(windows_.begin(), windows_.end(), key,
                                      [&](const Window& window, const auto& value) { return key_of(window) < value; });
  const auto last = std::upper_bound(first, windows_.end(), key,
                                     [&](const auto& value, const Window& window) { return value < key_of(window); });
  return {first, last};
}

bool NameIndex::answers_hold(std::uint32_t uid, const Address& to) const {
  return !windows_.empty() && (!windows(uid, to).empty() || !windows(no_id, to).empty());
}

Timeline NameIndex::timeline(std::uint32_t asker, const Address& to) const {
  std::vector<Timeline::Life> lives;
  for (const Window& window : windows(asker, to))
    if (window.until >= 0)
      lives.push_back({window.name, second_of(window.from), second_of(window.until), inside_[window.name]});
  return Timeline(std::move(lives));
}

bool NameIndex::resolved(std::uint32_t uid, NameId name, const Address& to) const {
  for (const std::uint32_t asker : {uid, no_id}) {
    const auto held = windows(asker, to);
    const auto found = std::lower_bound(held.begin(), held.end(), name,
                                        [](const Window& window, NameId value) { return window.name < value; });
    if (found != held.end() && found->name == name) return true;
  }
  return false;
}

std::optional<NameId> NameIndex::find(std::string_view host) const {
  const auto name = DomainName::parse(host);
  if (!name) return std::nullopt;
  const auto place = std::lower_bound(names_.begin(), names_.end(), *name);
  if (place == names_.end() || *place != *name) return std::nullopt;
  return static_cast<NameId>(place - names_.begin());
}

std::vector<Address> NameIndex::addresses(std::uint32_t uid, NameId name) const {
  std::vector<Address> all;
  for (const std::uint32_t asker : {uid, no_id}) {
    const auto key = std::tuple(asker, name);
    auto number = std::lower_bound(by_name_.begin(), by_name_.end(), key, [&](std::uint32_t at, const auto& value) {
      return std::tuple(windows_[at].asker, windows_[at].name) < value;
    });
    for (; number != by_name_.end() && std::tuple(windows_[*number].asker, windows_[*number].name) == key; ++number)
      all.push_back(windows_[*number].answer);
  }
  sort_unique(all);
  return all;
}

template <typename Visit>
void NameIndex::each_told(std::uint32_t uid, NameId name, Visit visit) const {
  for (const std::uint32_t asker : {uid, no_id}) {
    const auto key = std::tuple(asker, name);
    auto told = std::lower_bound(told_.begin(), told_.end(), key, [](const Told& one, const auto& value) {
      return std::tuple(one.asker, one.name) < value;
    });
    for (; told != told_.end() && std::tuple(told->asker, told->name) == key; ++told) visit(*told);
  }
}

DomainName NameIndex::spelled(std::uint32_t uid, NameId name) const {
  std::string_view first;
  bool is_only = true;
  each_told(uid, name, [&](const Told& told) {
    is_only = is_only && (first.empty() || first == told.spelling);
    first = told.spelling;
  });
  if (first.empty() || !is_only) return names_[name];
  return DomainName::parse(first).value_or(names_[name]);
}

std::vector<std::string_view> NameIndex::formats(std::uint32_t uid, NameId name) const {
  std::vector<std::string_view> all;
  each_told(uid, name, [&](const Told& told) { all.push_back(told.format); });
  sort_unique(all);
  return all;
}

const Timeline& NamesAt::timeline(std::uint32_t asker, const Address& to) {
  if (asker == no_id) {
    const auto known = anybody_.find(to);
    return known != anybody_.end() ? known->second : anybody_.emplace(to, names_.timeline(no_id, to)).first->second;
  }
  if (!own_ || std::get<0>(*own_) != asker || std::get<1>(*own_) != to)
    own_.emplace(asker, to, names_.timeline(asker, to));
  return std::get<2>(*own_);
}

std::map<NameSet, std::vector<std::uint32_t>> NamesAt::at(std::uint32_t uid, const Address& to,
                                                          const std::vector<std::uint32_t>& seconds) {
  const Timeline& own = timeline(uid, to);
  const Timeline& anybody = timeline(no_id, to);
  std::map<std::pair<const NameSet*, const NameSet*>, std::vector<std::uint32_t>> by_sets;
  for (const std::uint32_t at : seconds) by_sets[{&own.at(at), &anybody.at(at)}].push_back(at);
  std::map<NameSet, std::vector<std::uint32_t>> by_names;
  for (auto& [sets, when] : by_sets) {
    auto& all = by_names[united(*sets.first, *sets.second)];
    all.insert(all.end(), when.begin(), when.end());
  }
  for (auto& [names, when] : by_names) std::sort(when.begin(), when.end());
  return by_names;
}

}  // namespace egressc::learn
