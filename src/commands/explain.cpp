#include "commands/explain.h"

#include <fmt/format.h>

#include <span>
#include <stdexcept>

#include "commands/exit_status.h"
#include "commands/explain_answer.h"
#include "commands/explain_options.h"
#include "commands/explain_ruleset.h"
#include "commands/input_policy.h"
#include "commands/inputs.h"
#include "commands/option_reader.h"
#include "commands/policy_file.h"
#include "commands/replay.h"
#include "commands/replay_policy.h"
#include "commands/replay_ruleset.h"
#include "commands/ruleset_file.h"
#include "commands/summary.h"
#include "support/input.h"
#include "support/output.h"

namespace egressc {
namespace {

constexpr std::size_t largest_ruleset = std::size_t{256} << 20;

int fail(const Failure& failure, int status) {
  (void)write_stderr(fmt::format("egressc: {}\n", failure.message));
  return status;
}

void render(const Diagnostics& diagnostics, ColorMode color) {
  (void)write_stderr(diagnostics.render(use_color(color, 2)));
}

int refuse(const Diagnostics& diagnostics, ColorMode color) {
  render(diagnostics, color);
  return exit_status::wrong_input;
}

int print(const std::string& text, bool all_allowed) {
  if (const auto written = write_stdout(text); !written) return fail(written.failure(), exit_status::system_refused);
  return all_allowed ? exit_status::done : exit_status::difference;
}

int answer(const PolicyFile& file, const ExplainOptions& options, Diagnostics& diagnostics) {
  FlowNames names{{}, options.input.users, options.input.groups};
  for (const Subject& subject : file.policy.subjects) names.labels.push_back(subject.label);
  const auto question = read_flow(options.question, names, diagnostics);
  if (!question) return refuse(diagnostics, options.color);
  render(diagnostics, options.color);
  const Answer answer = explain(file.policy, *question, today_for(file.policy, options.input));
  const bool color = use_color(options.color, 1);
  return print(options.json ? answer_json(answer, *question, options.question, file.name)
                            : answer_text(answer, options.question, file.name, color),
               answer.ruling == Ruling::allowed);
}

int replay_logs(const ReplayJudge& judge, const ExplainOptions& options, Diagnostics& diagnostics) {
  auto inputs = read_inputs(options.logs, options.input, diagnostics);
  if (!inputs) return fail(inputs.failure(), exit_status::wrong_input);
  if (*inputs && !(*inputs)->policies.empty())
    diagnostics.error({}, "--log reads logs, and this is a policy", "what two policies allow is for egressc diff");
  if (!*inputs || diagnostics.has_errors()) return refuse(diagnostics, options.color);
  LearnOptions learning = options.input.learn;
  if (judge.by_gid && learning.gids.empty()) learning.gids = {{0, no_id - 1}};
  const Replay result = replay(attempts_of((*inputs)->logs, learning, diagnostics), judge);
  if (result.rows.empty() && result.rest.filtered == 0 && !options.input.allow_empty)
    diagnostics.error({}, "there is no egress in these logs, so nothing could be blocked",
                      "--allow-empty if that is as it should be");
  if (diagnostics.has_errors()) return refuse(diagnostics, options.color);
  render(diagnostics, options.color);
  if (!options.quiet) (void)write_stderr(describe_logs((*inputs)->logs, options.verbose));
  const bool blocked = !result.rows.empty() && result.rows.front().ruling == Ruling::denied;
  return print(options.json ? replay_json(result) : replay_text(result, options.verbose, use_color(options.color, 1)),
               !blocked);
}

int trace_question(std::span<const ReadRuleset> rulesets, const ExplainOptions& options, Diagnostics& diagnostics) {
  const auto question = read_flow(options.question, {{}, options.input.users, options.input.groups}, diagnostics);
  if (question && !question->address)
    diagnostics.error({}, fmt::format("a ruleset has no names: where is {}?", question->name->spelling()),
                      "ask about an address, or ask the policy");
  if (!question || diagnostics.has_errors()) return refuse(diagnostics, options.color);
  render(diagnostics, options.color);
  const RulesetAnswer answer = explain_rulesets(rulesets, *question);
  return print(options.json ? ruleset_answer_json(answer, options.question)
                            : ruleset_answer_text(answer, options.question, use_color(options.color, 1)),
               answer.ruling == Ruling::allowed);
}

int ask_rulesets(LineInput input, const std::string& name, const RulesetWord& word, const ExplainOptions& options,
                 Diagnostics& diagnostics) {
  const auto text = input.rest(largest_ruleset);
  if (!text) return fail(text.failure(), exit_status::wrong_input);
  const auto rulesets = read_rulesets(*text, name, word.dialect, word.family, diagnostics);
  if (!rulesets) return refuse(diagnostics, options.color);
  if (!options.question.empty()) return trace_question(*rulesets, options, diagnostics);
  return replay_logs(ruleset_judge(*rulesets), options, diagnostics);
}

int ask_policy(LineInput input, const std::string& name, const ExplainOptions& options, Diagnostics& diagnostics) {
  const UserIds& users = options.input.users;
  const auto file = read_policy_file(std::move(input), name, users.empty() ? nullptr : &users, diagnostics);
  if (!file) return fail(file.failure(), exit_status::wrong_input);
  if (!*file) return refuse(diagnostics, options.color);
  if (!options.question.empty()) return answer(**file, options, diagnostics);
  return replay_logs(policy_judge((*file)->policy, today_for((*file)->policy, options.input)), options, diagnostics);
}

int run(const ExplainOptions& options, Diagnostics& diagnostics) {
  constexpr std::string_view policy_format = "policy:";
  const bool is_policy = options.operand.starts_with(policy_format);
  std::optional<RulesetWord> ruleset = split_ruleset_word(options.operand);
  const std::string path = ruleset     ? ruleset->path
                           : is_policy ? options.operand.substr(policy_format.size())
                                       : options.operand;
  auto input = LineInput::open(path);
  if (!input) return fail(input.failure(), exit_status::wrong_input);
  const std::string name = path == "-" ? "stdin" : path;
  if (!ruleset && !is_policy)
    if (const auto dialect = sniff_ruleset(input->head())) ruleset = RulesetWord{path, *dialect, std::nullopt};
  return ruleset ? ask_rulesets(std::move(*input), name, *ruleset, options, diagnostics)
                 : ask_policy(std::move(*input), name, options, diagnostics);
}

}  // namespace

int explain(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(explain_help(), true);
  Diagnostics diagnostics;
  const auto options = parse_explain_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) return refuse(diagnostics, ColorMode::automatic);
  try {
    return run(**options, diagnostics);
  } catch (const std::length_error&) { return fail({"the flows do not fit into memory"}, exit_status::system_refused); }
}

}  // namespace egressc
