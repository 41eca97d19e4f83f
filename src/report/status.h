// What runs, for a person who was woken up by it, and for a program.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egressc/time.h"
#include "usage/usage.h"

namespace egressc {

// "" and nullopt for what is not known.
struct AppliedPolicy {
  std::string version;  // of the egressc that applied it
  std::string hash;
  std::optional<Micros> since;
  std::string file;
};

enum class Drift : std::uint8_t { unknown, none, drifted };

// Changes that are taken back unless they are confirmed; or that nobody takes back, since their guardian is dead.
struct Pending {
  std::chrono::milliseconds left{};
  std::optional<Micros> since;
  bool is_guarded = true;
};

struct StatusReport {
  std::string netns;  // "" is the network namespace of this process
  bool table_present = false;
  AppliedPolicy current;  // version and hash as the table itself says; "" if it says nothing
  std::optional<AppliedPolicy> previous;
  Drift drift = Drift::unknown;
  std::string drift_text;  // as describe() of compare.h has it
  std::optional<Pending> pending;
  std::optional<Usage> usage;
  std::vector<std::string> warnings;
  Micros made = no_time;
};

// One screen: what cannot wait stands first, counters last. Bytes of names that are not printable ASCII are escaped.
std::string describe_status(const StatusReport& status, Micros now, bool color);
// One document; egressc-status(1) says what is in it.
std::string describe_status_json(const StatusReport& status, Micros now);

}  // namespace egressc
