#include <fmt/core.h>

#include "lint/checks.h"

namespace egressc {

void check_subjects(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    if (subject.allow.empty() && policy.resolvers.empty())
      findings.add("no-grants", subject.where, &subject, "it is governed and may reach nothing",
                   "grant what it needs, or leave it so if it needs nothing");
    if (subject.uids.empty()) continue;
    if (subject.uids.front().first == 0) {
      Finding& finding =
          findings.add("root", subject.where, &subject,
                       "uid 0 is governed: what root's daemons need must be granted, and root can lift the rules",
                       policy.scope == Scope::host ? "grant what the host's own services need, and no more"
                                                   : "run the workload under a user of its own");
      if (policy.scope == Scope::host) finding.severity = Severity::note;
    }
    std::uint64_t users = 0;
    for (const IdRange& range : subject.uids) users += std::uint64_t{range.last} - range.first + 1;
    if (users > 1)
      findings.add("uid-range", subject.where, &subject,
                   fmt::format("{} share every grant of this subject", counted(users, "user")),
                   "give those who need less a subject of their own");
  }
}

}  // namespace egressc
