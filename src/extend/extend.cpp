#include "egressc/extend.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "extend/ledger.h"
#include "extend/subjects.h"

namespace egressc {
namespace {

constexpr std::uint16_t domain_port = 53;

class Extension {
 public:
  Extension(const Policy& base, const ExtendOptions& options) : options_(options) {
    result_.policy = base;
    for (const Subject& subject : base.subjects) open(subject);
    own_review_.add(base.review);
  }

  void extend(const Subject& learnt) {
    auto number = governing(result_.policy, learnt);
    const bool is_new = !number;
    if (is_new) {
      auto subject = subject_beside(result_.policy, learnt, options_.by_gid);
      if (!subject) return set_aside(learnt);
      number = result_.policy.subjects.size();
      open(*subject);
      result_.policy.subjects.push_back(std::move(*subject));
    }
    Lists& lists = lists_[*number];
    for (const Grant& grant : learnt.allow) offer(lists, grant);
    for (const Review& entry : learnt.review) offer(lists, entry);
    if (!is_new) return;
    if (lists.proposed) {
      ++result_.summary.subjects;
    } else {
      result_.policy.subjects.pop_back();
      lists_.pop_back();
    }
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

  Extended take() && {
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      Subject& subject = result_.policy.subjects[i];
      subject.allow.clear();
      for (Review& entry : std::move(lists_[i].allow).take(result_.seen, result_.summary.grown))
        subject.allow.push_back(std::move(entry.what));
      std::size_t ignored = 0;
      subject.review = std::move(lists_[i].review).take(result_.seen, ignored);
    }
    std::size_t ignored = 0;
    result_.policy.review = std::move(own_review_).take(result_.seen, ignored);
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
    const std::vector<Prefix> places = places_of(learnt);
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
    if (!learnt.what.services.empty()) {
      // Metadata and noise are told by the destination: that it is in review does not say that it was stopped.
      const bool passed = learnt.reason == Reason::metadata || learnt.reason == Reason::noise;
      left.what.services = passed ? lists.allow.enter(left.what) : lists.allow.missing(left.what);
      if (left.what.services.empty()) {
        ++result_.summary.known;
        return;
      }
    }
    if (learnt.reason == Reason::denied && options_.accept)
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
  void set_aside(const Subject& learnt) {
    const auto add = [&](Grant grant) {
      grant.comment = grant.comment.empty() ? who(learnt) : who(learnt) + ": " + grant.comment;
      propose_in_review(own_review_, {std::move(grant), Reason::no_subject});
    };
    for (const Grant& grant : learnt.allow) add(grant);
    for (const Review& entry : learnt.review) add(entry.what);
  }

  ExtendOptions options_;
  Extended result_;
  std::deque<Lists> lists_;  // of each subject
  Ledger own_review_;
};

}  // namespace

Extended extend(const Policy& base, const Policy& learnt, const ExtendOptions& options) {
  Extension extension(base, options);
  for (const Subject& subject : learnt.subjects) extension.extend(subject);
  for (const Review& entry : learnt.review) extension.extend(entry);
  return std::move(extension).take();
}

}  // namespace egressc
