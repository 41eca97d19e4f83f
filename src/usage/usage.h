// How much of what a policy grants is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/time.h"
#include "model/values/counters.h"

namespace egressc {

class JsonText;
struct Policy;
struct Ruleset;

struct GrantUsage {
  Location where;                  // in the policy file
  std::vector<std::string> names;  // as spelled; without names `prefix` is where it leads
  std::string prefix;
  std::vector<std::string> services;  // "tcp/443"
  bool live = false;
  Count count;
  bool shared = false;   // other grants open some of what is counted, too
  bool loaded = true;    // something in the table stands for it
  bool expired = false;  // it was left out
};

struct ResolverUsage {
  Count count;
  bool shared = false;  // as in GrantUsage
};

struct SubjectUsage {
  std::string label;
  std::vector<IdRange> uids;
  std::vector<IdRange> gids;
  Location where;
  Count allowed;
  std::optional<Count> denied;  // nullopt: its rules do not count that
  std::optional<ResolverUsage> resolvers;
  std::vector<GrantUsage> grants;  // in the order of the policy
};

struct Usage {
  std::vector<SubjectUsage> subjects;  // in the order of the policy
  Count established;                   // accepted for the state of the connection, whoever's
  Count baseline;                      // accepted by other rules of the output chain
  Count denied;                        // of everybody
  std::optional<Count> denied_others;  // of it, of no subject; nullopt: the rules do not count that
  // What elements and rules let pass that are not of this policy: somebody added them, or it is not the policy that was
  // loaded.
  Count unattributed;
  std::size_t strangers = 0;  // how many of those there are
  bool by_grant = true;       // false: elements do not count by themselves, so what a grant did is not known
  bool monitors = false;      // what is called denied was let pass
  // With `established: keep`, packets of an open connection are accepted before any subject is looked at. With `cut`
  // those of whoever opened it are not, and this is false.
  bool opening_only = true;
};

// `lowered` is what was loaded: `policy`, lowered with this `today` (see LowerOptions). What several grants open counts
// for each of them.
Usage usage_of(const Policy& policy, const Ruleset& lowered, const TableCounts& counts, std::optional<CivilDate> today);

// A table for each subject, with ANSI colors if `color`. Of a subject's grants at most `most` are shown, those that are
// used most, and how many are not.
std::string describe_usage(const Usage& usage, bool color, std::size_t most = 20);
// As an object, into a document that is open; egressc-status(1) describes it.
void add_usage(JsonText& json, const Usage& usage);

}  // namespace egressc
