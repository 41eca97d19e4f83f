// What the logs, the reviewer and the calendar say of a grant.
#include <fmt/core.h>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {
namespace {

void check_review(const std::vector<Review>& review, const Subject* subject, Findings& findings) {
  Tally left;
  for (const Review& entry : review)
    left.add(entry.what.where, fmt::format("{} ({})", name_of(entry.what), to_string(entry.reason)));
  findings.add("review-left", left, subject,
               plural(left.count(), "entry", "entries") + " for review, which grant nothing",
               "move what is meant to `allow`, and remove the rest");
}

void check_new(const Subject& subject, Findings& findings) {
  Tally grants;
  Tally addresses;
  for (const Grant& grant : subject.allow) {
    if (grant.is_new) grants.add(grant.where, name_of(grant));
    if (!grant.new_addresses.empty()) addresses.add(grant.where, name_of(grant));
  }
  findings.add("new-grant", grants, &subject, fmt::format("{} marked new", counted(grants.count(), "grant")),
               "keep what is meant, and take `new` out of it");
  findings.add("new-grant", addresses, &subject,
               fmt::format("{} with addresses marked new", counted(addresses.count(), "grant")),
               "keep the addresses that are meant, and take `new` out");
}

}  // namespace

void check_evidence(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    check_new(subject, findings);
    Tally once;
    for (const Grant& grant : subject.allow)
      if (grant.evidence.seen == 1) once.add(grant.where, name_of(grant));
    findings.add("seen-once", once, &subject, fmt::format("{} seen once", counted(once.count(), "grant")),
                 "be sure that it is what the subject does, and no accident or attempt");
    check_review(subject.review, &subject, findings);
  }
  check_review(policy.review, nullptr, findings);
}

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

}  // namespace egressc::lint
