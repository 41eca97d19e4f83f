#include "commands/replay.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "report/explain_words.h"

namespace egressc::commands {
namespace {

// To look for what is nearest takes time in the number of grants, for each row: this many grants in all.
constexpr std::uint64_t most_looked_at = 50'000'000;

std::uint64_t size_of(const Policy& policy) {
  std::uint64_t size = 1 + policy.review.size();
  for (const Subject& subject : policy.subjects) size += 1 + subject.allow.size() + subject.review.size();
  return size;
}

FlowQuestion question_of(const AttemptSeen& attempt, const FlowPoint& flow) {
  FlowQuestion question;
  question.uid = attempt.uid;
  question.gid = flow.gid;
  if (attempt.names.size() == 1) question.name = attempt.names.front();
  question.address = attempt.to;
  question.protocols = {flow.protocol};
  question.port = attempt.port;
  question.loopback = flow.loopback;
  return question;
}

std::string text_of(const Answer& answer) {
  std::string text = answer.judgements.front().why;
  if (!answer.review.empty()) {
    const Held& held = answer.review.front();
    text += fmt::format("; in review as {} ({})", to_string(held.review->reason), place_text(held.review->what.where));
  }
  if (!answer.near.empty())
    text += fmt::format("; nearest: {} ({})", answer.near.front().why, place_text(answer.near.front().grant->where));
  return text;
}

std::string label_of(const Policy& policy, std::uint32_t uid, std::uint32_t gid) {
  const auto within = [](const std::vector<IdRange>& ranges, std::uint32_t id) {
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(),
                                         [id](const IdRange& range) { return range.first <= id && id <= range.last; });
  };
  for (const Subject& subject : policy.subjects)
    if (within(subject.uids, uid) && within(subject.gids, gid)) return subject.label;
  return {};
}

// What decides about the flow in the first ruleset that does not surely let it pass.
std::string why_of(const ReadRuleset& ruleset, const FlowPoint& flow) {
  const Trace way = trace(ruleset.filter, flow);
  for (const HookTrace& hook : way.hooks) {
    if (!hook.ends.dropped) continue;
    for (const TraceStep& step : hook.steps)
      if (!step.undecided.empty() && hook.ends.accepted)
        return fmt::format("{}: {}: {} ({})", place_text(step.where), printable(step.chain), printable(step.text),
                           printable(step.undecided));
    if (hook.by_policy) return fmt::format("the policy of {}, {}", printable(hook.chain), printable(ruleset.file));
    const TraceStep& last = hook.steps.back();
    return fmt::format("{}: {}: {}", place_text(last.where), printable(last.chain), printable(last.text));
  }
  return {};
}

}  // namespace

ReplayJudge policy_judge(const Policy& policy, std::optional<CivilDate> today) {
  ReplayJudge judge;
  judge.least = flows_of(policy, today);
  judge.most = judge.least | baseline_flows(policy);
  judge.universe = possible_flows();
  judge.by_gid = std::any_of(policy.subjects.begin(), policy.subjects.end(),
                             [](const Subject& subject) { return !subject.gids.empty(); });
  judge.subject = [&policy](std::uint32_t uid, std::uint32_t gid) { return label_of(policy, uid, gid); };
  judge.why = [&policy, today, size = size_of(policy), looked = std::make_shared<std::uint64_t>(0)](
                  const AttemptSeen& attempt, const FlowPoint& flow, Ruling) {
    *looked += size;
    if (*looked > size && *looked > most_looked_at)
      return std::string("there are too many like it to look for what is nearest: ask about it alone");
    return text_of(explain_flow(policy, question_of(attempt, flow), today));
  };
  return judge;
}

ReplayJudge ruleset_judge(std::span<const ReadRuleset> rulesets) {
  ReplayJudge judge;
  judge.by_gid = true;
  FlowSpace denied;
  FlowSpace open;
  for (const ReadRuleset& ruleset : rulesets) {
    const Meaning meaning = evaluate(ruleset.filter, ruleset.universe);
    judge.universe |= ruleset.universe;
    denied |= ruleset.universe - meaning.most;
    open |= meaning.most - meaning.least;
  }
  judge.most = judge.universe - denied;
  judge.least = judge.most - open;
  judge.subject = [](std::uint32_t, std::uint32_t) { return std::string(); };
  judge.why = [rulesets](const AttemptSeen&, const FlowPoint& flow, Ruling) {
    bool spoken_of = false;
    for (const ReadRuleset& ruleset : rulesets) {
      if (!ruleset.universe.contains(flow)) continue;
      spoken_of = true;
      if (std::string why = why_of(ruleset, flow); !why.empty()) return why;
    }
    return std::string(spoken_of ? "" : "no ruleset here speaks of its family");
  };
  return judge;
}

}  // namespace egressc::commands
