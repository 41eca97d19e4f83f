#include "deploy/refresh_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "deploy/state_record.h"
#include "readers/listing/listing.h"

namespace egressc {
namespace {

constexpr int most_attempts = 5;

std::string refused(const Change& change) {
  std::string text = "the kernel refuses to change the sets of live names; they stay as they are";
  for (const Diagnostic& one : change.refusal.all()) text += "\n" + one.message;
  return text;
}

}  // namespace

Result<bool> RefreshTable::look() {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const auto table = kernel_.own_table(netns_);
    if (!table) return table.failure();
    if (!table->present) return false;
    if (generation_ == table->generation) return true;
    const RefreshTime looked = now_();
    const auto text = kernel_.own_text(netns_);
    if (!text) return text.failure();
    generation_ = table->generation;
    hash_ = hash_in(table->comment);
    sets_ = live_set_names(*text);
    std::sort(sets_.begin(), sets_.end());
    held_.clear();
    for (LiveElement& element : live_elements(*text).elements)
      held_.push_back({std::move(element.set), element.address, element.remaining});
    looked_ = looked;
  }
  return true;  // it keeps changing: what was read last is good enough to go on with
}

std::vector<DomainName> RefreshTable::missing(const std::vector<FollowedName>& names) const {
  std::vector<DomainName> all;
  for (const FollowedName& name : names) {
    const auto is_there = [&](const FollowedSet& set) {
      return std::binary_search(sets_.begin(), sets_.end(), set.identifier + "_4") &&
             std::binary_search(sets_.begin(), sets_.end(), set.identifier + "_6");
    };
    if (!std::all_of(name.sets.begin(), name.sets.end(), is_there)) all.push_back(name.name);
  }
  return all;
}

std::vector<HeldElement> RefreshTable::held_now() const {
  const auto passed = now_() - looked_;
  std::vector<HeldElement> held;
  for (HeldElement element : held_) {
    if (element.remaining) {
      if (*element.remaining <= passed) continue;
      *element.remaining -= passed;
    }
    held.push_back(std::move(element));
  }
  return held;
}

Result<std::optional<std::vector<RefreshEvent>>> RefreshTable::change(Refresher& refresher) {
  using Done = std::optional<std::vector<RefreshEvent>>;
  RefreshRound round = refresher.round(held_now());
  if (round.text.empty()) {
    refresher.done(round);
    return Done(std::move(round.events));
  }
  const auto change = kernel_.commit(netns_, round.text, "refresh", generation_);
  if (!change) return change.failure();
  if (change->outcome == ChangeOutcome::done) {
    refresher.done(round);
    return Done(std::move(round.events));
  }
  const auto before = std::exchange(generation_, std::nullopt);
  if (change->outcome == ChangeOutcome::outdated) return Done();
  // A set may have gone in the very moment.
  const auto table = kernel_.own_table(netns_);
  if (table && table->generation != before) return Done();
  return Failure{refused(*change)};
}

}  // namespace egressc
