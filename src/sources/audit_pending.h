// The events of which not every record has been met yet, in bounded memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "egressc/observation.h"
#include "sources/audit_sockaddr.h"
#include "sources/audit_syscall.h"

namespace egressc::audit {

// The records of one event share these. Serials alone start again at every boot, and at 2^32.
struct EventKey {
  Micros at = no_time;
  std::uint32_t serial = 0;
  StringId node = 0;
  bool operator==(const EventKey&) const = default;
};

struct Pending {
  EventKey key;
  SystemCall call;
  Peer peer;
  Arguments arguments{};
  bool has_call = false;
  bool has_arguments = false;
  std::uint64_t line = 0;   // of the system call, or of the first record where that is missing
  std::uint64_t age = 0;    // counts up from event to event
  std::uint32_t place = 0;  // set and way
};

// 4096 sets of 16 events. The set is chosen by the serial: consecutive events spread evenly, an event stays for about
// 65,536 others, and no choice of serials makes a look-up longer than one set.
class PendingEvents {
 public:
  PendingEvents() : sets_(set_count) {}

  Pending* find(const EventKey& key);
  // For a key that find() did not find. Room must have been made: see in_the_way().
  Pending& add(const EventKey& key, std::uint64_t line);
  // The oldest event of a full set, or nullptr where there is room for `key`.
  Pending* in_the_way(const EventKey& key);
  void remove(const Pending& event);
  bool empty() const { return events_.size() == free_.size(); }
  // Those still there, the oldest first.
  std::vector<Pending*> all();

 private:
  static constexpr std::size_t set_count = 4096, ways = 16;
  struct alignas(64) Set {
    std::array<std::uint32_t, ways> serials{};
    std::array<std::uint32_t, ways> events{};  // index into events_ + 1; 0: free
  };
  Set& set_of(const EventKey& key) { return sets_[key.serial % set_count]; }

  std::vector<Set> sets_;
  std::vector<Pending> events_;
  std::vector<std::uint32_t> free_;  // of events_: the last one freed is used next, while it is in the cache
  std::uint64_t age_ = 0;
};

}  // namespace egressc::audit
