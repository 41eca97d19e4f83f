// Answers that several askers of one name share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "egressc/observation.h"
#include "sources/recent_map.h"

namespace egressc {

// dnsmasq forwards a question once while it is under way; who asks it again meanwhile gets the same answer, but the log
// only says "reply query is duplicate" for the second serial, right after the answer to the first.
class SharedAnswers {
 public:
  void add(StringId name, const Address& answer, Micros at) {
    Answers* answers = answers_.find({name});
    if (answers == nullptr) answers = &answers_.insert({name}, {});
    if (answers->at != at) *answers = {at, 0, {}};
    const auto known = answers->addresses.begin() + answers->count;
    if (answers->count == most || std::find(answers->addresses.begin(), known, answer) != known) return;
    answers->addresses[answers->count++] = answer;
  }

  // Those that came in the same second or the one before.
  template <typename Visit>
  void each(StringId name, Micros at, Visit visit) {
    const Answers* answers = answers_.find({name});
    if (answers == nullptr || at - answers->at > second || answers->at > at) return;
    for (std::uint32_t i = 0; i < answers->count; ++i) visit(answers->addresses[i]);
  }

 private:
  static constexpr std::uint32_t most = 32;
  struct Answers {
    Micros at = no_time;
    std::uint32_t count = 0;
    std::array<Address, most> addresses{};
  };
  struct Key {
    StringId name = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) { return hash_step(2, key.name); }
  };
  RecentMap<Key, Answers, 64> answers_;
};

}  // namespace egressc
