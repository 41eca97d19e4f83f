#include <fmt/core.h>

#include "lint/checks.h"
#include "lint/destinations.h"

namespace egressc {
namespace {

void check_review(const std::vector<Review>& review, const Subject* subject, Findings& findings) {
  Tally left;
  for (const Review& entry : review)
    left.add(entry.what.where, fmt::format("{} ({})", name_of(entry.what), to_string(entry.reason)));
  findings.add("review-left", left, subject,
               fmt::format("{} for review, which grant nothing",
                           left.count() == 1 ? "1 entry" : fmt::format("{} entries", left.count())),
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

}  // namespace egressc
