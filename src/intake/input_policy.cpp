#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "egressc/learn.h"
#include "intake/guards.h"
#include "intake/inputs.h"
#include "model/words/words.h"

namespace egressc::intake {
namespace {

// Whether a guard allows the name by its name: then it may lead inside.
auto may_be_inside(const Ceiling& ceiling) {
  return [&ceiling](std::uint32_t uid, const DomainName& name, const Address&) {
    Subject subject;
    subject.uids = {{uid, uid}};
    return allows_name(ceiling, subject, name);
  };
}

std::size_t grants_in(const Policy& policy) {
  std::size_t count = 0;
  for (const Subject& subject : policy.subjects) count += subject.allow.size();
  return count;
}

bool expires(const Policy& policy) {
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow)
      if (grant.expires) return true;
  return false;
}

// One policy from all inputs. Where policy files are given, their settings hold, but for what the command line says.
std::optional<Policy> combine(std::optional<Policy> learnt, std::vector<Policy> files, const InputContext& context,
                              Diagnostics& diagnostics) {
  const InputOptions& options = context.options;
  if (files.empty()) {
    if (options.live_names) make_names_live(*learnt, vouched_for({}, context.ceiling), diagnostics);
    return learnt;
  }
  const Vouches vouches = vouched_for(options.live_names ? files : std::vector<Policy>(), context.ceiling);
  Policy policy = std::move(files.front());
  for (std::size_t i = 1; i < files.size(); ++i) merge_policy(policy, std::move(files[i]), diagnostics);
  if (options.learn.scope) policy.scope = *options.learn.scope;
  if (policy.scope == Scope::subjects) policy.baseline.clear();
  if (options.deny) policy.deny = *options.deny;
  if (options.mode) policy.mode = *options.mode;
  policy.resolvers.insert(policy.resolvers.end(), options.learn.resolvers.begin(), options.learn.resolvers.end());
  if (learnt) {
    learnt->scope = policy.scope;
    learnt->deny = policy.deny;
    learnt->mode = policy.mode;
    learnt->established = policy.established;
    learnt->log = policy.log;
    learnt->baseline = policy.baseline;
    merge_policy(policy, std::move(*learnt), diagnostics);
  }
  normalize(policy);
  if (options.live_names) {
    make_names_live(policy, vouches, diagnostics);
    normalize(policy);
  }
  validate(policy, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return policy;
}

std::vector<PolicyOperand> operands_of(const Inputs& inputs) {
  std::vector<PolicyOperand> operands;
  for (std::size_t i = 0; i < inputs.policies.size(); ++i) {
    const Policy& policy = inputs.policies[i];
    operands.push_back({inputs.policy_files[i], policy.scope, policy.mode, grants_in(policy)});
  }
  return operands;
}

// Where one of several inputs decides what all of them are made to.
void tell_settings(const InputPolicy& input, const InputOptions& options, Diagnostics& diagnostics) {
  if (input.operands.empty() || input.operands.size() + input.logs.size() == 1) return;
  const PolicyOperand& first = input.operands.front();
  const bool decides_scope = first.scope != Scope::host && !options.learn.scope;
  const bool decides_mode = first.mode != Mode::enforce && !options.mode;
  if (!decides_scope && !decides_mode) return;
  std::string what;
  if (decides_scope) add_part(what, fmt::format("scope {}", to_string(first.scope)), " and ");
  if (decides_mode) add_part(what, fmt::format("mode {}", to_string(first.mode)), " and ");
  diagnostics.note({first.file, 0, 0}, fmt::format("this policy decides {} of all inputs", what),
                   "--scope and --mode say otherwise");
}

bool is_empty(const Policy& policy) {
  return policy.review.empty() &&
         std::all_of(policy.subjects.begin(), policy.subjects.end(),
                     [](const Subject& subject) { return subject.allow.empty() && subject.review.empty(); });
}

}  // namespace
}  // namespace egressc::intake

namespace egressc {

Policy learn_within(const LearnOptions& learning, const InputContext& context, InputPolicy& input,
                    Diagnostics& diagnostics) {
  const Ceiling& ceiling = context.ceiling;
  LearnOptions within = learning;
  if (!ceiling.empty()) within.may_be_inside = intake::may_be_inside(ceiling);
  Learnt learnt = learn_policy(input.logs, within, diagnostics);
  input.learnt = learnt.summary;
  input.cut = cut(learnt.policy, ceiling);
  if (const auto least = context.options.generalize)
    input.generalized = generalize(learnt.policy, *least, [&](const Subject& subject, const Grant& grant) {
      return !excess_of(subject, grant, ceiling);
    });
  return std::move(learnt.policy);
}

Micros system_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::optional<CivilDate> today_for(const Policy& policy, std::optional<Micros> now) {
  if (!intake::expires(policy)) return std::nullopt;
  return civil_from_days((now ? *now : system_now()) / (86400 * second));
}

std::string describe_operands(std::span<const PolicyOperand> operands) {
  std::string text;
  for (const PolicyOperand& operand : operands)
    text += fmt::format("{}: policy, scope {}, mode {}, {}\n", printable(operand.file, 4096), to_string(operand.scope),
                        to_string(operand.mode), counted(operand.grants, "grant"));
  return text;
}

Result<std::optional<InputPolicy>> read_policy_of(std::span<const std::string> words, const InputContext& context,
                                                  Diagnostics& diagnostics,
                                                  std::vector<std::optional<LineInput>> opened) {
  auto inputs = read_inputs(words, context, diagnostics, std::move(opened));
  if (!inputs) return inputs.failure();
  if (!*inputs) return std::optional<InputPolicy>();
  InputPolicy result;
  result.operands = intake::operands_of(**inputs);
  result.logs = std::move((*inputs)->logs);
  intake::tell_settings(result, context.options, diagnostics);
  std::optional<Policy> learnt;
  if (!result.logs.empty()) learnt = learn_within(context.options.learn, context, result, diagnostics);
  if ((*inputs)->policies.empty() && intake::is_empty(*learnt) && !context.options.allow_empty)
    diagnostics.error({}, "there is no egress in these logs, so nothing would be allowed",
                      "--allow-empty takes them for a policy without grants");
  auto policy = intake::combine(std::move(learnt), std::move((*inputs)->policies), context, diagnostics);
  if (policy) refuse_excess(*policy, context.ceiling, diagnostics);
  if (policy) tell_unlimited(*policy, context.ceiling, diagnostics);
  if (!policy || diagnostics.has_errors()) return std::optional<InputPolicy>();
  result.policy = std::move(*policy);
  result.today = today_for(result.policy, context.options.now);
  return std::optional(std::move(result));
}

}  // namespace egressc
