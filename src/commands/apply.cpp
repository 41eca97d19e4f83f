#include "commands/apply.h"

#include <fmt/core.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <stdexcept>

#include "cli/option_reader.h"
#include "cli/outcome.h"
#include "commands/rehearse.h"
#include "deploy/deploy.h"
#include "intake/guards.h"
#include "intake/input_policy.h"
#include "intake/reviewed_policy.h"
#include "kernel/kernel.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

struct ApplyOptions {
  std::string policy;
  ChangeOptions change;
  InputOptions input;  // `now`, `users` and `ceiling`
  bool has_own_users = false;
};

bool is_standard_input(std::string_view word) { return word == "-" || word == "policy:-"; }

po::options_description visible_options() {
  po::options_description options("Options", 100);
  add_change_options(options);
  add_guard_options(options);
  options.add_options()("create", "make the network namespace of --netns if there is none")(
      "passwd", po::value<std::string>()->value_name("FILE"),
      "names of users, in the form of passwd(5) (default: /etc/passwd)")(
      "now", po::value<std::string>()->value_name("TIME"), "for grants that expire (default: the system's clock)");
  return options;
}

std::string help() {
  return fmt::format(
      "usage: egressc apply [options] POLICY\n"
      "       egressc apply --rehearse [rehearse options] POLICY\n\n"
      "Puts a reviewed policy into the kernel, into the table inet egressc and no other, at one moment.\n"
      "Before that the kernel tries it, and what would change is shown and asked about. - is standard input.\n\n{}\n"
      "Exit status: 0 applied, 2 wrong input, 3 refused, nothing changed, 5 internal.\n"
      "See egressc-apply(1), egressc-confirm(1), egressc-rollback(1) and egressc-status(1).\n",
      help_of(visible_options()));
}

Result<std::optional<ApplyOptions>> parse_options(const std::vector<std::string>& arguments, Diagnostics& diagnostics) {
  const auto values = read_arguments("apply", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<ApplyOptions>();
  OptionReader reader(*values, diagnostics);
  ApplyOptions options;
  options.change = read_change_options(reader);
  options.change.create = reader.flag("create");
  if (options.change.create && options.change.netns.empty())
    diagnostics.error({}, "--create makes the network namespace of --netns, and none is named", "add --netns NAME");
  auto input = read_input_options(reader, diagnostics);
  if (!input) return input.failure();
  options.input = std::move(*input);
  options.has_own_users = reader.flag("passwd");
  if (!options.has_own_users) options.input.users = host_users();
  auto ceiling = read_guards(read_guard_options(reader), &options.input.users, diagnostics);
  if (!ceiling) return ceiling.failure();
  if (*ceiling) options.input.ceiling = std::move(**ceiling);
  const auto words = reader.list("input");
  if (words.size() == 1)
    options.policy = words.front();
  else
    diagnostics.error({}, fmt::format("apply takes one policy, and here are {}", words.size()),
                      words.empty() ? "egressc apply policy.yaml"
                                    : "egressc compile --to policy -o one.yaml FILE... makes one of several");
  if (is_standard_input(options.policy) && !options.change.yes && !options.change.dry_run)
    diagnostics.error({}, "the policy is standard input, so nobody can be asked", "add --yes");
  if (diagnostics.has_errors()) return std::optional<ApplyOptions>();
  return std::optional(std::move(options));
}

std::string absolute(const std::string& name) {
  char path[PATH_MAX];
  return ::realpath(name.c_str(), path) == nullptr ? std::string() : std::string(path);
}

int run(const ApplyOptions& options, Diagnostics& diagnostics) {
  auto policy = read_reviewed_policy(options.policy, "apply", &options.input.users, diagnostics);
  if (!policy || !*policy) {
    render(diagnostics, options.change.color);
    return policy ? exit_status::wrong_input : fail(policy.failure(), exit_status::wrong_input);
  }
  const Ceiling& ceiling = options.input.ceiling;
  refuse_excess((*policy)->policy, ceiling, diagnostics);
  if (diagnostics.has_errors()) {
    render(diagnostics, options.change.color);
    return exit_status::wrong_input;
  }
  if (const std::string beyond = beyond_guard((*policy)->policy, ceiling); !beyond.empty())
    return fail({"the policy is beyond its guard, so nothing is changed; please report this\n" + beyond},
                exit_status::not_equal);
  const std::string file = is_standard_input(options.policy) ? std::string() : absolute((*policy)->name);
  const auto today = today_for((*policy)->policy, options.input);
  // What is remembered has to mean the same later on.
  if (options.has_own_users) (*policy)->text = write_policy_yaml((*policy)->policy);
  return apply_policy(*make_kernel(), std::move(**policy), file, today, options.change, diagnostics);
}

}  // namespace

int apply(const std::vector<std::string>& arguments) {
  if (const auto word = std::find(arguments.begin(), arguments.end(), "--rehearse"); word != arguments.end()) {
    std::vector<std::string> others(arguments.begin(), word);
    others.insert(others.end(), word + 1, arguments.end());
    return rehearse(others);
  }
  if (wants_help(arguments)) return print(help());
  Diagnostics diagnostics;
  const auto options = parse_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  try {
    return run(**options, diagnostics);
  } catch (const std::length_error&) {
    return fail({"the rules are too complex to compare: their flows do not fit into memory; nothing is changed"},
                exit_status::system_refused);
  }
}

}  // namespace egressc
