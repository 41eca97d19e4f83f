#include "extend/extend.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "egressc/learn_options.h"
#include "extend/ledger.h"
#include "model/words/words.h"

namespace egressc::extend {
namespace {

// `learnt` holds one id, or none.
bool within(const std::vector<IdRange>& ids, const std::vector<IdRange>& learnt) {
  return ids.empty() || (!learnt.empty() && contains(ids, learnt.front().first));
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

// The subject of the policy that governs the learnt one, which is one user, and one group or an unknown one: its
// number, or nullopt.
std::optional<std::size_t> governing(const Policy& policy, const Subject& learnt) {
  for (std::size_t i = 0; i < policy.subjects.size(); ++i) {
    const Subject& subject = policy.subjects[i];
    if (within(subject.uids, learnt.uids) && within(subject.gids, learnt.gids)) return i;
  }
  return std::nullopt;
}

// A subject that may stand in the policy beside the others for the learnt one; nullopt where there is none, because it
// is not known, or cannot be said, which group it is.
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

// What comes later may be held by what came before, so that it does not matter whether that is new.
enum class Phase : std::uint8_t { granted, seen, denied };

Phase phase_of(const Review& entry) { return entry.reason == Reason::denied ? Phase::denied : Phase::seen; }

class Extension {
 public:
  Extension(const Policy& base, const ExtendOptions& options)
      : options_(options), known_subjects_(base.subjects.size()) {
    result_.policy = base;
    for (const Subject& subject : base.subjects) open(subject);
    own_review_.add(base.review);
  }

  void extend(const Subject& learnt, Phase phase) {
    auto number = governing(result_.policy, learnt);
    if (!number) {
      auto subject = subject_beside(result_.policy, learnt, options_.by_gid);
      if (!subject) return set_aside(learnt, phase);
      number = result_.policy.subjects.size();
      open(*subject);
      result_.policy.subjects.push_back(std::move(*subject));
    }
    Lists& lists = lists_[*number];
    if (phase == Phase::granted)
      for (const Grant& grant : learnt.allow) offer(lists, grant);
    else
      for (const Review& entry : learnt.review)
        if (phase_of(entry) == phase) offer(lists, entry);
  }

  // What no subject could be found for.
  void extend(const Review& learnt) {
    // The kernel's own packets of a connection carry no user.
    const bool is_tail = learnt.reason == Reason::no_subject && !learnt.what.services.empty() &&
                         std::any_of(lists_.begin(), lists_.end(),
                                     [&](const Lists& lists) { return lists.allow.missing(learnt.what).empty(); });
    if (is_tail)
      ++result_.summary.known;
    else
      propose_in_review(own_review_, learnt);
  }

  // Whether anything but evidence does.
  bool changes() const {
    return std::any_of(
               lists_.begin(), lists_.end(),
               [](const Lists& lists) { return lists.proposed || lists.allow.grows() || lists.review.grows(); }) ||
           result_.summary.review != 0 || own_review_.grows();
  }

  void settle() {
    for (Lists& lists : lists_) {
      lists.allow.settle(result_.seen);
      lists.review.settle(result_.seen);
    }
    own_review_.settle(result_.seen);
  }

  Extended take() && {
    std::vector<Subject> subjects;
    std::size_t ignored = 0;
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      Lists& lists = lists_[i];
      if (i >= known_subjects_ && !lists.proposed) continue;
      result_.summary.subjects += i >= known_subjects_;
      Subject& subject = subjects.emplace_back(std::move(result_.policy.subjects[i]));
      subject.allow.clear();
      for (Review& entry : std::move(lists.allow).take(result_.summary.grown))
        subject.allow.push_back(std::move(entry.what));
      subject.review = std::move(lists.review).take(ignored);
    }
    result_.policy.subjects = std::move(subjects);
    result_.policy.review = std::move(own_review_).take(ignored);
    return std::move(result_);
  }

 private:
  struct Lists {
    Ledger allow;
    Ledger review;
    bool proposed = false;
  };

  void open(const Subject& subject) {
    Lists& lists = lists_.emplace_back();
    lists.allow.add(subject.allow);
    lists.review.add(subject.review);
  }

  // `resolvers` grant port 53 of their addresses to everybody.
  Grant without_resolvers(Grant learnt) const {
    const std::vector<Address>& resolvers = result_.policy.resolvers;
    const std::vector<Prefix> places = reach_of(learnt);
    const bool is_resolver = !places.empty() && std::all_of(places.begin(), places.end(), [&](const Prefix& place) {
      return place.is_single() && std::find(resolvers.begin(), resolvers.end(), place.address) != resolvers.end();
    });
    if (is_resolver)
      std::erase_if(learnt.services, [](const Service& service) {
        return service.ports == PortRange{domain_port, domain_port};
      });
    return learnt;
  }

  void offer(Lists& lists, const Grant& learnt) {
    Grant left = without_resolvers(learnt);
    left.services = lists.allow.enter(left);
    if (left.services.empty()) {
      ++result_.summary.known;
      return;
    }
    // A person left it there, or has not decided yet.
    left.services = lists.review.enter(left);
    if (left.services.empty()) {
      ++result_.summary.undecided;
      return;
    }
    propose(lists, std::move(left));
  }

  void offer(Lists& lists, const Review& learnt) {
    Review left = learnt;
    left.what = without_resolvers(std::move(left.what));
    const bool accepts = learnt.reason == Reason::denied && options_.accept;
    if (!learnt.what.services.empty()) {
      // Metadata and noise are told by the destination: that it is in review does not say that it was stopped.
      const bool passed = learnt.reason == Reason::metadata || learnt.reason == Reason::noise;
      // The grant that holds it is the verdict.
      const bool is_open = learnt.reason == Reason::denied && learnt.what.comment == without_verdict;
      const std::vector<Service> missing = lists.allow.missing(left.what);
      if (missing.empty()) {
        if (passed || is_open || accepts) lists.allow.enter(left.what);
        ++result_.summary.known;
        return;
      }
      if (!accepts) left.what.services = passed ? lists.allow.enter(left.what) : missing;
      if (left.what.services.empty()) return;
    }
    if (accepts)
      accept(lists, std::move(left.what));
    else
      lists.proposed |= propose_in_review(lists.review, left);
  }

  void accept(Lists& lists, Grant denied) {
    for (Review& proposal : lists.review.take_proposals(denied)) {
      lists.allow.add(std::vector<Grant>{std::move(proposal.what)});
      lists.proposed = true;
      ++result_.summary.accepted;
    }
    denied.services = lists.allow.enter(denied);
    if (!denied.services.empty()) denied.services = lists.review.enter(denied);
    if (!denied.services.empty()) propose(lists, std::move(denied));
  }

  void propose(Lists& lists, Grant grant) {
    grant.is_new = true;
    grant.where = {};
    lists.allow.propose({std::move(grant), Reason::claimed});
    lists.proposed = true;
    ++result_.summary.grants;
  }

  bool propose_in_review(Ledger& review, Review learnt) {
    if (learnt.what.services.empty()) {
      if (review.enter_place(learnt.what)) {
        ++result_.summary.undecided;
        return false;
      }
    } else {
      learnt.what.services = review.enter(learnt.what);
      if (learnt.what.services.empty()) {
        ++result_.summary.undecided;
        return false;
      }
    }
    if (learnt.reason == Reason::denied && !options_.include_denied) {
      ++result_.summary.denied;
      return false;
    }
    learnt.what.is_new = true;
    learnt.what.where = {};
    review.propose(std::move(learnt));
    ++result_.summary.review;
    return true;
  }

  // A user whose group no subject governs, where none can be added for it.
  void set_aside(const Subject& learnt, Phase phase) {
    const auto add = [&](Grant grant) {
      std::string who = who_text(learnt.uids, learnt.gids, ", ");
      add_part(who, grant.comment, ": ");
      grant.comment = std::move(who);
      propose_in_review(own_review_, {std::move(grant), Reason::no_subject});
    };
    if (phase == Phase::granted)
      for (const Grant& grant : learnt.allow) add(grant);
    else if (phase == Phase::denied && !options_.include_denied)
      result_.summary.denied +=
          static_cast<std::size_t>(std::count_if(learnt.review.begin(), learnt.review.end(),
                                                 [](const Review& entry) { return phase_of(entry) == Phase::denied; }));
    else
      for (const Review& entry : learnt.review)
        if (phase_of(entry) == phase) add(entry.what);
  }

  ExtendOptions options_;
  std::size_t known_subjects_;  // the others are new
  Extended result_;
  std::deque<Lists> lists_;  // of each subject
  Ledger own_review_;
};

// What is new may hold what something else held, or nothing: only with all of it in place it is known whose evidence
// is whose. Then the same logs find the same once more.
constexpr unsigned most_passes = 8;

}  // namespace
}  // namespace egressc::extend

namespace egressc {

Extended extend_policy(const Policy& base, const Policy& learnt, const ExtendOptions& options) {
  using namespace extend;
  Policy policy = base;
  ExtendSummary all;
  for (unsigned pass = 1;; ++pass) {
    Extension extension(policy, options);
    for (const Phase phase : {Phase::granted, Phase::seen, Phase::denied})
      for (const Subject& subject : learnt.subjects) extension.extend(subject, phase);
    for (const Review& entry : learnt.review) extension.extend(entry);
    const bool last = pass == most_passes || !extension.changes();
    if (last) extension.settle();
    Extended result = std::move(extension).take();
    if (pass == 1) {
      all = result.summary;
    } else {
      all.subjects += result.summary.subjects;
      all.grants += result.summary.grants;
      all.review += result.summary.review;
      all.accepted += result.summary.accepted;
      all.grown += result.summary.grown;
    }
    if (last) {
      result.summary = all;
      return result;
    }
    policy = std::move(result.policy);
  }
}

}  // namespace egressc
