// Which question an answer in a resolver's log belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/observation.h"
#include "sources/recent_map.h"

namespace egressc {

// Names that a policy can hold, as they were spelled; checked once, then known.
class AskedNames {
 public:
  explicit AskedNames(StringPool& strings) : strings_(strings), known_(16384) {}
  // 0 for what is no host name.
  StringId intern(std::string_view name);
  // The same for all spellings that differ in case.
  StringId intern_lower(std::string_view name);

 private:
  StringPool& strings_;
  std::vector<StringId> known_;  // by hash
  std::string lower_;
};

// A question as its answers find it. asked is 0 where its name is none that a policy could hold.
struct Question {
  StringId asked = 0;
  Address client;
  std::uint16_t client_port = 0;
  bool overheard = false;  // the resolver asked another; for whom is not in the log
  std::uint16_t turn = 0;  // Resolution::turn
};

// A port goes from one process to the next within a second, and connection tracking takes it for the same flow.
class PortTurns {
 public:
  // How many questions have come from there since the second of `at` began; one more from now on.
  std::uint16_t next(const Address& client, std::uint16_t port, Micros at);

 private:
  struct Key {
    Address client;
    std::uint16_t port = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) {
      return hash_step(hash_step(key.client.high, key.client.low), key.port);
    }
  };
  struct Turns {
    Micros begun = no_time;  // in seconds
    std::uint16_t count = 0;
  };
  RecentMap<Key, Turns, 1024> ports_;
};

// Questions that have a serial. Serials recur, also while answers are due; together with the client's port they do not.
class NumberedQuestions {
 public:
  void ask(std::uint32_t serial, const Question& question);
  const Question* find(std::uint32_t serial, const Address& client, std::uint16_t client_port);

 private:
  struct Key {
    Address client;
    std::uint32_t serial = 0;
    std::uint16_t port = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) {
      const std::uint64_t hash = hash_step(key.client.high, key.client.low);
      return hash_step(hash, (std::uint64_t{key.port} << 32) | key.serial);
    }
  };
  RecentMap<Key, Question, 256> questions_;
};

// Questions without: an answer is told by its name, and a chain of aliases by its order, since the lines of one answer
// stand together.
class NamedQuestions {
 public:
  explicit NamedQuestions(AskedNames& names) : names_(names) {}

  void ask(std::string_view name, const Question& question);
  // What the next line of an answer, about `owner`, belongs to.
  const Question& answer(std::string_view owner, bool is_alias);
  // Another line stands between.
  void interrupt();

 private:
  struct Key {
    StringId name = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) { return hash_step(1, key.name); }
  };
  AskedNames& names_;
  RecentMap<Key, Question, 256> questions_;
  Question chain_;
  std::string owner_;  // in the line before
  bool after_alias_ = false;
};

}  // namespace egressc
