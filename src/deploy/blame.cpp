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

// "u1001_4" of the nearest "set u1001_4 {" or "chain u1001 {" at or above the line. The last is nobody's.
std::string_view enclosing(std::string_view text, std::uint32_t number) {
  std::string_view name;
  for (std::uint32_t line = 1; line <= number && !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view words = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    for (const std::string_view kind : {"set ", "chain "})
      if (words.starts_with(kind) && words.ends_with(" {"))
        name = words.substr(kind.size(), words.size() - kind.size() - 2);
  }
  return name;
}

const SubjectRules* rules_of(const Ruleset& ruleset, std::string_view name) {
  const SubjectRules* best = nullptr;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects) {
      const bool is_live = std::any_of(rules.live.begin(), rules.live.end(), [&](const LiveSet& set) {
        return name == set.identifier + "_4" || name == set.identifier + "_6";
      });
      const bool is_named = name == rules.chain || name.starts_with(rules.chain + "_");
      if (is_live || (is_named && (best == nullptr || rules.chain.size() > best->chain.size()))) best = &rules;
    }
  return best;
}

const Subject* subject_of(const Policy& policy, const SubjectRules& rules) {
  for (const Subject& subject : policy.subjects)
    if (subject.uids == rules.uids && subject.gids == rules.gids) return &subject;
  return nullptr;
}

bool holds(const Grant& grant, const Prefix& prefix) {
  if (grant.prefix) return contains(*grant.prefix, prefix);
  return std::any_of(grant.addresses.begin(), grant.addresses.end(),
                     [&](const Prefix& address) { return contains(address, prefix); });
}

// The first grant with the address that an element begins with: "203.0.113.9 . tcp . 443".
const Grant* grant_of(const Subject& subject, std::string_view element) {
  const auto prefix = parse_prefix(element.substr(0, element.find(' ')));
  if (!prefix) return nullptr;
  const auto found = std::find_if(subject.allow.begin(), subject.allow.end(),
                                  [&](const Grant& grant) { return holds(grant, *prefix); });
  return found == subject.allow.end() ? nullptr : &*found;
}

}  // namespace

Diagnostic blame(const Diagnostic& diagnostic, std::string_view text, const Ruleset& ruleset, const Policy& policy,
                 const std::string& file) {
  Diagnostic result = diagnostic;
  result.where = {file, 0, 0};
  result.source.clear();
  const std::string_view line = trimmed(diagnostic.source);
  if (!line.empty()) result.hint = fmt::format("line {} of the ruleset is: {}", diagnostic.where.line, printable(line));
  const SubjectRules* const rules = rules_of(ruleset, enclosing(text, diagnostic.where.line));
  const Subject* const subject = rules == nullptr ? nullptr : subject_of(policy, *rules);
  if (subject == nullptr) return result;
  const Grant* const grant = grant_of(*subject, line);
  result.where = grant == nullptr ? subject->where : grant->where;
  return result;
}

}  // namespace egressc::deploy
