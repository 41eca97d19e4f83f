// What was met in the lines just before, in bounded memory.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/observation.h"

namespace egressc::sources {

// A hash table that forgets: it joins lines that stand near each other. Sets of eight entries, of which the oldest
// makes room for the next. No operation looks at more than one set, so keys that were chosen to collide cost an early
// forgetting and never time.
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

  // The value of the key, a new one if there is none.
  Value& operator[](const Key& key) {
    Value* const known = find(key);
    return known != nullptr ? *known : insert(key, {});
  }

  // What insert() would forget for this key; nullptr where there is room.
  const Value* next_forgotten(const Key& key) {
    if (sets_.empty()) return nullptr;
    const Set& set = set_of(key);
    const Entry& entry = set.entries[set.next % ways];
    return entry.used ? &entry.value : nullptr;
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

// parse_address(), with a memory of the texts met last. What is no address is not remembered.
class AddressMemo {
 public:
  std::optional<Address> parse(std::string_view text) {
    if (text.size() < 8 || text.size() > longest) return parse_address(text);
    Entry& entry = entries_[hash_of(text) % entries_.size()];
    if (entry.size == text.size() && std::memcmp(entry.text.data(), text.data(), text.size()) == 0)
      return entry.address;
    const auto address = parse_address(text);
    if (address) {
      entry.size = text.size();
      std::memcpy(entry.text.data(), text.data(), text.size());
      entry.address = *address;
    }
    return address;
  }

 private:
  static constexpr std::size_t longest = 45;  // INET6_ADDRSTRLEN - 1
  struct Entry {
    std::size_t size = 0;
    std::array<char, longest> text{};
    Address address;
  };
  static std::uint64_t word_at(std::string_view text, std::size_t position) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + position, sizeof word);
    return word;
  }
  static std::uint64_t hash_of(std::string_view text) {
    const std::uint64_t ends = word_at(text, 0) ^ word_at(text, text.size() - 8) * 31;
    return hash_step(ends, word_at(text, text.size() / 2 - 4));
  }
  std::vector<Entry> entries_ = std::vector<Entry>(1024);
};

// Host names as log lines repeat them: checked once.
class HostNames {
 public:
  explicit HostNames(StringPool& strings) : strings_(strings) {}

  // The id of the name's spelling (see DomainName), or 0 for what is no host name.
  StringId find(std::string_view text);
  // The same for all spellings that differ in case.
  StringId find_lower(std::string_view text);

 private:
  StringPool& strings_;
  std::vector<StringId> recent_;  // by hash, where the spelling is the text itself: a hit costs one comparison
  std::string lower_;
};

}  // namespace egressc::sources
