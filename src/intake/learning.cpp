#include "intake/learning.h"

#include <utility>

#include "egressc/ceiling.h"

namespace egressc {
namespace {

// Whether a guard allows the name by its name: then it may lead inside.
auto may_be_inside(const Ceiling& ceiling) {
  return [&ceiling](std::uint32_t uid, const DomainName& name, const Address&) {
    Subject subject;
    subject.uids = {{uid, uid}};
    return allows_name(ceiling, subject, name);
  };
}

}  // namespace

Policy learn_within(const LearnOptions& learning, const InputOptions& options, InputPolicy& input,
                    Diagnostics& diagnostics) {
  const Ceiling& ceiling = options.ceiling;
  LearnOptions within = learning;
  if (!ceiling.empty()) within.may_be_inside = may_be_inside(ceiling);
  Learnt learnt = learn_policy(input.logs, within, diagnostics);
  input.learnt = learnt.summary;
  input.cut = cut(learnt.policy, ceiling);
  if (options.generalize)
    input.generalized = generalize(learnt.policy, *options.generalize, [&](const Subject& subject, const Grant& grant) {
      return !excess_of(subject, grant, ceiling);
    });
  return std::move(learnt.policy);
}

}  // namespace egressc
