// Who differs. The ids of a policy's subjects come first, then other groups of their users, then everybody else. Within
// each, ids with the same flows stand together.
#include <algorithm>
#include <array>
#include <optional>

#include "compare/lines.h"
#include "egressc/policy.h"
#include "model/words/words.h"

namespace egressc::compare {
namespace {

constexpr IdRange any_id{0, no_id};

struct Who {
  std::string label;
  FlowSpace ids;
  std::vector<const Subject*> subjects;  // that have these ids, and so know names
};

FlowSpace ids_of(const Subject& subject) {
  std::vector<FlowBox> uids;
  std::vector<FlowBox> gids;
  for (const IdRange& range : subject.uids) uids.emplace_back().uids = range;
  for (const IdRange& range : subject.gids) gids.emplace_back().gids = range;
  if (uids.empty()) return FlowSpace::from_boxes(gids);
  if (gids.empty()) return FlowSpace::from_boxes(uids);
  return FlowSpace::from_boxes(uids) & FlowSpace::from_boxes(gids);
}

std::vector<Who> everyone(const Side& before, const Side& after) {
  std::vector<Who> all;
  std::map<std::pair<std::vector<IdRange>, std::vector<IdRange>>, std::size_t> known;
  for (const Side* side : {&after, &before}) {
    if (!side->policy) continue;
    for (const Subject& subject : side->policy->subjects) {
      const auto [entry, is_new] = known.emplace(std::pair(subject.uids, subject.gids), all.size());
      if (is_new) all.push_back({subject.label, ids_of(subject), {}});
      all[entry->second].subjects.push_back(&subject);
    }
  }
  return all;
}

// The users whom a policy governs by their groups: it denies them everything in any other group.
FlowSpace held_to_groups(const Side& side) {
  std::vector<FlowBox> uids;
  if (side.policy)
    for (const Subject& subject : side.policy->subjects)
      if (!subject.gids.empty())
        for (const IdRange& range : subject.uids) uids.emplace_back().uids = range;
  return FlowSpace::from_boxes(uids);
}

// Ids as they are written, the widest range being none at all.
struct Ids {
  IdRange uids;
  IdRange gids;
  auto operator<=>(const Ids&) const = default;
};

IdRange written(const IdRange& range) { return range == every_id ? any_id : range; }

// What each holder of ids may do, as boxes without ids.
std::map<Ids, std::vector<FlowBox>> by_ids(const FlowSpace& flows) {
  std::map<Ids, std::vector<FlowBox>> all;
  for (FlowBox box : flows.boxes()) {
    const Ids ids{written(box.uids), written(box.gids)};
    box.uids = box.gids = any_id;
    all[ids].push_back(box);
  }
  for (auto& [ids, boxes] : all) std::sort(boxes.begin(), boxes.end());
  return all;
}

constexpr std::size_t kinds = 4;
using Kinds = std::array<std::vector<FlowBox>, kinds>;

FlowSpace flows_of(Family family) {
  FlowBox box;
  box.addresses = range_of(Prefix{{family, 0, 0}, 0});
  return FlowSpace(box);
}

// The family of all boxes, if the universe has the other one besides.
std::optional<Family> only_family(const std::vector<FlowBox>& boxes, std::span<const Family> families) {
  if (families.size() < 2 || !boxes.front().addresses) return std::nullopt;
  const Family family = boxes.front().addresses->first.family;
  const bool is_only = std::all_of(boxes.begin(), boxes.end(), [family](const FlowBox& box) {
    return box.addresses && box.addresses->first.family == family;
  });
  return is_only ? std::optional(family) : std::nullopt;
}

// Lists what is left out where that is shorter, as for who may do nearly everything.
FlowList list_of(const std::vector<FlowBox>& boxes, const FlowSpace& universe, std::span<const Family> families,
                 const NameIndex& names, const NameIndex& markers) {
  if (boxes.empty()) return {};
  const auto family = only_family(boxes, families);
  const FlowSpace all = family ? universe & flows_of(*family) : universe;
  const std::vector<FlowBox> rest = (all - FlowSpace::from_boxes(boxes)).boxes();
  if (rest.size() < boxes.size()) return {true, family, lines_of(rest, names, markers)};
  return {false, std::nullopt, lines_of(boxes, names, markers)};
}

class Report {
 public:
  Report(const Difference& difference, const LiveMarkers& markers)
      : families_(families_of(difference.universe)),
        universe_(without_ids(difference.universe)),
        markers_(markers, families_) {}

