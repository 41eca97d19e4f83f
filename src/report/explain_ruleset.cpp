#include <fmt/core.h>

#include <algorithm>

#include "report/explain.h"
#include "report/words.h"

namespace egressc::report {
namespace {

std::string action_of(const TraceStep& step) {
  const std::string target = printable(step.target, whole_line);
  if (step.verdict == Verdict::jump) return "jump to " + target;
  if (step.verdict == Verdict::go) return "go to " + target;
  return step.verdict == Verdict::accept ? "accept" : step.verdict == Verdict::drop ? "deny" : "return";
}

std::string ends_text(const Ends& ends) {
  std::string text;
  add_part(text, ends.accepted ? "accepted" : "", " or ");
  add_part(text, ends.dropped ? "denied" : "", " or ");
  add_part(text, ends.passed ? "let go on" : "", " or ");
  return text;
}

std::string step_text(const TraceStep& step, std::string_view indent) {
  if (step.verdict == Verdict::none) return fmt::format("{}{}\n", indent, printable(step.undecided, whole_line));
  std::string text = fmt::format("{}{}: {}: {}: {}\n", indent, place_text(step.where),
                                 printable(step.chain, whole_line), action_of(step), printable(step.text, whole_line));
  if (!step.undecided.empty())
    text += fmt::format("{}  undecided, {}: if it holds, then {}; if not, on to the next\n", indent,
                        printable(step.undecided, whole_line), ends_text(step.ends));
  return text;
}

std::string who_of(const RulesetAnswer& answer, const FlowPoint& flow) {
  const bool one = std::all_of(answer.ways.begin(), answer.ways.end(), [&](const RulesetWay& way) {
    return way.flow.uid == flow.uid && way.flow.gid == flow.gid;
  });
  return one ? "" : who_text(flow.uid, flow.gid) + ' ';
}

void add_step(JsonText& json, const TraceStep& step) {
  json.open_object();
  json.text("chain", step.chain);
  json.text("file", step.where.file);
  json.number("line", step.where.line);
  json.text("rule", step.text);
  json.text("action", action_of(step));
  if (!step.undecided.empty()) {
    json.text("undecided", step.undecided);
    json.text("if_it_holds", ends_text(step.ends));
  }
  json.close();
}

void add_hook(JsonText& json, const HookTrace& hook) {
  json.open_object();
  json.text("chain", hook.chain);
  json.text("verdict", to_string(ruling_of(hook.ends)));
  json.list("steps", hook.steps, [&](const TraceStep& step) { add_step(json, step); });
  if (hook.by_policy) json.text("policy", hook.policy == Verdict::drop ? "drop" : "accept");
  json.close();
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string trace_text(const Trace& trace, std::string_view indent) {
  using namespace report;
  std::string text;
  if (trace.hooks.empty()) text += fmt::format("{}no chain filters what is sent: everything passes\n", indent);
  for (const HookTrace& hook : trace.hooks) {
    const std::string chain = printable(hook.chain, whole_line);
    if (trace.hooks.size() > 1)
      text += fmt::format("{}base chain {}: {}\n", indent, chain, to_string(ruling_of(hook.ends)));
    for (const TraceStep& step : hook.steps) text += step_text(step, indent);
    if (hook.by_policy)
      text += fmt::format("{}{}: no rule decides, and the chain's policy is {}\n", indent, chain,
                          hook.policy == Verdict::drop ? "drop" : "accept");
  }
  return text;
}

std::string ruleset_answer_text(const RulesetAnswer& answer, std::string_view question, bool color) {
  using namespace report;
  std::string text = fmt::format("{}: {}\n", ruling_text(answer.ruling, color), printable(question, whole_line));
  for (const std::string& note : answer.notes) text += fmt::format("  note: {}\n", note);
  for (const RulesetWay& way : answer.ways)
    text += fmt::format("\n{}: {}{}: {}\n{}", printable(way.file, whole_line), who_of(answer, way.flow),
                        to_string(way.flow), ruling_text(way.ruling, color), trace_text(way.trace, "    "));
  return text;
}

std::string ruleset_answer_json(const RulesetAnswer& answer, std::string_view question) {
  using namespace report;
  JsonText json;
  json.open_object();
  json.text("question", question);
  json.text("verdict", to_string(answer.ruling));
  json.list("flows", answer.ways, [&](const RulesetWay& way) {
    json.open_object();
    json.text("ruleset", way.file);
    json.number("uid", way.flow.uid);
    json.number("gid", way.flow.gid);
    add_flow(json, way.flow);
    json.text("verdict", to_string(way.ruling));
    json.list("chains", way.trace.hooks, [&](const HookTrace& hook) { add_hook(json, hook); });
    json.close();
  });
  json.texts("notes", answer.notes);
  json.close();
  return json.print();
}

}  // namespace egressc
