// What a reviewer of a policy should look at; egressc-check(1).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/time.h"

namespace egressc {

struct Grant;
struct Policy;
struct Subject;

struct LintRule {
  std::string_view id;  // stable: users name it in --ignore, and tools read it
  Severity severity;    // the most that its findings have
  std::string_view summary;
};

// Sorted by id.
std::span<const LintRule> lint_rules();

// One remark about one place, or about many of a kind: then `count` says how many, and `where` is the first of them.
struct Finding {
  std::string_view rule;  // LintRule::id
  Severity severity = Severity::note;
  Location where;
  std::string subject;  // its label; empty where the remark is about the policy as a whole
  std::string message;  // what is there, and why it matters
  std::string remedy;   // what to do
  std::uint64_t count = 1;
};

// Texts of files of the host that the policy is for.
struct HostFiles {
  std::string subuid;       // subuid(5)
  std::string resolv_conf;  // resolv.conf(5)
};

struct LintOptions {
  std::string file;      // for what has no place of its own in the policy
  Micros now = no_time;  // no_time: nothing is said about expiry and age
  UserIds users;         // names in HostFiles::subuid
  std::optional<HostFiles> host;
  bool errors_only = false;  // the rest takes as long as a large policy makes it
};

// All findings, in the order of their places. `policy` must be valid. Lines of the host's files that do not have their
// format are passed over. What does not fit: see within_flow_limit().
std::vector<Finding> lint_policy(const Policy& policy, const LintOptions& options);

}  // namespace egressc
