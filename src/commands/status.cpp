#include "commands/status.h"

#include <fmt/format.h>

#include <stdexcept>

#include "commands/change_options.h"
#include "commands/input_policy.h"
#include "commands/operand.h"
#include "commands/outcome.h"
#include "commands/reviewed_policy.h"
#include "commands/status_text.h"
#include "commands/version.h"
#include "egressc/guardian.h"
#include "egressc/lower.h"
#include "egressc/policy_flows.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

constexpr std::chrono::seconds patience{10};

struct StatusOptions {
  ChangeOptions place;  // its namespace, its state directory, and how to print
  std::string policy;   // "": the one that was applied
  bool json = false;
};

po::options_description visible_options() {
  po::options_description options("Options", 100);
  add_namespace_options(options);
  options.add_options()("json", "one JSON document")("color", po::value<std::string>()->value_name("auto|always|never"),
                                                     "colors (default: on a terminal)")("help,h", "this text");
  return options;
}

std::string help() {
  return fmt::format(
      "usage: egressc status [options] [POLICY]\n\n"
      "Says what runs, since when, from which policy, whether it is what that policy says, what waits for its\n"
      "confirmation, and how many packets each grant has let through. POLICY is compared in place of the one that was\n"
      "applied: for rules that nft loaded.\n\n{}\n"
      "Exit status: 0 it runs as the policy says, 1 it does not or nothing runs, 2 wrong input, 3 the kernel refused.\n"
      "See egressc-status(1).\n",
      help_of(visible_options()));
}

// The parts of "egressc VERSION policy sha256 HASH".
AppliedPolicy applied_policy(const std::string& comment) {
  constexpr std::string_view scheme = "sha256:";
  AppliedPolicy applied;
  const std::string hash = hash_in(comment);
  if (hash.empty()) return applied;
  applied.hash = hash.substr(scheme.size());
  const std::size_t begin = comment.find(' ') + 1;
  applied.version = comment.substr(begin, comment.find(' ', begin) - begin);
  return applied;
}

AppliedPolicy applied_policy(const StateRecord& record) {
  AppliedPolicy applied = applied_policy(record.comment);
  if (record.time != no_time) applied.since = record.time;
  applied.file = record.kind == RecordKind::policy ? record.file : describe(record);
  return applied;
}

// Drift and counters, where the policy is known.
class Comparison {
 public:
  // `applied`: when it was lowered; nullopt: not known.
  Comparison(const Policy& policy, std::string name, std::optional<Micros> applied, StatusReport& report)
      : policy_(policy), name_(std::move(name)), applied_(applied), report_(report) {}

  // Both stay unknown where errors are added.
  void read(const std::string& json, Diagnostics& diagnostics) {
    const auto counts = read_table_counts(json, "kernel", diagnostics);
    InputOptions then;
    then.now = applied_;
    const auto day = today_for(policy_, then);
    const auto lowered = lower(policy_, {std::string(version), day, {}}, diagnostics);
    if (counts && lowered) report_.usage = usage_of(policy_, lowered->ruleset, *counts, day);
    LiveMarkers markers(true);
    auto filter = read_nftables_json(json, "kernel", diagnostics, {&markers, {}});
    if (!filter) return;
    const Side runs =
        side_of({"what runs", {}, {}, {ReadRuleset{"kernel", std::move(*filter), possible_flows()}}}, markers);
    const Side says = side_of({name_, policy_, today_for(policy_, {}), {}}, markers);
    const Difference difference = compare(says, runs);
    report_.drift = difference.empty() ? Drift::none : Drift::drifted;
    if (!difference.empty()) report_.drift_text = describe(by_subject(difference, says, runs, markers), false);
  }

 private:
  const Policy& policy_;
  std::string name_;
  std::optional<Micros> applied_;
  StatusReport& report_;
};

Result<std::optional<PolicyFile>> known_policy(const StatusOptions& options, const std::optional<StateRecord>& record,
                                               Diagnostics& diagnostics) {
  const UserIds users = host_users();
  if (!options.policy.empty()) return read_reviewed_policy(options.policy, "status", &users, diagnostics);
  if (!record || record->kind != RecordKind::policy) return std::optional<PolicyFile>();
  auto policy = read_policy(record->body, record->file, &users, diagnostics);
  if (!policy) return std::optional<PolicyFile>();
  return std::optional(PolicyFile{record->file, record->body, std::move(*policy)});
}

Result<StatusReport> report(Kernel& kernel, const StatusOptions& options, Diagnostics& diagnostics) {
  const std::string& netns = options.place.netns;
  StatusReport report;
  if (const Ability ability = kernel.abilities().net_admin; !ability.given) return Failure{ability.reason};
  const auto network = kernel.identify(netns);
  if (!network) return network.failure();
  report.netns = network->name;
  const State state(options.place.state_directory, network->key);
  const auto table = kernel.own_table(netns);
  if (!table) return table.failure();
  const auto record = state.running(*table);
  if (!record) return record.failure();
  const auto previous = state.previous(*table);
  if (!previous) return previous.failure();
  const auto guardian = ask_guardian(state.socket(), GuardianRequest::status, patience);
  if (guardian && guardian->kind == GuardianAnswer::Kind::waiting) report.pending = Pending{guardian->left, {}};
  if (!guardian) report.warnings.push_back(guardian.failure().message);

  report.table_present = table->present && table->comment != warm_up_comment;
  if (*record) report.current = applied_policy(**record);
  if (report.pending && *record) report.pending->since = report.current.since;
  const AppliedPolicy said = applied_policy(table->comment);
  report.current.version = said.version;
  report.current.hash = said.hash;
  if (*previous) report.previous = applied_policy(**previous);
  if (!report.table_present) return report;

  auto policy = known_policy(options, *record, diagnostics);
  if (!policy) return policy.failure();
  if (!*policy) return report;
  const auto json = kernel.own_json(netns);
  if (!json) return json.failure();
  const auto applied = options.policy.empty() ? report.current.since : std::nullopt;
  Comparison((*policy)->policy, (*policy)->name, applied, report).read(*json, diagnostics);
  return report;
}

int run(const StatusOptions& options) {
  Diagnostics diagnostics;
  const auto kernel = make_kernel();
  const auto found = report(*kernel, options, diagnostics);
  render(diagnostics, options.place.color);
  if (!found) return fail(found.failure(), exit_status::system_refused);
  if (diagnostics.has_errors()) return exit_status::wrong_input;
  const Micros now = system_now();
  const bool is_well = found->table_present && found->drift != Drift::drifted;
  return print(options.json ? describe_status_json(*found, now)
                            : describe_status(*found, now, use_color(options.place.color, 1)),
               is_well ? exit_status::done : exit_status::difference);
}

}  // namespace

int status(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(help());
  Diagnostics diagnostics;
  StatusOptions options;
  if (const auto values = read_arguments("status", visible_options(), arguments, diagnostics)) {
    OptionReader reader(*values, diagnostics);
    read_namespace_options(reader, options.place);
    options.json = reader.flag("json");
    reader.value("color", options.place.color, parse_color_mode, "auto, always or never");
    const auto words = reader.list("input");
    if (words.size() > 1)
      diagnostics.error({}, fmt::format("status takes one policy, and here are {}", words.size()), "egressc status --help");
    else if (words.size() == 1)
      options.policy = words.front();
  }
  if (diagnostics.has_errors()) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  try {
    return run(options);
  } catch (const std::length_error&) {
    return fail({"the rules are too complex to compare: their flows do not fit into memory"},
                exit_status::system_refused);
  }
}

}  // namespace egressc
