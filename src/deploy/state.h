// The state directory: which policies are in force in a network namespace, and were before.
//
// DIRECTORY/KEY holds `current` and `previous`; `next` and `before` while a change is under way, which take their
// places once it is done; and the lock and the guardian's socket. Only root can look into it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "egressc/diagnostics.h"
#include "egressc/time.h"
#include "kernel/kernel.h"

namespace egressc::deploy {

enum class RecordKind : std::uint8_t {
  policy,   // body is the policy file
  ruleset,  // body is what nft listed of a table that egressc did not apply
  nothing,  // there was no table
};

// What egressc remembers of a ruleset that it put into the kernel: a text that a person can read, too.
struct StateRecord {
  RecordKind kind = RecordKind::nothing;
  Micros time = no_time;  // when it came into force; no_time: not known
  std::string comment;    // of the table, as OwnTable::comment: it tells version and policy
  std::string file;       // where the policy was read from, absolute; "" for none
  std::string body;
};

// "sha256:383acc64…", or "" where the comment tells none.
std::string hash_in(std::string_view comment);
// "0.1.0", of the egressc that wrote the comment; "" where there is no hash either.
std::string version_in(std::string_view comment);

std::string write_record(const StateRecord& record);
// nullopt for what write_record() does not write.
std::optional<StateRecord> read_record(std::string_view text);

// "policy.yaml (sha256:383acc64dc1d, applied 2026-11-27T03:04:05Z)": for a person.
std::string describe(const StateRecord& record);

// Of a table that only makes the kernel track connections.
inline constexpr const char* warm_up_comment = "egressc warm-up";

// Whether no rules of egressc run: there is no table, or a warm-up table.
bool runs_nothing(const OwnTable& table);

// As far as the table's comment tells; a warm-up table counts as none.
bool is_record_of(const StateRecord& record, const OwnTable& table);

class State {
 public:
  // Nothing is read or written yet. `key` is that of a NetworkNamespace.
  State(std::string directory, const std::string& key) : root_(std::move(directory)), path_(root_ + "/" + key) {}

  // Makes the directories, with mode 0700. A Failure if they are somebody else's, or open to others.
  Result<std::monostate> make() const;

  std::string lock() const { return path_ + "/lock"; }
  std::string refresh_lock() const { return path_ + "/refresh"; }  // of `egressc refresh`
  std::string socket() const { return path_ + "/guardian"; }

  // The record of the table that is in the kernel: `next`, if a change got so far that it is there, else `current`.
  // nullopt: none is known, or the table is not the one that was recorded.
  Result<std::optional<StateRecord>> running(const OwnTable& table) const;
  // What rollback goes back to while `running` is in force. nullopt: none is known.
  Result<std::optional<StateRecord>> previous(const OwnTable& table) const;

  // Writes both to the disk; nothing counts until promote(). discard() forgets them.
  Result<std::monostate> stage(const StateRecord& next, const StateRecord& before) const;
  Result<std::monostate> promote() const;
  void discard() const;
  // The change that is staged is to be confirmed; known until promote() or discard().
  Result<std::monostate> await_confirmation() const;
  // Whether the table is one that is still to be confirmed.
  bool awaits_confirmation(const OwnTable& table) const;
  // A change was taken back, after it had not been confirmed; known until the next stage().
  void note_undone(Micros time) const;
  std::optional<Micros> undone_at() const;
  // Everything, with the directory.
  void forget() const;
  // After a change that was cut off: promotes it if it got as far as the kernel, else discards it; and removes what
  // was half written. The lock is held.
  Result<std::monostate> recover(const OwnTable& table) const;

 private:
  Result<std::optional<StateRecord>> read(const char* name) const;

  std::string root_;
  std::string path_;
};

}  // namespace egressc::deploy
