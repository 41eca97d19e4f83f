#include "commands/compile.h"

#include <fmt/format.h>

#include <cstdlib>

#include "commands/command_line.h"
#include "commands/dialects.h"
#include "commands/input_policy.h"
#include "commands/option_reader.h"
#include "commands/outcome.h"
#include "commands/summary.h"
#include "commands/verify.h"
#include "commands/version.h"
#include "egressc/lower.h"
#include "support/output.h"

namespace egressc {
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

int run(const CompileOptions& options, Diagnostics& diagnostics) {
  const auto read = read_policy_of(options.inputs, options.input, diagnostics);
  if (!read || !*read) {
    render(diagnostics, options.color);
    return read ? exit_status::wrong_input : fail(read.failure(), exit_status::wrong_input);
  }
  const auto& [policy, today, logs, learnt] = **read;
  // Every input is read, nothing in it was an error, and the policy is normalized and valid.

  const auto lowered = lower(policy, {std::string(version), today, options.dump_after}, diagnostics);
  std::vector<PrintedFile> files;
  if (lowered) files = print_dialect(options.dialect, policy, lowered->ruleset, diagnostics, options.accept_below);
  if (files.empty()) {
    render(diagnostics, options.color);
    return exit_status::wrong_input;
  }
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
    (void)write_stderr(lowered->dump + describe_logs(logs, options.verbose) + describe_learning(learnt) +
                       describe_policy(policy, lowered->ruleset.policy_hash));
  else
    (void)write_stderr(lowered->dump);
  // Everything is written. The kernel takes a million small objects back at once; their destructors would not.
  std::_Exit(exit_status::done);
}

}  // namespace

int compile(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(compile_help());
  Diagnostics diagnostics;
  const auto options = parse_compile_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  return run(**options, diagnostics);
}

}  // namespace egressc
