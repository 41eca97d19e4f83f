#include <fmt/core.h>

#include "egressc/policy.h"
#include "guard/judge.h"
#include "model/words/words.h"

namespace egressc::guard {
namespace {

using Services = std::vector<Service>;
using KeptPlaces = std::map<Services, std::vector<Prefix>>;
using LostPlaces = std::map<std::pair<Objection, Services>, std::vector<Prefix>>;

// The addresses of names that are never granted, for the services that they lose.
Closed closed_places(const CeilingIndex& index, const Subject& subject) {
  std::map<Prefix, std::map<Objection, ServiceSet>> places;
  for (const Grant& grant : subject.allow) {
    if (grant.names.empty()) continue;
    for (const Lost& lost : Judge(index, subject, grant.names).lost_by_name(set_of(grant.services)))
      for (const Prefix& address : grant.addresses) {
        ServiceSet& services = places[address][lost.objection];
        services = services | lost.services;
      }
  }
  Closed closed;
  for (auto& [place, objections] : places)
    for (auto& [objection, services] : objections) {
      closed.places.add(place, static_cast<EntryId>(closed.lost.size()));
      closed.lost.push_back({std::move(services), {objection.guard, objection.entry, true}});
    }
  closed.places.finish();
  return closed;
}

// Adds a part of a place; the two halves of a prefix become one again.
void add_joining(std::vector<Prefix>& parts, std::size_t begin, Prefix part) {
  while (parts.size() > begin && parts.back().length == part.length && part.length != 0) {
    const Prefix around = prefix_around(part.address, static_cast<std::uint8_t>(part.length - 1));
    if (!contains(around, parts.back())) break;
    parts.pop_back();
    part = around;
  }
  parts.push_back(part);
}

std::string noted(const Location& where, std::string_view objection) {
  return fmt::format("{}:{}: {}", where.file, where.line, objection);
}

class GrantCut {
 public:
  GrantCut(const Grant& grant, const Judge& judge, const Closed& closed)
      : grant_(grant), judge_(judge), closed_(closed), wanted_(set_of(grant.services)) {
    if (grant.prefix) add(*grant.prefix);
    for (const Prefix& address : grant.addresses) add(address);
    if (grant.live) add_live();
  }

  bool loses_nothing() const { return lost_.empty() && lost_live_.empty(); }

  void write(std::vector<Grant>& allow, std::vector<Review>& review) const {
    KeptPlaces kept = kept_;
    if (grant_.live && lost_live_.empty()) kept.try_emplace(grant_.services);
    for (const auto& [services, places] : kept)
      write(places, services, grant_.live && lost_live_.empty() && services == grant_.services, grant_.comment,
            [&](Grant&& grant) { allow.push_back(std::move(grant)); });
    const auto add = [&](Grant&& grant) { review.push_back({std::move(grant), Reason::guard}); };
    for (const auto& [why, places] : lost_) write(places, why.second, false, comment(why.first), add);
    for (const auto& [objection, services] : lost_live_)
      write({}, within(grant_.services, services), true, comment(objection), add);
  }

 private:
  void add(const Prefix& place) {
    std::map<const std::vector<Prefix>*, std::size_t> begins;  // of this place's parts
    const auto add_to = [&](std::vector<Prefix>& parts, const Prefix& part) {
      add_joining(parts, begins.try_emplace(&parts, parts.size()).first->second, part);
    };
    for (const Prefix& part : judge_.parts(place, &closed_)) {
      const ServiceSplit split = judge_.judge(part, wanted_, &closed_);
      // As it was written, where nothing is lost.
      if (const Services services = split.lost.empty() ? grant_.services : within(grant_.services, split.kept);
          !services.empty())
        add_to(kept_[services], part);
      for (const Lost& lost : split.lost) add_to(lost_[{lost.objection, within(grant_.services, lost.services)}], part);
    }
  }

  void add_live() {
    for (const Family family : {Family::ipv4, Family::ipv6})
      for (const Lost& lost : judge_.judge_live(family, wanted_).lost) {
        ServiceSet& services = lost_live_[lost.objection];
        services = services | lost.services;
      }
  }

  template <typename Add>
  void write(const std::vector<Prefix>& places, const Services& services, bool live, const std::string& comment,
             Add add) const {
    Grant grant = grant_;
    grant.services = services;
    grant.live = live;
    grant.comment = comment;
    if (!grant_.prefix) {
      grant.addresses = places;
      return add(std::move(grant));
    }
    for (const Prefix& place : places) {
      grant.prefix = place;
      add(Grant(grant));
    }
  }

  std::string comment(const Objection& objection) const {
    std::string text = grant_.comment;
    add_part(text, noted(where(objection), describe(objection)), "; ");
    return text;
  }

  const Grant& grant_;
  const Judge& judge_;
  const Closed& closed_;
  ServiceSet wanted_;
  KeptPlaces kept_;
  LostPlaces lost_;
  std::map<Objection, ServiceSet> lost_live_;
};

std::size_t cut_subject(Subject& subject, const CeilingIndex& index) {
  const Closed closed = closed_places(index, subject);
  std::size_t count = 0;
  std::vector<Grant> allow;
  std::vector<Review> review;
  for (Grant& grant : subject.allow) {
    const Judge judge(index, subject, grant.names);
    const GrantCut cut(grant, judge, closed);
    if (cut.loses_nothing()) {
      allow.push_back(std::move(grant));
      continue;
    }
    ++count;
    cut.write(allow, review);
  }
  subject.allow = std::move(allow);
  for (Review& entry : review) subject.review.push_back(std::move(entry));
  return count;
}

// Somebody may grant it later.
void withhold_denied(Subject& subject, const Ceiling& ceiling) {
  for (Review& entry : subject.review) {
    if (entry.reason != Reason::denied) continue;
    const auto excess = excess_of(subject, entry.what, ceiling);
    if (!excess) continue;
    entry.reason = Reason::guard;
    entry.what.comment = noted(excess->guard, excess->objection);
  }
}

}  // namespace
}  // namespace egressc::guard

namespace egressc {

std::size_t cut(Policy& policy, const Ceiling& ceiling) {
  using namespace guard;
  if (ceiling.empty()) return 0;
  std::size_t count = 0;
  for (Subject& subject : policy.subjects) count += cut_subject(subject, ceiling.index());
  if (count != 0) normalize(policy);
  for (Subject& subject : policy.subjects) withhold_denied(subject, ceiling);
  return count;
}

}  // namespace egressc
