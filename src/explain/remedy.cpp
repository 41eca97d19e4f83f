// Parts of a policy file, as write_policy_yaml() lays it out, and the text that would grant what is denied.
#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "egressc/policy.h"
#include "explain/advice.h"
#include "explain/judge.h"
#include "model/words/text.h"

namespace egressc::explain {
namespace {

constexpr std::uint32_t label_column = 3;
constexpr std::uint32_t grant_column = 9;  // of what stands behind "- "

std::string yaml_of(const Subject& subject) {
  Policy policy;
  policy.subjects = {subject};
  normalize(policy);
  return write_policy_yaml(policy);
}

// What follows the line `begin`, moved from column `usual` to `column`.
std::string lines_after(std::string_view yaml, std::string_view begin, std::uint32_t usual, std::uint32_t column) {
  yaml.remove_prefix(std::min(yaml.find(begin) + begin.size(), yaml.size()));
  std::string moved;
  while (!yaml.empty()) {
    std::string_view line = take_line(yaml);
    if (column < usual) line.remove_prefix(usual - column);
    moved.append(column > usual ? column - usual : 0, ' ').append(line) += '\n';
  }
  return moved;
}

// The lines of a grant; what stands behind "- " is in `column`, from 3.
std::string grant_lines(const Grant& grant, std::uint32_t column) {
  Subject subject;
  subject.uids = {{0, 0}};
  subject.allow = {grant};
  return lines_after(yaml_of(subject), "    allow:\n", grant_column, column);
}

// The lines of a subject, its label in `column`, from 1.
std::string subject_lines(const Subject& subject, std::uint32_t column) {
  return lines_after(yaml_of(subject), "subjects:\n", label_column, column);
}

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

const Location* first_of(const std::vector<Grant>& grants) {
  const auto earlier = [](const Grant& a, const Grant& b) { return a.where.line < b.where.line; };
  const auto first = std::min_element(grants.begin(), grants.end(), earlier);
  return first == grants.end() ? nullptr : &first->where;
}

Remedy add_to(const Subject& subject, const Grant& grant) {
  if (const Location* first = first_of(subject.allow))
    return {grant_lines(grant, std::max(first->column, 3U)),
            fmt::format("as a grant of {}, before its others", subject.label), first->line, first->file};
  const std::uint32_t column = std::max(subject.where.column, 1U);
  return {
      std::string(column + 1, ' ') + "allow:\n" + grant_lines(grant, column + 6),
      fmt::format("into {}, which grants nothing yet (instead of its `allow`, if it has an empty one)", subject.label),
      subject.where.line + 1, subject.where.file};
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

  Subject subject;
  std::string label = by_uid ? fmt::format("uid-{}", ids.uid) : fmt::format("gid-{}", ids.gid);
  if (by_uid && by_gid) label += fmt::format("-gid-{}", ids.gid);
  subject.label = free_label(policy, std::move(label));
  // Subjects that share a uid share all of them.
  if (by_uid) subject.uids = by_gid ? governed->uids : std::vector<IdRange>{{ids.uid, ids.uid}};
  if (by_gid) subject.gids = {{ids.gid, ids.gid}};
  subject.allow = {std::move(grant)};
  if (const Subject* first = first_in_file(policy))
    return Remedy{subject_lines(subject, first->where.column), "as a new subject, before the others", first->where.line,
                  first->where.file};
  return Remedy{"subjects:\n" + subject_lines(subject, 3),
                "at the end: the policy has no subjects yet (instead of its `subjects`, if it has an empty one)",
                0,
                {}};
}

}  // namespace

std::optional<Remedy> remedy_for(const Policy& policy, const FlowQuestion& question,
                                 std::span<const Judgement> denied) {
  if (!policy.subjects.empty() && policy.subjects.front().where.line == 0) return std::nullopt;  // it was learnt
  const FlowPoint& flow = denied.front().flow;
  Grant grant = missing_grant(question, denied);
  if (const Subject* subject = denied.front().subject) return add_to(*subject, grant);
  return add_subject(policy, question, {flow.uid, flow.gid}, std::move(grant));
}

}  // namespace egressc::explain

namespace egressc {

std::string grant_text(const Grant& grant) {
  Grant bare = grant;
  bare.evidence = {};
  return explain::grant_lines(bare, 3);
}

}  // namespace egressc
