#include "extend/subjects.h"

#include <fmt/core.h>

#include <algorithm>

namespace egressc {
namespace {

// `learnt` holds one id, or none.
bool within(const std::vector<IdRange>& ids, const std::vector<IdRange>& learnt) {
  return ids.empty() || (!learnt.empty() && std::any_of(ids.begin(), ids.end(), [&](const IdRange& range) {
           return range.first <= learnt.front().first && learnt.front().first <= range.last;
         }));
}

std::string free_label(const Policy& policy, const std::string& wanted) {
  const auto is_taken = [&](const std::string& label) {
    return std::any_of(policy.subjects.begin(), policy.subjects.end(),
                       [&](const Subject& subject) { return subject.label == label; });
  };
  std::string label = wanted;
  for (unsigned i = 2; is_taken(label); ++i) label = fmt::format("{}-{}", wanted, i);
  return label;
}

}  // namespace

std::optional<std::size_t> governing(const Policy& policy, const Subject& learnt) {
  for (std::size_t i = 0; i < policy.subjects.size(); ++i) {
    const Subject& subject = policy.subjects[i];
    if (within(subject.uids, learnt.uids) && within(subject.gids, learnt.gids)) return i;
  }
  return std::nullopt;
}

std::optional<Subject> subject_beside(const Policy& policy, const Subject& learnt, bool by_gid) {
  Subject subject;
  const auto beside = std::find_if(policy.subjects.begin(), policy.subjects.end(), [&](const Subject& other) {
    return !other.uids.empty() && within(other.uids, learnt.uids);
  });
  const bool by_gid_alone = std::any_of(policy.subjects.begin(), policy.subjects.end(),
                                        [](const Subject& other) { return other.uids.empty(); });
  if (beside != policy.subjects.end()) {
    // A uid is governed whole: its subjects have the same uids, and each its groups.
    if (learnt.gids.empty() || beside->uids != learnt.uids) return std::nullopt;
    subject.uids = learnt.uids;
    subject.gids = learnt.gids;
  } else if (by_gid_alone) {
    if (learnt.gids.empty()) return std::nullopt;
    subject.gids = learnt.gids;
  } else {
    subject.uids = learnt.uids;
    if (by_gid) subject.gids = learnt.gids;
  }
  std::string label;
  for (const IdRange& uid : subject.uids) label = fmt::format("uid-{}", uid.first);
  for (const IdRange& gid : subject.gids) label += fmt::format("{}gid-{}", label.empty() ? "" : "-", gid.first);
  subject.label = free_label(policy, label);
  return subject;
}

std::string who(const Subject& learnt) {
  std::string text = learnt.uids.empty() ? "" : fmt::format("uid {}", learnt.uids.front().first);
  for (const IdRange& gid : learnt.gids) text += fmt::format("{}gid {}", text.empty() ? "" : ", ", gid.first);
  return text;
}

}  // namespace egressc
