#include "explain/remedy.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/grant_match.h"
#include "explain/subjects.h"

namespace egressc {
namespace {

// As write_policy_yaml() lays a policy out.
constexpr std::string_view subjects_line = "subjects:\n";
constexpr std::string_view allow_line = "    allow:\n";
constexpr std::uint32_t label_column = 3;
constexpr std::uint32_t grant_column = 9;  // of what stands behind "- "

Grant missing_grant(const FlowQuestion& question, std::span<const Judgement> denied) {
  Grant grant;
  for (const Judgement& judgement : denied) {
    grant.services.push_back(service_of(judgement.flow));
    if (question.name) grant.addresses.push_back(single(judgement.flow.to));
  }
  if (question.name)
    grant.names = {*question.name};
  else
    grant.prefix = single(denied.front().flow.to);
  return grant;
}

// The lines of the whole policy from `begin` on, moved to the right or to the left by what the file does otherwise.
std::string lines_from(std::string_view yaml, std::string_view begin, std::uint32_t usual, std::uint32_t column) {
  yaml.remove_prefix(std::min(yaml.find(begin) + begin.size(), yaml.size()));
  std::string moved;
  while (!yaml.empty()) {
    const std::size_t end = yaml.find('\n') + 1;
    std::string_view line = yaml.substr(0, end);
    yaml.remove_prefix(end);
    if (column < usual) line.remove_prefix(std::min<std::size_t>(usual - column, line.find_first_not_of(' ')));
    moved.append(column > usual ? column - usual : 0, ' ');
    moved += line;
  }
  return moved;
}

const Location* first_of(const std::vector<Grant>& grants) {
  const auto earlier = [](const Grant& a, const Grant& b) { return a.where.line < b.where.line; };
  const auto first = std::min_element(grants.begin(), grants.end(), earlier);
  return first == grants.end() ? nullptr : &first->where;
}

Remedy add_to(const Subject& subject, Grant grant) {
  Policy policy;
  Subject& with = policy.subjects.emplace_back();
  with.label = subject.label;
  with.uids = subject.uids;
  with.gids = subject.gids;
  with.allow = {std::move(grant)};
  normalize(policy);
  const std::string yaml = write_policy_yaml(policy);
  if (const Location* first = first_of(subject.allow))
    return {lines_from(yaml, allow_line, grant_column, std::max(first->column, 3U)),
            fmt::format("as a grant of {}, before its others", subject.label), first->line};
  const std::string body =
      lines_from(yaml, allow_line, grant_column, subject.where.column + grant_column - label_column);
  return {
      std::string(subject.where.column + 1, ' ') + "allow:\n" + body,
      fmt::format("into {}, which grants nothing yet (instead of its `allow`, if it has an empty one)", subject.label),
      subject.where.line + 1};
}

std::string free_label(const Policy& policy, std::string label) {
  const auto taken = [&](const std::string& wanted) {
    return std::any_of(policy.subjects.begin(), policy.subjects.end(),
                       [&](const Subject& subject) { return subject.label == wanted; });
  };
  while (taken(label)) label += "-more";
  return label;
}

const Subject* first_in_file(const Policy& policy) {
  const auto earlier = [](const Subject& a, const Subject& b) { return a.where.line < b.where.line; };
  const auto first = std::min_element(policy.subjects.begin(), policy.subjects.end(), earlier);
  return first == policy.subjects.end() ? nullptr : &*first;
}

std::optional<Remedy> add_subject(const Policy& policy, const FlowQuestion& question, Ids ids, Grant grant) {
  const auto governed = std::find_if(policy.subjects.begin(), policy.subjects.end(),
                                     [&](const Subject& subject) { return contains(subject.uids, ids.uid); });
  const bool by_gid_alone = !policy.subjects.empty() && policy.subjects.front().uids.empty();
  const bool by_uid = !by_gid_alone && (question.uid || !question.subject.empty());
  const bool by_gid = by_gid_alone || governed != policy.subjects.end() || !by_uid;
  if ((by_gid && !question.gid) || (!by_uid && !by_gid_alone && !policy.subjects.empty())) return std::nullopt;

  Policy alone;
  Subject& subject = alone.subjects.emplace_back();
  std::string label = by_uid ? fmt::format("uid-{}", ids.uid) : fmt::format("gid-{}", ids.gid);
  if (by_uid && by_gid) label += fmt::format("-gid-{}", ids.gid);
  subject.label = free_label(policy, std::move(label));
  // Subjects that share a uid share all of them.
  if (by_uid) subject.uids = by_gid ? governed->uids : std::vector<IdRange>{{ids.uid, ids.uid}};
  if (by_gid) subject.gids = {{ids.gid, ids.gid}};
  subject.allow = {std::move(grant)};
  normalize(alone);
  const std::string yaml = write_policy_yaml(alone);
  if (const Subject* first = first_in_file(policy))
    return Remedy{lines_from(yaml, subjects_line, label_column, first->where.column),
                  "as a new subject, before the others", first->where.line};
  return Remedy{std::string(subjects_line) + lines_from(yaml, subjects_line, label_column, label_column),
                "at the end: the policy has no subjects yet (instead of its `subjects`, if it has an empty one)", 0};
}

}  // namespace

std::optional<Remedy> remedy_for(const Policy& policy, const FlowQuestion& question,
                                 std::span<const Judgement> denied) {
  const FlowPoint& flow = denied.front().flow;
  Grant grant = missing_grant(question, denied);
  if (const Subject* subject = denied.front().subject) return add_to(*subject, std::move(grant));
  return add_subject(policy, question, {flow.uid, flow.gid}, std::move(grant));
}

}  // namespace egressc
