#include "commands/learning.h"

#include <fmt/format.h>

#include <utility>

#include "egressc/ceiling.h"

namespace egressc {
namespace {

Policy policy_of(const Subject& subject, const Grant& grant) {
  Policy policy;
  policy.subjects.emplace_back();
  policy.subjects.front().uids = subject.uids;
  policy.subjects.front().gids = subject.gids;
  policy.subjects.front().allow = {grant};
  return policy;
}

// Whether a guard allows the name by its name: then it may lead inside.
auto may_be_inside(const Ceiling& ceiling) {
  return [&ceiling](std::uint32_t uid, const DomainName& name, const Address&) {
    Subject subject;
    subject.uids = {{uid, uid}};
    return allows_name(ceiling, subject, name);
  };
}

// What was denied may become a grant later, by --accept or by hand.
void withhold_denied(Policy& policy, const Ceiling& ceiling) {
  for (Subject& subject : policy.subjects)
    for (Review& entry : subject.review) {
      if (entry.reason != Reason::denied) continue;
      const auto excess = excess_of(policy_of(subject, entry.what), ceiling);
      if (excess.empty()) continue;
      const Excess& first = excess.front();
      entry.reason = Reason::guard;
      entry.what.comment = fmt::format("{}:{}: {}", first.guard.file, first.guard.line, first.objection);
    }
}

}  // namespace

Policy learn_within(const LearnOptions& learning, const InputOptions& options, InputPolicy& input,
                    Diagnostics& diagnostics) {
  const Ceiling& ceiling = options.ceiling;
  LearnOptions within = learning;
  if (!ceiling.empty()) within.may_be_inside = may_be_inside(ceiling);
  Learnt learnt = learn(input.logs, within, diagnostics);
  input.learnt = learnt.summary;
  if (!ceiling.empty()) {
    input.cut = cut(learnt.policy, ceiling);
    withhold_denied(learnt.policy, ceiling);
  }
  if (options.generalize)
    input.generalized = generalize(learnt.policy, *options.generalize, [&](const Subject& subject, const Grant& grant) {
      return leaves(ceiling, subject, grant);
    });
  return std::move(learnt.policy);
}

}  // namespace egressc
