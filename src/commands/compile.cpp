#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "commands/commands.h"
#include "commands/review.h"
#include "egressc/lower.h"
#include "intake/extending.h"
#include "intake/guards.h"
#include "intake/inputs.h"
#include "prove/dialects.h"
#include "prove/verify.h"
#include "report/summary.h"
#include "support/output.h"

namespace egressc::commands {
namespace {

Result<Done> write_output(const std::vector<PrintedFile>& files, const CompileOptions& options) {
  if (options.output.empty()) return write_stdout(files.front().text);
  if (options.dialect != "all") return write_file_atomically(options.output, files.front().text);
  std::vector<OutputFile> outputs;
  for (const PrintedFile& file : files) outputs.push_back({file.name, file.text});
  return write_directory(options.output, outputs);
}

// What differs, or "".
Result<std::string> verify(std::span<const PrintedFile> files, const Ruleset& ruleset, const Policy& policy,
                           std::optional<CivilDate> today, Verification how, Diagnostics& diagnostics) {
  if (how == Verification::none) return std::string();
  const std::vector<PrintedFile> beside = print_beside(files, ruleset);
  if (how == Verification::model) return differences(files, policy, today, beside);
  return kernel_differences(files, policy, today, *make_kernel(), diagnostics, beside);
}

bool is_ruleset(std::string_view dialect) { return dialect != "policy" && dialect != "json"; }

// What would fill a policy without grants, by what there is for review.
std::string_view way_out(const Policy& policy, const LearnSummary& learnt) {
  const auto is_denied = [](const auto& entry) { return entry.reason == Reason::denied; };
  const bool has_denied = std::any_of(policy.subjects.begin(), policy.subjects.end(), [&](const Subject& subject) {
    return std::any_of(subject.review.begin(), subject.review.end(), is_denied);
  });
  if (has_denied) return "--include-denied grants what was denied; --to policy shows what is for review";
  if (learnt.claimed + learnt.refused != 0)
    return "claims alone grant nothing: read packets or audit records beside them, which `egressc watch-rules` "
           "switches on; or say whose they are with --as-uid N and believe them with --trust claimed; --to policy "
           "shows them";
  return "grant what is needed: --to policy shows what is for review";
}

// A ruleset of no grants cuts off whomever it is about.
void refuse_empty(const Policy& policy, const LearnSummary& learnt, const CompileOptions& options,
                  Diagnostics& diagnostics) {
  if (!is_ruleset(options.dialect)) return;
  refuse_nobody(policy, diagnostics);
  if (diagnostics.has_errors()) return;
  const auto has_grants = [](const Subject& subject) { return !subject.allow.empty(); };
  const bool is_allowed =
      options.input.allow_empty && (policy.scope == Scope::subjects || policy.mode == Mode::monitor);
  if (is_allowed || std::any_of(policy.subjects.begin(), policy.subjects.end(), has_grants)) return;
  const std::string_view way = way_out(policy, learnt);
  if (policy.scope == Scope::host && policy.mode == Mode::enforce)
    diagnostics.error({},
                      "the policy grants nothing, and its scope is host: the ruleset would cut off every user of "
                      "this host, root and the system's services too",
                      fmt::format("{}; or --scope subjects, for users that are named", way));
  else
    diagnostics.error({}, "the policy grants nothing: the ruleset would deny all that it is about",
                      fmt::format("--allow-empty if that is as it should be; else {}", way));
}

// Every input was read, nothing in it was an error, and the policy is normalized and valid.
int write(const CompileOptions& options, const Ceiling& ceiling, const InputPolicy& input,
          const ExtendedPolicy* extended, Diagnostics& diagnostics) {
  const auto& [policy, today, logs, learnt, cut, generalized, operands] = input;
  if (const std::string beyond = beyond_guard(policy, ceiling); !beyond.empty())
    return fail({"the policy is beyond its guard, so nothing is written; please report this\n" + beyond},
                exit_status::not_equal);

  refuse_empty(policy, learnt, options, diagnostics);
  if (diagnostics.has_errors()) return refuse(diagnostics, options.color);
  const auto lowered = lower_policy(policy, {std::string(version), today, options.dump_after}, diagnostics);
  std::vector<PrintedFile> files;
  if (lowered) files = print_dialect(options.dialect, policy, lowered->ruleset, diagnostics, options.accept_below);
  if (files.empty()) {
    render(diagnostics, options.color);
    return exit_status::wrong_input;
  }
  if (extended != nullptr)
    for (PrintedFile& file : files)
      if (file.dialect == (extended->json ? "json" : "policy")) file.text = extended->text;
  const auto report = verify(files, lowered->ruleset, policy, today, options.verify, diagnostics);
  render(diagnostics, options.color);
  if (!report)
    return fail({report.failure().message + "\n  hint: --verify model asks no kernel"}, exit_status::system_refused);
  if (diagnostics.has_errors())
    return fail({"the kernel refuses the output, so nothing is written"}, exit_status::system_refused);
  if (!report->empty())
    return fail({"the output is not equal to the policy, so nothing is written; please report this\n" + *report},
                exit_status::not_equal);
  // The output is complete, and not yet written.

  if (const auto written = write_output(files, options); !written)
    return fail(written.failure(), exit_status::system_refused);
  if (!options.quiet)
    (void)write_stderr(lowered->dump + describe_logs(logs, options.verbose) + describe_operands(operands) +
                       describe_learning(learnt, options.verbose) + describe_cut(cut) +
                       describe_generalized(generalized) + (extended != nullptr ? describe_extension(*extended) : "") +
                       describe_policy(policy, lowered->ruleset.policy_hash));
  else
    (void)write_stderr(lowered->dump);
  // Everything is written. The kernel takes a million small objects back at once; their destructors would not.
  std::_Exit(exit_status::done);
}

int run_compile(CompileOptions& options, Diagnostics& diagnostics) {
  const auto context = open_context(options.input, diagnostics);
  if (!context || !*context) return refuse(context, diagnostics, options.color);
  if (options.extending.base.empty()) {
    const auto read = read_policy_of(options.inputs, **context, diagnostics);
    if (!read || !*read) return refuse(read, diagnostics, options.color);
    return write(options, (*context)->ceiling, **read, nullptr, diagnostics);
  }
  const auto read = extend_policy_file(options.inputs, **context, options.extending, diagnostics);
  if (!read || !*read) return refuse(read, diagnostics, options.color);
  if (!(*read)->holds) {
    render(diagnostics, options.color);
    return fail({fmt::format("{}: extended, it would not say what it said before and what is new, so nothing is "
                             "written; please report this",
                             options.extending.base)},
                exit_status::not_equal);
  }
  if (options.dialect.empty()) options.dialect = (*read)->json ? "json" : "policy";
  return write(options, (*context)->ceiling, (*read)->input, &**read, diagnostics);
}

}  // namespace

int compile(const Words& words) { return run_command("compile", words, run_compile); }

}  // namespace egressc::commands
