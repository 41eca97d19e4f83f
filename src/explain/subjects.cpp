#include "explain/subjects.h"

#include <algorithm>

namespace egressc {

bool contains(const std::vector<IdRange>& ranges, std::uint32_t id) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [id](const IdRange& range) { return range.first <= id && id <= range.last; });
}

const Subject* holder_of(const Policy& policy, Ids ids) {
  const auto held = [&](const Subject& subject) {
    return (subject.uids.empty() || contains(subject.uids, ids.uid)) &&
           (subject.gids.empty() || contains(subject.gids, ids.gid));
  };
  const auto found = std::find_if(policy.subjects.begin(), policy.subjects.end(), held);
  return found == policy.subjects.end() ? nullptr : &*found;
}

bool is_governed(const Policy& policy, Ids ids) {
  return std::any_of(policy.subjects.begin(), policy.subjects.end(), [&](const Subject& subject) {
    return subject.uids.empty() ? contains(subject.gids, ids.gid) : contains(subject.uids, ids.uid);
  });
}

}  // namespace egressc
