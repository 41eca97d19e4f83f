#include "learn/names.h"

#include <algorithm>
#include <tuple>

#include "model/words/words.h"

namespace egressc::learn {
namespace {

// How far apart a query and its packet may be logged. Beyond that the port may be another's: conntrack takes a datagram
// from a port that was used half a minute ago for the old flow, and a rule that logs new flows is silent.
constexpr Micros asker_reach = second;
constexpr Micros clock_slack = 2 * second;  // two logs with whole seconds, and audit's 4 ms ticks
constexpr Micros unknown_ttl = 3600 * second;

// Of a name, what the answers to `uid` and to unknown askers tell; ascending.
template <typename T>
std::vector<T> told(const std::map<std::pair<std::uint32_t, NameId>, std::set<T>>& answers, std::uint32_t uid,
                    NameId name) {
  std::vector<T> all;
  for (const std::uint32_t asker : {uid, no_id})
    if (const auto found = answers.find({asker, name}); found != answers.end())
      all.insert(all.end(), found->second.begin(), found->second.end());
  sort_unique(all);
  return all;
}

auto place_of(const Asker& asker) { return std::tuple(asker.from, asker.from_port); }

}  // namespace

Micros life_of(const Resolution& resolution) { return resolution.ttl == 0 ? unknown_ttl : resolution.ttl * second; }

AskerIndex::AskerIndex(std::span<const Observations> inputs) {
  for (const Observations& input : inputs) {
    if (input.trust == Trust::claimed) continue;
    askers_.insert(askers_.end(), input.askers.begin(), input.askers.end());
  }
  for (const Asker& asker : askers_) locals_.insert(asker.from);
  std::sort(askers_.begin(), askers_.end(), [](const Asker& a, const Asker& b) {
    return std::tuple(place_of(a), a.at, a.uid) < std::tuple(place_of(b), b.at, b.uid);
  });
}

std::uint32_t AskerIndex::uid_of(const Address& from, std::uint16_t port, Micros at, std::uint16_t turn) const {
  if (port == 0 || at == no_time) return no_id;
  const auto place = std::tuple(from, port);
  auto asker = std::upper_bound(askers_.begin(), askers_.end(), at - asker_reach, [&](Micros time, const Asker& other) {
    return std::tuple(place, time) < std::tuple(place_of(other), other.at);
  });
  std::uint32_t uid = no_id;
  std::uint32_t packets = 0;
  for (; asker != askers_.end() && place_of(*asker) == place && asker->at < at + asker_reach; ++asker) {
    if (uid != no_id && asker->uid != uid) return no_id;
    uid = asker->uid;
    ++packets;
  }
  return packets > turn ? uid : no_id;
}

bool AskerIndex::is_local(const Address& from) const {
  return locals_.empty() || is_loopback(from) || locals_.contains(from);
}

NameIndex::NameIndex(std::span<const Observations> inputs, const AskerIndex& askers, Micros grace) {
  // Names are numbered in the order of their keys, so that nothing depends on the order of the inputs.
  std::map<std::string, NameId, std::less<>> ids;
  std::vector<std::vector<std::optional<DomainName>>> parsed;
  for (const Observations& input : inputs) {
    auto& own = parsed.emplace_back();
    if (input.trust == Trust::claimed) continue;
    own.resize(input.strings.size());
    for (const Resolution& resolution : input.resolutions) {
      auto& name = own[resolution.asked];
      if (name) continue;
      name = DomainName::parse(input.strings[resolution.asked]);
      if (name) ids.emplace(name->key(), 0);
    }
  }
  for (auto& [key, id] : ids) {
    id = static_cast<NameId>(names_.size());
    names_.push_back(*DomainName::parse(key));
  }

  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].trust == Trust::claimed) continue;
    for (const Resolution& resolution : inputs[i].resolutions) {
      const auto& name = parsed[i][resolution.asked];
      if (!name || resolution.at == no_time) continue;
      const bool has_client = resolution.client_port != 0;
      if (has_client && !askers.is_local(resolution.client)) continue;
      const std::uint32_t asker =
          has_client ? askers.uid_of(resolution.client, resolution.client_port, resolution.at, resolution.turn)
                     : resolution.uid;
      const NameId id = ids.find(name->key())->second;
      const Micros life = life_of(resolution);
      if (resolution.at == any_time)
        windows_.push_back({asker, resolution.answer, id, no_time, any_time});
      else
        windows_.push_back(
            {asker, resolution.answer, id, resolution.at - clock_slack / 2, resolution.at + life + grace});
      addresses_[{asker, id}].insert(resolution.answer);
      spellings_[{asker, id}].insert(name->spelling());
      formats_[{asker, id}].insert(inputs[i].format);
    }
  }
  coalesce();
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
}

std::span<const NameIndex::Window> NameIndex::windows(std::uint32_t asker, const Address& answer) const {
  const auto key = std::tuple(asker, answer);
  const auto first = std::lower_bound(
      windows_.begin(), windows_.end(), key,
      [](const Window& window, const auto& value) { return std::tuple(window.asker, window.answer) < value; });
  auto last = first;
  while (last != windows_.end() && std::tuple(last->asker, last->answer) == key) ++last;
  return {first, last};
}

bool NameIndex::answers_hold(std::uint32_t uid, const Address& to) const {
  return !windows_.empty() && (!windows(uid, to).empty() || !windows(no_id, to).empty());
}

std::vector<NameId> NameIndex::at(std::uint32_t uid, const Address& to, std::uint32_t second_of_time) const {
  std::vector<NameId> names;
  const Micros begin = Micros{second_of_time} * second;
  for (const std::uint32_t asker : {uid, no_id})
    for (const Window& window : windows(asker, to))
      if (window.from < begin + second && begin <= window.until) names.push_back(window.name);
  sort_unique(names);
  return names;
}

bool NameIndex::resolved(std::uint32_t uid, NameId name, const Address& to) const {
  for (const std::uint32_t asker : {uid, no_id}) {
    const auto found = addresses_.find({asker, name});
    if (found != addresses_.end() && found->second.contains(to)) return true;
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

std::vector<Address> NameIndex::addresses(std::uint32_t uid, NameId name) const { return told(addresses_, uid, name); }

DomainName NameIndex::spelled(std::uint32_t uid, NameId name) const {
  const auto all = told(spellings_, uid, name);
  return all.size() == 1 ? *DomainName::parse(all.front()) : names_[name];
}

std::vector<std::string_view> NameIndex::formats(std::uint32_t uid, NameId name) const {
  return told(formats_, uid, name);
}

}  // namespace egressc::learn
