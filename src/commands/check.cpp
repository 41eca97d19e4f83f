#include <algorithm>

#include "commands/commands.h"
#include "commands/review.h"
#include "egressc/flow_space.h"
#include "intake/guards.h"
#include "intake/inputs.h"
#include "intake/policy_file.h"
#include "lint/lint.h"
#include "report/findings.h"
#include "support/output.h"
#include "support/passwd.h"

namespace egressc::commands {
namespace {

constexpr std::size_t most_of_a_host_file = std::size_t{16} << 20;

// "" with a note, where the host does not have it or does not show it.
std::string host_file(const std::string& path, Diagnostics& diagnostics) {
  auto input = LineInput::open(path, FileKind::regular);
  auto text = input ? input->rest(most_of_a_host_file) : Result<std::string>(input.failure());
  if (text) return std::move(*text);
  diagnostics.note({}, text.failure().message, "what it would tell is not checked");
  return {};
}

Result<LintOptions> lint_options(const CheckOptions& options, Diagnostics& diagnostics) {
  LintOptions lint;
  lint.now = options.now ? *options.now : system_now();
  if (options.passwd) {
    auto users = read_name_ids(*options.passwd, diagnostics);
    if (!users) return users.failure();
    lint.users = std::move(*users);
  }
  if (!options.host) return lint;
  if (lint.users.empty()) {
    Diagnostics ignored;  // a line of the host's that is no user says nothing of the policy
    lint.users = parse_name_ids(host_file("/etc/passwd", diagnostics), "/etc/passwd", ignored);
  }
  lint.host = HostFiles{host_file("/etc/subuid", diagnostics), host_file("/etc/resolv.conf", diagnostics)};
  return lint;
}

// nullopt: an error was added.
std::optional<std::vector<Finding>> findings_of(const PolicyFile& file, const LintOptions& options,
                                                const Ceiling& ceiling, const std::vector<std::string>& ignore,
                                                Diagnostics& diagnostics) {
  auto findings = within_flow_limit([&] { return review(file, options, ceiling); });
  if (!findings) {
    diagnostics.error({file.name, 0, 0}, "its grants overlap in more ways than can be computed with",
                      "split the policy, or have fewer prefixes within each other");
    return std::nullopt;
  }
  std::erase_if(*findings, [&](const Finding& finding) {
    return std::find(ignore.begin(), ignore.end(), finding.rule) != ignore.end();
  });
  return std::move(*findings);
}

int status_of(const std::vector<Reviewed>& files, FailOn fail_on) {
  for (const Reviewed& file : files)
    for (const Finding& finding : file.findings)
      if (static_cast<unsigned>(finding.severity) >= static_cast<unsigned>(fail_on)) return exit_status::difference;
  return exit_status::done;
}

int run_check(CheckOptions& options, Diagnostics& diagnostics) {
  const auto lint = lint_options(options, diagnostics);
  if (!lint || diagnostics.has_errors()) return refuse(lint, diagnostics, options.color);
  const UserIds* users = lint->users.empty() ? nullptr : &lint->users;
  const auto ceiling = read_guards(options.guards, users, diagnostics);
  if (!ceiling || !*ceiling) return refuse(ceiling, diagnostics, options.color);
  std::vector<PolicyFile> files;
  for (const std::string& word : options.policies) {
    auto file = read_policy_file(word, users, diagnostics);
    if (!file) return refuse(file, diagnostics, options.color);
    if (*file) files.push_back(std::move(**file));
  }
  std::vector<Reviewed> reviewed;
  if (!diagnostics.has_errors())
    for (const PolicyFile& file : files)
      if (auto findings = findings_of(file, *lint, **ceiling, options.ignore, diagnostics))
        reviewed.push_back({file.text, std::move(*findings)});
  if (diagnostics.has_errors()) return refuse(diagnostics, options.color);
  for (const PolicyFile& file : files) tell_unlimited(file.policy, **ceiling, diagnostics);
  render(diagnostics, options.color);

  const std::size_t most = options.verbose ? std::string::npos : most_of_a_kind;
  const std::string text =
      options.json ? findings_json(reviewed) : findings_text(reviewed, most, use_color(options.color, 1));
  if (const auto written = write_stdout(text); !written) return fail(written.failure(), exit_status::system_refused);
  if (!options.quiet && !options.json) (void)write_stderr(findings_summary(reviewed) + '\n');
  return status_of(reviewed, options.fail_on);
}

}  // namespace

int check(const Words& words) { return run_command("check", words, run_check); }

}  // namespace egressc::commands
