// All that the inputs say about one flow, put together.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "egressc/learn_options.h"
#include "egressc/observation.h"

namespace egressc::learn {

struct AttemptKey {
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;  // no_id unless subjects are keyed by (uid, gid)
  Address to;
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  auto operator<=>(const AttemptKey&) const = default;
};

// Records of one format about one flow.
struct Witness {
  std::string_view format;
  Trust trust = Trust::claimed;
  std::uint64_t passed = 0;
  std::uint64_t denied = 0;
  std::uint64_t unsent = 0;
};

struct Attempt {
  AttemptKey key;
  std::vector<Witness> witnesses;         // by format
  std::vector<std::string_view> exes;     // sorted
  std::vector<std::uint32_t> gids;        // sorted
  std::vector<std::string_view> claimed;  // names that only an agent uses for it; sorted
  Micros first = no_time;
  Micros last = no_time;
  bool by_loopback = false;            // a packet left by the loopback interface
  std::vector<std::uint32_t> seconds;  // sorted; of trusted records

  std::uint64_t passed(Trust least) const;
  std::uint64_t denied(Trust least) const;
  std::uint64_t unsent() const;
  // The attempts that the most talkative format saw: two logs of one connection do not make it two.
  std::uint64_t seen() const;
  // The same with untrusted records, where there are no others.
  std::uint64_t records() const;
};

bool in_any(const std::vector<IdRange>& ranges, std::uint32_t id);
// Whether --uid or --gid leave the ids out. An id that no log tells is never left out.
bool is_filtered(const LearnOptions& options, std::uint32_t uid, std::uint32_t gid);

// Makes the time from `first` to `last` hold that from `from` to `until`; no_time is none.
void widen(Micros& first, Micros& last, Micros from, Micros until);
// Adds to `attempt.seconds` where `at` is a time that it can hold; the order is left as it comes.
void add_second(Attempt& attempt, Micros at);

// Takes everything of `from` but its key.
void merge(Attempt& into, const Attempt& from);

// The attempts of all inputs, sorted by key; an attempt of unknown protocol is joined with those of known protocol to
// the same place. Views point into `inputs` and `joined`, which receives what system calls were joined to.
std::vector<Attempt> collect_attempts(std::span<const Observations> inputs, const LearnOptions& options,
                                      std::deque<Observations>& joined, LearnSummary& summary);

// Joins the system calls of one host by (node, pid, descriptor), so that a connect(2) gets the protocol of its
// socket(2) and a UDP connect(2) is told from a UDP probe.

struct DescriptorSummary {
  std::uint64_t not_egress = 0;  // port 0, disconnects, sends on connected streams
  std::uint64_t doubles = 0;     // the same record in two inputs
};

// Adds what the socket events of all `inputs` together come to, in any order. Inputs of different trust must not be
// mixed: a forged socket(2) would change what a true connect(2) means.
DescriptorSummary join_descriptors(std::span<const Observations* const> inputs, Observations& joined);

}  // namespace egressc::learn
