#include "cli/check_options.h"

#include <algorithm>

#include "cli/option_reader.h"
#include "lint/lint.h"
#include "support/passwd.h"

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

po::options_description visible_options() {
  po::options_description options("Options", 100);
  options.add_options()("fail-on", po::value<std::string>()->value_name("note|warning|error|never"),
                        "exit with status 1 for findings of this severity and above (default: warning)")(
      "ignore", po::value<Words>()->value_name("ID"), "leave out the findings of this kind")(
      "host", "the policy is for this host: read its /etc/passwd, /etc/subuid, /etc/resolv.conf and guard")(
      "passwd", po::value<std::string>()->value_name("FILE"), "names of users, in the form of passwd(5)")(
      "now", po::value<std::string>()->value_name("TIME"), "for grants that expire (default: the system's clock)")(
      "json", "one JSON document on standard output")("help,h", "this text")("quiet,q", "no summary")(
      "verbose,v", "every finding, also where there are many of a kind")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors");
  add_guard_options(options);
  return options;
}

std::optional<FailOn> parse_fail_on(std::string_view text) {
  constexpr std::string_view words[] = {"note", "warning", "error", "never"};
  const auto* word = std::find(std::begin(words), std::end(words), text);
  if (word == std::end(words)) return std::nullopt;
  return static_cast<FailOn>(word - std::begin(words));
}

void check_ignored(const Words& ids, Diagnostics& diagnostics) {
  std::vector<std::string_view> known;
  for (const LintRule& rule : lint_rules()) known.push_back(rule.id);
  for (const std::string& id : ids) {
    if (std::find(known.begin(), known.end(), id) != known.end()) continue;
    const std::string_view best = closest(id, known);
    diagnostics.error({}, fmt::format("--ignore {}: there is no such finding", id),
                      best.empty() ? "egressc check --help lists them" : fmt::format("did you mean {}?", best));
  }
}

std::string_view word(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

}  // namespace

std::string check_help() {
  std::string rules;
  for (const LintRule& rule : lint_rules())
    rules += fmt::format("  {:18} {:8} {}\n", rule.id, word(rule.severity), rule.summary);
  return fmt::format(
      "usage: egressc check [options] POLICY...\n\n"
      "Says what a reviewer of a policy should look at. Each file is checked by itself; - is standard input.\n\n"
      "{}\nFindings, and the most that they count for:\n{}\nSee egressc-check(1) and egressc-policy(5).\n",
      help_of(visible_options()), rules);
}

Result<std::optional<CheckOptions>> parse_check_options(const Words& arguments, Diagnostics& diagnostics) {
  const auto values = read_arguments("check", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<CheckOptions>();
  OptionReader reader(*values, diagnostics);
  CheckOptions options;
  if (reader.flag("passwd")) {
    auto users = read_name_ids(reader.text("passwd"), diagnostics);
    if (!users) return users.failure();
    options.users = std::move(*users);
  }
  options.policies = reader.list("input");
  options.ignore = reader.list("ignore");
  check_ignored(options.ignore, diagnostics);
  reader.value("fail-on", options.fail_on, parse_fail_on, "note, warning, error or never");
  reader.value(
      "now", options.now, [](std::string_view text) { return parse_iso_time(text); },
      "a time such as 2026-11-23T07:00:00Z");
  reader.value("color", options.color, parse_color_mode, "auto, always or never");
  options.host = reader.flag("host");
  options.guards = read_guard_options(reader);
  if (!options.host && !reader.flag("system-guard")) options.guards.system.clear();
  options.json = reader.flag("json");
  options.quiet = reader.flag("quiet");
  options.verbose = reader.flag("verbose");
  if (options.policies.empty()) diagnostics.error({}, "no policy", "egressc check policy.yaml");
  if (std::count_if(options.policies.begin(), options.policies.end(),
                    [](const std::string& word) { return word == "-" || word == "policy:-"; }) > 1)
    diagnostics.error({}, "standard input can be read only once", "give at most one policy as -");
  if (diagnostics.has_errors()) return std::optional<CheckOptions>();
  return std::optional(std::move(options));
}

}  // namespace egressc
