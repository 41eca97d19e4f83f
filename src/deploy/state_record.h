// What egressc remembers of a ruleset that it put into the kernel: a text that a person can read, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/time.h"

namespace egressc {

enum class RecordKind : std::uint8_t {
  policy,   // body is the policy file
  ruleset,  // body is what nft listed of a table that egressc did not apply
  nothing,  // there was no table
};

struct StateRecord {
  RecordKind kind = RecordKind::nothing;
  Micros time = no_time;  // when it came into force; no_time: not known
  std::string comment;    // of the table, as OwnTable::comment: it tells version and policy
  std::string file;       // where the policy was read from, absolute; "" for none
  std::string body;
};

// "sha256:383acc64…", or "" where the comment tells none.
std::string hash_in(std::string_view comment);

std::string write_record(const StateRecord& record);
// nullopt for what write_record() does not write.
std::optional<StateRecord> read_record(std::string_view text);

// "policy.yaml (sha256:383acc64dc1d, applied 2026-11-27T03:04:05Z)": for a person.
std::string describe(const StateRecord& record);

}  // namespace egressc
