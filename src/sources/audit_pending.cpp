#include "sources/audit_pending.h"

#include <algorithm>
#include <cassert>

namespace egressc::audit {

Pending* PendingEvents::find(const EventKey& key) {
  const Set& set = set_of(key);
  for (std::size_t way = 0; way < ways; ++way) {
    if (set.serials[way] != key.serial || set.events[way] == 0) continue;
    Pending& event = events_[set.events[way] - 1];
    if (event.key == key) return &event;
  }
  return nullptr;
}

Pending* PendingEvents::in_the_way(const EventKey& key) {
  Set& set = set_of(key);
  Pending* oldest = nullptr;
  for (const std::uint32_t number : set.events) {
    if (number == 0) return nullptr;
    Pending& event = events_[number - 1];
    if (oldest == nullptr || event.age < oldest->age) oldest = &event;
  }
  return oldest;
}

Pending& PendingEvents::add(const EventKey& key, std::uint64_t line) {
  Set& set = set_of(key);
  const auto way = static_cast<std::size_t>(std::find(set.events.begin(), set.events.end(), 0U) - set.events.begin());
  assert(way < ways);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(events_.size()));
    events_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  set.serials[way] = key.serial;
  set.events[way] = index + 1;

  Pending& event = events_[index];
  event = {};
  event.key = key;
  event.line = line;
  event.age = age_++;
  event.place = static_cast<std::uint32_t>(key.serial % set_count * ways + way);
  return event;
}

void PendingEvents::remove(const Pending& event) {
  std::uint32_t& slot = sets_[event.place / ways].events[event.place % ways];
  free_.push_back(slot - 1);
  slot = 0;
}

std::vector<Pending*> PendingEvents::all() {
  std::vector<Pending*> found;
  for (const Set& set : sets_)
    for (const std::uint32_t number : set.events)
      if (number != 0) found.push_back(&events_[number - 1]);
  std::sort(found.begin(), found.end(), [](const Pending* a, const Pending* b) { return a->age < b->age; });
  return found;
}

}  // namespace egressc::audit
