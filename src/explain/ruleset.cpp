// What rulesets say of a question, rule by rule, and rulesets as what judges logs.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "egressc/explain.h"
#include "egressc/filter.h"
#include "explain/judge.h"
#include "model/words/words.h"

namespace egressc::explain {
namespace {

FlowBox box_of(const FlowQuestion& question, std::uint8_t protocol) {
  FlowPoint flow;
  flow.loopback = question.loopback;
  flow.protocol = protocol;
  flow.to = *question.address;
  flow.port = port_of(protocol, question.port);
  FlowBox box = single(flow);
  box.uids = question.uid ? IdRange{*question.uid, *question.uid} : every_id;
  box.gids = question.gid ? IdRange{*question.gid, *question.gid} : every_id;
  return box;
}

void add_way(RulesetAnswer& answer, const ReadRuleset& ruleset, const Meaning& meaning, const FlowSpace& flows) {
  const auto flow = flows.any();
  if (!flow) return;
  Trace way = trace(ruleset.filter, *flow, &meaning);
  const Ruling ruling = ruling_of(way.ends);
  answer.ways.push_back({ruleset.file, *flow, ruling, std::move(way)});
}

// The ruling on all flows of the box, and a way for each kind of them.
Ruling rule(RulesetAnswer& answer, const ReadRuleset& ruleset, const FlowSpace& asked, const Rewriting& nat) {
  const Meaning meaning = evaluate(ruleset.filter, asked, nat);
  const FlowSpace denied = asked - meaning.most;
  const FlowSpace open = meaning.most - meaning.least;
  add_way(answer, ruleset, meaning, meaning.least);
  add_way(answer, ruleset, meaning, denied);
  add_way(answer, ruleset, meaning, open);
  if (denied.empty() && open.empty()) return Ruling::allowed;
  if (meaning.most.empty()) return Ruling::denied;
  if (!open.empty() && denied.empty() && meaning.least.empty()) return Ruling::undecided;
  answer.notes.emplace_back("it depends on the user or the group: say `uid N` and `gid N`");
  return Ruling::undecided;
}

// Of two rulings on one flow: it needs both.
Ruling both(Ruling a, Ruling b) {
  if (a == Ruling::denied || b == Ruling::denied) return Ruling::denied;
  return a == Ruling::allowed ? b : a;
}

// What decides about the flow in the first ruleset that does not surely let it pass.
std::string why_of(const ReadRuleset& ruleset, const Meaning& meaning, const FlowPoint& flow) {
  const Trace way = trace(ruleset.filter, flow, &meaning);
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
}  // namespace egressc::explain

namespace egressc {

Ruling ruling_of(const Ends& ends) {
  if (ends.accepted && ends.dropped) return Ruling::undecided;
  return ends.accepted ? Ruling::allowed : Ruling::denied;
}

RulesetAnswer explain_rulesets(std::span<const ReadRuleset> rulesets, const FlowQuestion& question) {
  using namespace explain;
  RulesetAnswer answer;
  std::vector<Ruling> rulings;
  const Rewriting nat = rewriting_of(rulesets);
  for (const std::uint8_t protocol : question.protocols) {
    std::optional<Ruling> of_protocol;
    for (const ReadRuleset& ruleset : rulesets) {
      const FlowSpace asked = FlowSpace(box_of(question, protocol)) & ruleset.universe;
      if (asked.empty()) continue;
      const Ruling ruling = rule(answer, ruleset, asked, nat);
      of_protocol = of_protocol ? both(*of_protocol, ruling) : ruling;
    }
    if (of_protocol) rulings.push_back(*of_protocol);
  }
  if (rulings.empty())
    answer.notes.push_back(fmt::format("no ruleset here speaks of {}", family_text(question.address->family)));
  else if (std::count(rulings.begin(), rulings.end(), rulings.front()) == static_cast<std::ptrdiff_t>(rulings.size()))
    answer.ruling = rulings.front();
  else if (std::find(rulings.begin(), rulings.end(), Ruling::undecided) == rulings.end())
    answer.ruling = Ruling::partly;
  return answer;
}

ReplayJudge ruleset_judge(std::span<const ReadRuleset> rulesets) {
  using namespace explain;
  ReplayJudge judge;
  judge.by_gid = true;
  FlowSpace denied;
  FlowSpace open;
  const auto meanings = std::make_shared<const std::vector<Meaning>>(evaluate(rulesets));
  for (std::size_t i = 0; i < rulesets.size(); ++i) {
    judge.universe |= rulesets[i].universe;
    denied |= rulesets[i].universe - (*meanings)[i].most;
    open |= (*meanings)[i].most - (*meanings)[i].least;
  }
  judge.most = judge.universe - denied;
  judge.least = judge.most - open;
  judge.subject = [](std::uint32_t, std::uint32_t) { return std::string(); };
  judge.why = [rulesets, meanings](const AttemptSeen&, const FlowPoint& flow, Ruling) {
    bool spoken_of = false;
    for (std::size_t i = 0; i < rulesets.size(); ++i) {
      if (!rulesets[i].universe.contains(flow)) continue;
      spoken_of = true;
      if (std::string why = why_of(rulesets[i], (*meanings)[i], flow); !why.empty()) return why;
    }
    return std::string(spoken_of ? "" : "no ruleset here speaks of its family");
  };
  return judge;
}

}  // namespace egressc
