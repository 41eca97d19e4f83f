#include <fmt/core.h>

#include <algorithm>

#include "deploy/rules_commit.h"

namespace egressc::deploy {
namespace {

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(" \t,") - first + 1);
}

const Subject* subject_of(const Policy& policy, const Ruleset& ruleset, std::uint32_t number) {
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      if (number-- == 0)
        for (const Subject& subject : policy.subjects)
          if (subject.uids == rules.uids && subject.gids == rules.gids) return &subject;
  return nullptr;
}

bool holds(const Grant& grant, const Prefix& prefix) {
  if (grant.prefix) return contains(*grant.prefix, prefix);
  return std::any_of(grant.addresses.begin(), grant.addresses.end(),
                     [&](const Prefix& address) { return contains(address, prefix); });
}

const Grant* grant_of(const Subject& subject, const Prefix& prefix) {
  const auto found = std::find_if(subject.allow.begin(), subject.allow.end(),
                                  [&](const Grant& grant) { return holds(grant, prefix); });
  return found == subject.allow.end() ? nullptr : &*found;
}

}  // namespace

Diagnostic blame(const Diagnostic& diagnostic, const NftChange& change, const Ruleset& ruleset, const Policy& policy,
                 const std::string& file) {
  Diagnostic result = diagnostic;
  result.where = {file, 0, 0};
  result.source.clear();
  const std::string_view line = trimmed(diagnostic.source);
  if (!line.empty()) result.hint = fmt::format("line {} of the ruleset is: {}", diagnostic.where.line, printable(line));
  const NftPlace place = nft_place(change, diagnostic.where.line);
  const Subject* const subject = place.subject ? subject_of(policy, ruleset, *place.subject) : nullptr;
  if (subject == nullptr) return result;
  const Grant* const grant = place.address ? grant_of(*subject, *place.address) : nullptr;
  result.where = grant == nullptr ? subject->where : grant->where;
  return result;
}

}  // namespace egressc::deploy
