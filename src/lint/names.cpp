#include <fmt/core.h>

#include "lint/checks.h"
#include "lint/destinations.h"

namespace egressc {

void check_names(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    Tally ambiguous;
    Tally live;
    Tally pinned;
    for (const Grant& grant : subject.allow) {
      if (grant.names.empty()) continue;
      (grant.names.size() > 1 ? ambiguous : grant.live ? live : pinned).add(grant.where, name_of(grant));
    }
    findings.add("ambiguous-name", ambiguous, &subject,
                 fmt::format("{} with several names on one address", counted(ambiguous.count(), "grant")),
                 "keep the name that is meant; only then can it be live");
    findings.add("live-name", live, &subject,
                 fmt::format("{} whatever address the zone gives",
                             counted(live.count(), "name") + (live.count() == 1 ? " means" : " mean")),
                 "be sure that you trust who runs the zones");
    findings.add("pinned-name", pinned, &subject,
                 fmt::format("{} the addresses listed, and no new ones",
                             counted(pinned.count(), "name") + (pinned.count() == 1 ? " means" : " mean")),
                 "where a name's addresses change, set live: true");
  }
}

}  // namespace egressc
