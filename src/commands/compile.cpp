#include "commands/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "commands/command_line.h"
#include "commands/dialects.h"
#include "commands/exit_status.h"
#include "commands/inputs.h"
#include "commands/option_reader.h"
#include "commands/summary.h"
#include "commands/today.h"
#include "commands/verify.h"
#include "commands/version.h"
#include "egressc/lower.h"
#include "support/output.h"

namespace egressc {
namespace {

int fail(const Failure& failure, int status) {
  (void)write_stderr(fmt::format("egressc: {}\n", failure.message));
  return status;
}

void render(const Diagnostics& diagnostics, const CompileOptions& options) {
  (void)write_stderr(diagnostics.render(use_color(options.color, 2)));
}

// One policy from all inputs. Where policy files are given, their settings hold, but for what the command line says.
std::optional<Policy> combine(std::optional<Policy> learnt, std::vector<Policy> files, const CompileOptions& options,
                              Diagnostics& diagnostics) {
  if (files.empty()) return learnt;
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
  validate(policy, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return policy;
}

bool is_empty(const Policy& policy) {
  return policy.review.empty() &&
         std::all_of(policy.subjects.begin(), policy.subjects.end(),
                     [](const Subject& subject) { return subject.allow.empty() && subject.review.empty(); });
}

Result<Done> write_output(const std::vector<PrintedFile>& files, const CompileOptions& options) {
  if (options.output.empty()) return write_stdout(files.front().text);
  if (options.dialect != "all") return write_file_atomically(options.output, files.front().text);
  std::vector<OutputFile> outputs;
  for (const PrintedFile& file : files) outputs.push_back({file.name, file.text});
  return write_directory(options.output, outputs);
}

int run(const CompileOptions& options, Diagnostics& diagnostics) {
  auto inputs = read_inputs(options, diagnostics);
  if (!inputs) {
    render(diagnostics, options);
    return fail(inputs.failure(), exit_status::wrong_input);
  }
  if (!*inputs) {
    render(diagnostics, options);
    return exit_status::wrong_input;
  }
  // Every input is read, and nothing in it was an error.

  std::string summary = describe_logs((*inputs)->logs, options.verbose);
  const bool only_logs = (*inputs)->policies.empty();
  std::optional<Policy> learnt;
  if (!(*inputs)->logs.empty()) {
    Learnt result = learn((*inputs)->logs, options.learn, diagnostics);
    summary += describe_learning(result.summary);
    learnt = std::move(result.policy);
  }
  if (only_logs && is_empty(*learnt) && !options.allow_empty)
    diagnostics.error({}, "there is no egress in these logs, so nothing would be allowed",
                      "--allow-empty makes a ruleset that denies everything");
  const auto policy = combine(std::move(learnt), std::move((*inputs)->policies), options, diagnostics);
  if (!policy || diagnostics.has_errors()) {
    render(diagnostics, options);
    return exit_status::wrong_input;
  }
  // One normalized, valid policy.

  const auto today = today_for(*policy, options.now);
  const auto lowered = lower(*policy, {std::string(version), today, options.dump_after}, diagnostics);
  std::vector<PrintedFile> files;
  if (lowered) files = print_dialect(options.dialect, *policy, lowered->ruleset, diagnostics);
  render(diagnostics, options);
  if (files.empty()) return exit_status::wrong_input;
  if (options.verify)
    if (const std::string report = differences(files, *policy, today); !report.empty())
      return fail({"the output is not equal to the policy, so nothing is written; please report this\n" + report},
                  exit_status::not_equal);
  // The output is complete, and not yet written.

  if (const auto written = write_output(files, options); !written)
    return fail(written.failure(), exit_status::system_refused);
  if (!options.quiet)
    (void)write_stderr(lowered->dump + summary + describe_policy(*policy, lowered->ruleset.policy_hash));
  else
    (void)write_stderr(lowered->dump);
  // Everything is written. The kernel takes a million small objects back at once; their destructors would not.
  std::_Exit(exit_status::done);
}

}  // namespace

int compile(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) {
    const auto written = write_stdout(compile_help());
    return written ? exit_status::done : fail(written.failure(), exit_status::system_refused);
  }
  Diagnostics diagnostics;
  const auto options = parse_compile_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) {
    render(diagnostics, {});
    return exit_status::wrong_input;
  }
  return run(**options, diagnostics);
}

}  // namespace egressc