  void add(const Who& who, const Difference& part) {
    std::map<Ids, Kinds> found;
    const FlowSpace* sets[kinds] = {&part.added, &part.removed, &part.possibly_added, &part.possibly_removed};
    for (std::size_t kind = 0; kind < kinds; ++kind)
      for (auto& [ids, boxes] : by_ids(*sets[kind])) found[ids][kind] = std::move(boxes);
    if (found.empty()) return;
    // Only one of uids and gids varies within a group, so that two lists say which they are.
    std::map<std::pair<Kinds, IdRange>, std::vector<Ids>> groups;
    for (const auto& [ids, flows] : found)
      groups[{flows, ids.gids == any_id || ids.uids.first == no_id ? any_id : ids.uids}].push_back(ids);
    std::vector<std::pair<std::vector<Ids>, const Kinds*>> ordered;
    for (auto& [key, ids] : groups) ordered.emplace_back(ids, &key.first);
    std::sort(ordered.begin(), ordered.end());
    const NameIndex names(who.subjects, families_);
    const std::size_t unchanged = part.unchanged.boxes().size();
    for (const auto& [ids, flows] : ordered) {
      SubjectDifference& subject = subjects_.emplace_back();
      subject.label = who.label;
      set_ids(subject, ids);
      FlowList* const lists[kinds] = {&subject.added, &subject.removed, &subject.possibly_added,
                                      &subject.possibly_removed};
      for (std::size_t kind = 0; kind < kinds; ++kind)
        *lists[kind] = list_of((*flows)[kind], universe_, families_, names, markers_);
      subject.unchanged = unchanged;
    }
  }

  std::vector<SubjectDifference> take() { return std::move(subjects_); }

 private:
  static std::vector<Family> families_of(const FlowSpace& flows) {
    std::vector<Family> families;
    for (const Family family : {Family::ipv4, Family::ipv6})
      if (!(flows & flows_of(family)).empty()) families.push_back(family);
    return families;
  }

  // The flows of a packet, whoever sends it.
  static FlowSpace without_ids(const FlowSpace& flows) {
    std::vector<FlowBox> boxes;
    for (const auto& [ids, those] : by_ids(flows)) boxes.insert(boxes.end(), those.begin(), those.end());
    return FlowSpace::from_boxes(boxes);
  }

  static void set_ids(SubjectDifference& subject, const std::vector<Ids>& all) {
    subject.with_socket = false;
    for (const Ids& ids : all) {
      if (ids.uids.first == no_id) {
        subject.without_socket = true;
        continue;
      }
      subject.with_socket = true;
      if (ids.uids != any_id) subject.uids.push_back(ids.uids);
      if (ids.gids != any_id) subject.gids.push_back(ids.gids);
    }
    sort_unique(subject.uids);
    sort_unique(subject.gids);
  }

  std::vector<Family> families_;
  FlowSpace universe_;
  NameIndex markers_;
  std::vector<SubjectDifference> subjects_;
};

Difference part_of(const Difference& all, const FlowSpace& ids) {
  return {all.universe,       all.added & ids, all.removed & ids, all.possibly_added & ids, all.possibly_removed & ids,
          all.unchanged & ids};
}

}  // namespace
}  // namespace egressc::compare

namespace egressc {

std::vector<SubjectDifference> by_subject(const Difference& difference, const Side& before, const Side& after,
                                          const LiveMarkers& markers) {
  using namespace compare;
  Report report(difference, markers);
  FlowSpace done;
  for (const Who& who : everyone(before, after)) {
    report.add(who, part_of(difference, who.ids - done));
    done |= who.ids;
  }
  const FlowSpace others = held_to_groups(before) | held_to_groups(after);
  report.add({"other groups", {}, {}}, part_of(difference, others - done));
  done |= others;
  const bool has_policy = before.policy || after.policy;
  report.add({has_policy ? "everybody else" : "", {}, {}}, part_of(difference, FlowSpace::all() - done));
  return report.take();
}

}  // namespace egressc
