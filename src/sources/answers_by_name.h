// Joins who asked a caching resolver with the records that it got from others, before or after.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>

#include "egressc/observation.h"
#include "sources/questions.h"
#include "sources/recent_map.h"

namespace egressc {

// Such a resolver's log tells the questions of its clients and the messages of its upstreams; what it answered is in
// none of them. A question gets the records of its name, through aliases, that are still alive when it is asked, and
// those that come within ten seconds.
class AnswersByName {
 public:
  AnswersByName(Observations& observations, AskedNames& names) : observations_(observations), names_(names) {}

  // A client asked for something: its questions are in this log.
  void note_client();
  // families: see families_of(). Nothing for a question whose name is none that a policy could hold.
  void ask(const Question& question, unsigned families, Micros at);
  // The question of a message: a name that somebody asked for, if no client's questions are in the log.
  void overhear(std::string_view name, Micros at);
  void alias(std::string_view owner, std::string_view target, std::uint32_t ttl, Micros at);
  void address(std::string_view owner, const Address& address, std::uint32_t ttl, Micros at);
  // Adds what was overheard. Questions to which the whole log has no message at all are counted as lines not used.
  void finish();

 private:
  struct Waiter {
    Question question;
    Micros at = no_time;
  };
  struct Record {
    Address address;
    Micros until = no_time;
  };
  struct Known {
    StringId alias = 0;
    Micros alias_until = no_time;
    std::array<Record, 16> records{};
    std::array<Waiter, 8> waiters{};
    std::uint32_t next_record = 0;
    std::uint32_t next_waiter = 0;
  };
  struct Key {
    StringId name = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) { return hash_step(3, key.name); }
  };

  Known* known(StringId name);
  Known* end_of_chain(StringId name, Micros at);
  void wait(Known& known, const Question& question, Micros at);
  void emit(const Question& question, const Address& address, Micros at, Micros until);

  Observations& observations_;
  AskedNames& names_;
  RecentMap<Key, Known, 128> names_known_;
  bool asked_ = false;
  bool heard_ = false;  // a message of another resolver
  std::uint64_t questions_ = 0;
  std::uint64_t first_question_ = 0;  // its line
  std::deque<Resolution> overheard_;
};

}  // namespace egressc
