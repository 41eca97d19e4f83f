#include "egressc/explain.h"

#include <fmt/core.h>

#include "commands/commands.h"
#include "intake/inputs.h"
#include "intake/operand.h"
#include "report/explain.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

// The exit status that says whether everything asked for is allowed.
int status_of(bool all_allowed) { return all_allowed ? exit_status::done : exit_status::difference; }

int answer(const Operand& operand, const InputContext& input, const ExplainOptions& options, Diagnostics& diagnostics) {
  FlowNames names{{}, input.users, input.groups};
  for (const Subject& subject : operand.policy->subjects) names.labels.push_back(subject.label);
  const auto question = read_flow(options.question, names, diagnostics);
  if (!question) return refuse(diagnostics, options.color);
  render(diagnostics, options.color);
  const Answer answer = explain_flow(*operand.policy, *question, operand.today);
  const bool color = use_color(options.color, 1);
  return print(options.json ? answer_json(answer, *question, options.question, operand.name)
                            : answer_text(answer, options.question, operand.name, color),
               status_of(answer.ruling == Ruling::allowed));
}

int replay_logs(const ReplayJudge& judge, const InputContext& input, const ExplainOptions& options,
                Diagnostics& diagnostics) {
  auto inputs = read_inputs(options.logs, input, diagnostics);
  if (!inputs) return fail(inputs.failure(), exit_status::wrong_input);
  if (*inputs && !(*inputs)->policies.empty())
    diagnostics.error({}, "--log reads logs, and this is a policy", "what two policies allow is for egressc diff");
  if (!*inputs || diagnostics.has_errors()) return refuse(diagnostics, options.color);
  LearnOptions learning = input.options.learn;
  if (judge.by_gid && learning.gids.empty()) learning.gids = {every_id};
  const Replay result = replay(attempts_of((*inputs)->logs, learning, diagnostics), judge);
  if (result.rows.empty() && result.rest.filtered == 0 && !input.options.allow_empty)
    diagnostics.error({}, "there is no egress in these logs, so nothing could be blocked",
                      "--allow-empty if that is as it should be");
  if (diagnostics.has_errors()) return refuse(diagnostics, options.color);
  render(diagnostics, options.color);
  if (!options.quiet) (void)write_stderr(describe_logs((*inputs)->logs, options.verbose));
  const bool blocked = !result.rows.empty() && result.rows.front().ruling == Ruling::denied;
  return print(options.json ? replay_json(result, (*inputs)->logs)
                            : replay_text(result, options.verbose, use_color(options.color, 1)),
               status_of(!blocked));
}

int trace_question(std::span<const ReadRuleset> rulesets, const InputContext& input, const ExplainOptions& options,
                   Diagnostics& diagnostics) {
  const auto question = read_flow(options.question, {{}, input.users, input.groups}, diagnostics);
  if (question && !question->address)
    diagnostics.error({}, fmt::format("a ruleset has no names: where is {}?", question->name->spelling()),
                      "ask about an address, or ask the policy");
  if (!question || diagnostics.has_errors()) return refuse(diagnostics, options.color);
  render(diagnostics, options.color);
  const RulesetAnswer answer = explain_rulesets(rulesets, *question);
  return print(options.json ? ruleset_answer_json(answer, options.question)
                            : ruleset_answer_text(answer, options.question, use_color(options.color, 1)),
               status_of(answer.ruling == Ruling::allowed));
}

int run_explain(ExplainOptions& options, Diagnostics& diagnostics) {
  auto context = open_operand_context(options.input, options.ipset, diagnostics);
  if (!context || !*context) return refuse(context, diagnostics, options.color);
  const InputContext input = (*context)->input;
  LiveMarkers markers;
  const auto kernel = make_kernel();
  (*context)->markers = &markers;
  (*context)->kernel = kernel.get();
  // These are about the question and the replay.
  (*context)->input.options.learn = {};
  const auto operand = read_operand(options.operand, **context, diagnostics);
  if (!operand || !*operand)
    return refuse(operand, diagnostics, options.color,
                  options.operand.starts_with("kernel") ? exit_status::system_refused : exit_status::wrong_input);
  if (const auto& policy = (*operand)->policy) {
    if (!options.question.empty()) return answer(**operand, input, options, diagnostics);
    return replay_logs(policy_judge(*policy, (*operand)->today), input, options, diagnostics);
  }
  if (!options.question.empty()) return trace_question((*operand)->rulesets, input, options, diagnostics);
  return replay_logs(ruleset_judge((*operand)->rulesets), input, options, diagnostics);
}

}  // namespace

int explain(const Words& words) { return run_command("explain", words, run_explain); }

}  // namespace egressc::commands
