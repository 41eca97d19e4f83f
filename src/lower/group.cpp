#include <fmt/core.h>

#include <utility>

#include "egressc/policy.h"
#include "lower/passes.h"

namespace egressc::lowering {
namespace {

constexpr std::size_t longest_chain = 20;  // "EGRESSC-" before it makes the 28 characters of an xtables chain

// "u1001" for a user, "u1001_g5" for a group of it, "g100" for a group of anybody.
std::string chain_name(const Subject& subject, std::size_t number) {
  const std::string user = subject.uids.empty() ? "" : fmt::format("u{}", subject.uids.front().first);
  if (subject.gids.empty()) return user;
  const std::string name = fmt::format("{}{}g{}", user, user.empty() ? "" : "_", subject.gids.front().first);
  return name.size() <= longest_chain ? name : fmt::format("{}_{}", user, number);
}

SubjectRules rules_of(SubjectWork work, std::size_t number, const std::string& tag) {
  SubjectRules rules;
  rules.label = work.subject->label;
  rules.chain = chain_name(*work.subject, number) + tag;
  rules.uids = work.subject->uids;
  rules.gids = work.subject->gids;
  rules.boxes = std::move(work.boxes);
  rules.echo = std::move(work.echo);
  rules.live = std::move(work.live);
  return rules;
}

}  // namespace

// Subjects come sorted by their uids, and share all of them or none.
bool group(Work& work, Diagnostics&) {
  for (SubjectWork& subject : work.subjects) {
    const std::vector<IdRange>& uids = subject.subject->uids;
    if (work.groups.empty() || work.groups.back().uids != uids) {
      UidGroup& group = work.groups.emplace_back();
      group.uids = uids;
      if (!uids.empty() && !subject.subject->gids.empty())
        group.chain = fmt::format("u{}{}", uids.front().first, work.options.tag);
    }
    std::vector<SubjectRules>& subjects = work.groups.back().subjects;
    subjects.push_back(rules_of(std::move(subject), subjects.size(), work.options.tag));
  }
  work.subjects.clear();
  return true;
}

}  // namespace egressc::lowering
