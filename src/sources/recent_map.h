// A hash table that forgets: what joins lines that stand near each other, in bounded memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace egressc {

// Sets of eight entries, of which the oldest makes room for the next. No operation looks at more than one set, so keys
// that were chosen to collide cost an early forgetting and never time.
template <class Key, class Value, std::size_t Sets>
class RecentMap {
 public:
  static_assert(Sets != 0 && (Sets & (Sets - 1)) == 0);

  Value* find(const Key& key) {
    if (sets_.empty()) return nullptr;
    for (Entry& entry : set_of(key).entries)
      if (entry.used && entry.key == key) return &entry.value;
    return nullptr;
  }

  // For a key that find() did not find.
  Value& insert(const Key& key, const Value& value) {
    if (sets_.empty()) sets_.resize(Sets);
    Set& set = set_of(key);
    Entry& entry = set.entries[set.next++ % ways];
    entry = {key, value, true};
    return entry.value;
  }

 private:
  static constexpr std::size_t ways = 8;
  struct Entry {
    Key key{};
    Value value{};
    bool used = false;
  };
  struct Set {
    std::array<Entry, ways> entries;
    std::uint8_t next = 0;
  };
  Set& set_of(const Key& key) { return sets_[hash_of(key) & (Sets - 1)]; }

  std::vector<Set> sets_;
};

// One step of a hash: multiplication by 2^64 / golden ratio spreads every bit upwards, the shift brings them back down.
inline std::uint64_t hash_step(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 32);
}

}  // namespace egressc
