#include <fmt/core.h>

#include "lint/checks.h"
#include "lint/destinations.h"

namespace egressc {
namespace {

constexpr std::int64_t day = 86400 * second;
constexpr std::int64_t soon = 30;   // days
constexpr std::int64_t stale = 90;  // days

std::int64_t day_of(Micros time) { return (time - (time % day + day) % day) / day; }

}  // namespace

void check_time(const Policy& policy, Micros now, Findings& findings) {
  const std::int64_t today = day_of(now);
  for (const Subject& subject : policy.subjects) {
    Tally unused;
    for (const Grant& grant : subject.allow) {
      if (grant.evidence.last != no_time && day_of(grant.evidence.last) < today - stale)
        unused.add(grant.where, name_of(grant));
      if (!grant.expires) continue;
      const std::int64_t left = days_from_civil(*grant.expires) - today;
      if (left < 0)
        findings.add("expired", grant.where, &subject,
                     fmt::format("{} expired with {} and grants nothing", name_of(grant), to_string(*grant.expires)),
                     "remove it, or give it a new date");
      else if (left <= soon)
        findings.add("expiring", grant.where, &subject,
                     fmt::format("{} ends with {}, in {}", name_of(grant), to_string(*grant.expires),
                                 counted(static_cast<std::uint64_t>(left), "day")),
                     "if it is needed longer, give it a new date");
    }
    findings.add("stale", unused, &subject,
                 fmt::format("{} not seen in use for {} days", counted(unused.count(), "grant"), stale),
                 "observe anew, and remove what is not needed");
  }
}

}  // namespace egressc
