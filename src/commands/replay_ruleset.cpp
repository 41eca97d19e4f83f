#include "commands/replay_ruleset.h"

#include <fmt/core.h>

#include "report/explain_words.h"
#include "egressc/flow_space.h"
#include "egressc/filter.h"

namespace egressc {
namespace {

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

}  // namespace egressc
