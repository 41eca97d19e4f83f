#include "cli/options.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/option_values.h"
#include "model/words/text.h"
#include "model/words/words.h"

namespace egressc::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t most_probes = 100'000;
constexpr std::string_view kernel_word = "kernel";

constexpr std::size_t longest_prefix = 127;    // of a rule of nft
constexpr std::size_t longest_watch_tag = 27;  // the LOG target takes 29 bytes, and ": " stands behind it

template <typename Number>
auto within(std::size_t least, std::size_t most) {
  return [=](std::string_view text) {
    const auto number = parse_number_within(text, least, most);
    return number ? std::optional(static_cast<Number>(*number)) : std::nullopt;
  };
}

std::optional<IdRange> parse_id_range(std::string_view text, const UserIds& names) {
  if (const auto name = names.find(text); name != names.end()) return IdRange{name->second, name->second};
  const std::size_t dash = text.find('-');
  const auto id = within<std::uint32_t>(0, no_id - 1);
  const auto first = id(text.substr(0, dash));
  const auto last = dash == text.npos ? first : id(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return IdRange{*first, *last};
}

// Numbers, ranges and names, separated by commas: "1000-1005,agent".
std::optional<std::vector<IdRange>> parse_ids(std::string_view text, const UserIds& names) {
  std::vector<IdRange> ids;
  for (const std::string_view part : parts_of(text, ',')) {
    const auto range = parse_id_range(part, names);
    if (!range) return std::nullopt;
    ids.push_back(*range);
  }
  return ids;
}

void check_tag(OptionReader& reader, const std::string& tag, std::size_t longest) {
  const bool is_long_enough = tag.size() >= 4;
  const bool is_plain = std::all_of(tag.begin(), tag.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("._:-").find(c) != std::string_view::npos;
  });
  if (!is_long_enough || tag.size() > longest || !is_plain)
    reader.wrong("tag", tag, fmt::format("4 to {} of the characters A-Z a-z 0-9 . _ : -", longest));
}

void read_learning(OptionReader& reader, InputOptions& options) {
  LearnOptions& learn = options.learn;
  options.uids = reader.list("uid");
  options.gids = reader.list("gid");
  if (!options.passwd) learn.uids = ids_of("uid", options.uids, {}, reader.diagnostics());
  if (!options.group) learn.gids = ids_of("gid", options.gids, {}, reader.diagnostics());
  reader.choice("scope", learn.scope, {Scope::host, Scope::subjects});
  reader.choice("deny", options.deny, {Deny::reject, Deny::drop});
  reader.choice("mode", options.mode, {Mode::enforce, Mode::monitor});
  reader.choice("trust", learn.least, {Trust::kernel, Trust::packet, Trust::claimed});
  reader.choice("assume-proto", learn.assume_protocol, {Protocol::any, Protocol::tcp, Protocol::udp});
  learn.include_denied = reader.flag("include-denied");
  reader.value("as-uid", learn.as_uid, within<std::uint32_t>(0, no_id - 1), "a number below 4294967295");
  for (const std::string& word : reader.list("resolver")) {
    if (const auto address = parse_address(word))
      learn.resolvers.push_back(*address);
    else
      reader.wrong("resolver", word, "an IPv4 or IPv6 address");
  }
  reader.choice("names", options.live_names, {false, true});
  learn.deny = options.deny.value_or(Deny::reject);
  learn.mode = options.mode.value_or(Mode::enforce);
}

void read_naming(OptionReader& reader, InputOptions& options) {
  reader.value("dns-grace", options.learn.dns_grace, parse_grace, "a time up to a day, such as 5m");
  reader.choice("ambiguous", options.learn.ambiguous, {Ambiguous::pinned, Ambiguous::review});
  reader.value("generalize", options.generalize, within<std::size_t>(2, 10'000), "a number from 2 to 10000");
}

void read_times(OptionReader& reader, InputOptions& options) {
  reader.value("timezone", options.parse.utc_offset_minutes, parse_utc_offset, "UTC, Z, or an offset such as +02:00");
  const int offset = options.parse.utc_offset_minutes;
  reader.time("since", options.learn.since, offset);
  reader.time("until", options.learn.until, offset);
  reader.time("boot-time", options.parse.boot_time, offset);
  reader.time("now", options.now, offset);
  // 2105: the last whole year that fits the 32 bits in which seconds are kept.
  reader.value("year", options.parse.year, within<int>(1970, 2105), "a year from 1970 to 2105");
}

// The beginnings of packets' prefixes.
void read_prefixes(OptionReader& reader, ParseContext& parse) {
  parse.tags = reader.list("tag");
  for (const std::string& tag : parse.tags) check_tag(reader, tag, longest_prefix);
  parse.denied_prefixes = reader.list("denied-prefix");
  parse.allowed_prefixes = reader.list("allowed-prefix");
  for (const char* name : {"denied-prefix", "allowed-prefix"})
    for (const std::string& text : reader.list(name))
      if (text.empty()) reader.wrong(name, text, "what prefixes begin with");
  for (const std::string& text : parse.denied_prefixes)
    if (std::find(parse.allowed_prefixes.begin(), parse.allowed_prefixes.end(), text) != parse.allowed_prefixes.end())
      reader.diagnostics().error({}, fmt::format("\"{}\" is both --denied-prefix and --allowed-prefix", text),
                                 "give it to one of them; of two that fit, the longer one counts");
}

InputOptions read_input_options(OptionReader& reader) {
  InputOptions options;
  options.passwd = reader.given("passwd");
  options.group = reader.given("group");
  read_learning(reader, options);
  read_naming(reader, options);
  read_times(reader, options);
  for (const std::string& word : reader.list("map")) {
    if (const auto field = parse_field_path(word))
      options.parse.json_fields.push_back(*field);
    else
      reader.wrong("map", word, "FIELD=PATH with FIELD one of host, address, port, url, protocol, uid, gid, pid, time");
  }
  read_prefixes(reader, options.parse);
  options.strict = reader.flag("strict");
  options.allow_empty = reader.flag("allow-empty");
  reader.value("threads", options.threads, within<unsigned>(1, 256), "a number from 1 to 256");
  reader.value("max-flows", options.learn.max_flows, within<std::size_t>(1, 1'000'000'000),
               "a number from 1 to 1000000000");
  reader.value("max-memory", options.max_memory, parse_size, "a number of bytes such as 512M, up to 1024G");
  return options;
}

GuardOptions read_guard_options(OptionReader& reader) {
  GuardOptions options;
  options.files = reader.list("guard");
  options.system = reader.given("system-guard").value_or(default_system_guard);
  for (const std::string& file : options.files)
    if (file.empty() || file == "-") reader.wrong("guard", file, "the name of a file");
  if (options.system.empty() || options.system == "-")
    reader.wrong("system-guard", options.system, "the name of a file");
  if (reader.flag("no-system-guard")) options.system.clear();
  return options;
}

ExtendingOptions read_extending_options(OptionReader& reader, const InputOptions& input) {
  ExtendingOptions options;
  Diagnostics& diagnostics = reader.diagnostics();
  options.base = reader.text("base");
  options.accept = reader.flag("accept");
  options.usage = reader.text("usage");
  reader.value("prune", options.prune, parse_age, "a number of days or hours, such as 30d or 12h");
  if (options.base.empty()) {
    for (const char* name : {"accept", "prune", "usage"})
      if (reader.flag(name))
        diagnostics.error({}, fmt::format("--{} is for a policy that is extended, and none is named", name),
                          "add --base POLICY");
    return options;
  }
  if (options.accept && !input.learn.include_denied)
    diagnostics.error({}, "--accept is for what was denied, which is not asked for", "add --include-denied");
  if (!options.usage.empty() && !reader.flag("prune"))
    diagnostics.error({}, "--usage says what not to prune, and nothing is pruned", "add --prune AGE");
  for (const char* name : {"scope", "deny", "mode", "resolver", "names"})
    if (reader.flag(name))
      diagnostics.error({}, fmt::format("--{} does not go with --base: the policy file says it", name),
                        fmt::format("change it in {}", options.base));
  return options;
}

void read_printing(OptionReader& reader, Printing& options) {
  options.quiet = reader.flag("quiet");
  options.verbose = reader.flag("verbose");
  reader.color(options.color);
}

// --netns and --state-dir.
void read_place(OptionReader& reader, ChangeOptions& options) {
  options.netns = reader.text("netns");
  if (reader.flag("netns") && options.netns.empty()) reader.wrong("netns", "", "the name of a network namespace");
  if (!reader.flag("state-dir")) return;
  const std::string directory = reader.text("state-dir");
  std::error_code nowhere;  // the working directory is gone
  // The guardian works in another directory.
  options.state_directory = std::filesystem::absolute(directory, nowhere);
  if (directory.empty() || nowhere) reader.wrong("state-dir", directory, "a directory");
}

void read_change(OptionReader& reader, ChangeOptions& options) {
  read_place(reader, options);
  options.yes = reader.flag("yes");
  options.dry_run = reader.flag("dry-run");
  if (const auto given = reader.given("confirm-within")) {
    std::chrono::milliseconds time{0};
    reader.value("confirm-within", time, parse_duration, "a time from 1s to 24h: 60s, 5m");
    options.confirm_within = time;
    if (time < std::chrono::seconds(1) && parse_duration(*given))
      reader.wrong("confirm-within", *given, "a second at least: somebody has to confirm it");
  }
  reader.value("warm-up", options.warm_up, parse_duration, "a time from 0s to 24h: 5s, 500ms");
  read_printing(reader, options);
}

// A word of the option, or an error that says which is nearest.
void check_word(OptionReader& reader, std::string_view option, const std::string& word, std::string_view what,
                std::string_view otherwise) {
  const Words known = reader.words(option);
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  const std::string_view best = closest(word, {known.begin(), known.end()});
  reader.diagnostics().error({}, fmt::format("--{} {}: there is no such {}", option, word, what),
                             best.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", best));
}

void check_output(OptionReader& reader, const CompileOptions& options) {
  Diagnostics& diagnostics = reader.diagnostics();
  if (!options.dialect.empty())
    check_word(reader, "to", options.dialect, "dialect", "one of: " + joined(reader.words("to")));
  if (options.dialect == "all" && options.output.empty())
    diagnostics.error({}, "--to all writes a directory and needs its name", "add -o DIR");
  const Words passes = reader.words("dump-after");
  if (!options.dump_after.empty() && std::find(passes.begin(), passes.end(), options.dump_after) == passes.end())
    diagnostics.error({}, fmt::format("--dump-after {}: there is no such pass", options.dump_after),
                      "one of: " + joined(passes));
  if (options.inputs.empty() && !options.extending.prune)
    diagnostics.error({}, "no input",
                      "egressc compile FORMAT:PATH..., for example: egressc compile audit:/var/log/audit/audit.log");
}

std::string question_of(const OptionReader& reader, const Words& words) {
  std::string question;
  for (const std::string& word : words) add_part(question, word, " ");
  for (const std::string& who : reader.list("uid")) add_part(question, "uid " + who, " ");
  for (const std::string& who : reader.list("gid")) add_part(question, "gid " + who, " ");
  for (const char* name : {"to", "port"}) add_part(question, reader.text(name), " ");
  return question;
}

// The one policy that the command takes; an error with a hint for none, and for several.
std::string read_one_policy(OptionReader& reader, std::string_view none, std::string_view several) {
  Words words = reader.operands();
  if (words.size() == 1) return std::move(words.front());
  reader.diagnostics().error({}, fmt::format("{} takes one policy, and here are {}", reader.command(), words.size()),
                             std::string(words.empty() ? none : several));
  return {};
}

}  // namespace
}  // namespace egressc::cli

namespace egressc {

void read_options(OptionReader& reader, CompileOptions& options) {
  using namespace cli;
  options.input = read_input_options(reader);
  options.input.guards = read_guard_options(reader);
  options.extending = read_extending_options(reader, options.input);
  options.inputs = reader.operands();
  options.dialect = reader.given("to").value_or(options.extending.base.empty() ? "nftables" : "");
  options.output = reader.text("output");
  if (options.output == "-") options.output.clear();  // standard output
  options.dump_after = reader.text("dump-after");
  options.accept_below = reader.flag("accept-below");
  reader.choice("verify", options.verify, {Verification::model, Verification::kernel, Verification::none});
  read_printing(reader, options);
  check_output(reader, options);
}

void read_options(OptionReader& reader, DiffOptions& options) {
  using namespace cli;
  options.input = read_input_options(reader);
  options.ipset = reader.text("ipset");
  options.operands = reader.operands();
  options.json = reader.flag("json");
  options.only_widening = reader.flag("only-widening");
  read_printing(reader, options);
  Words& operands = options.operands;
  Diagnostics& diagnostics = reader.diagnostics();
  if (operands.size() != 2)
    diagnostics.error(
        {}, fmt::format("diff compares two, and here {} {}", operands.size() == 1 ? "is" : "are", operands.size()),
        "egressc diff OLD NEW, for example: egressc diff kernel policy.yaml");
  else if (std::all_of(operands.begin(), operands.end(),
                       [](const std::string& word) { return word == "-" || word.ends_with(":-"); }))
    diagnostics.error({}, "standard input can be read only once", "give one side as a file");
  const auto netns = reader.given("netns");
  if (!netns) return;
  if (std::count(operands.begin(), operands.end(), kernel_word) == 0)
    diagnostics.error({}, "--netns says which one `kernel` is, and there is no such operand",
                      fmt::format("egressc diff --netns {} kernel policy.yaml", *netns));
  std::replace(operands.begin(), operands.end(), std::string(kernel_word), fmt::format("{}:{}", kernel_word, *netns));
}

void read_options(OptionReader& reader, CheckOptions& options) {
  using namespace cli;
  Diagnostics& diagnostics = reader.diagnostics();
  options.passwd = reader.given("passwd");
  options.policies = reader.operands();
  options.ignore = reader.list("ignore");
  for (const std::string& id : options.ignore)
    check_word(reader, "ignore", id, "finding", "egressc check --help lists them");
  reader.choice("fail-on", options.fail_on, {FailOn::note, FailOn::warning, FailOn::error, FailOn::never});
  reader.time("now", options.now);
  read_printing(reader, options);
  options.host = reader.flag("host");
  options.guards = read_guard_options(reader);
  if (!options.host && !reader.flag("system-guard")) options.guards.system.clear();
  options.json = reader.flag("json");
  if (options.policies.empty()) diagnostics.error({}, "no policy", "egressc check policy.yaml");
  if (std::count_if(options.policies.begin(), options.policies.end(), is_standard_input) > 1)
    diagnostics.error({}, "standard input can be read only once", "give at most one policy as -");
}

void read_options(OptionReader& reader, ExplainOptions& options) {
  using namespace cli;
  options.input = read_input_options(reader);
  options.ipset = reader.text("ipset");
  options.logs = reader.list("log");
  options.json = reader.flag("json");
  read_printing(reader, options);

  Words words = reader.operands();
  if (!words.empty()) {
    options.operand = std::move(words.front());
    words.erase(words.begin());
  }
  if (options.logs.empty() || !words.empty()) options.question = question_of(reader, words);
  constexpr const char* example = "for example: egressc explain policy.yaml 'uid 1001 tcp api.example.com:443'";
  if (options.operand.empty())
    reader.diagnostics().error({}, "no policy or ruleset", example);
  else if (options.question.empty() && options.logs.empty())
    reader.diagnostics().error({}, "no question", example);
  else if (!options.question.empty() && !options.logs.empty())
    reader.diagnostics().error({}, "a question and --log are two things to ask", "ask them one after the other");
}

void read_options(OptionReader& reader, RehearseOptions& options) {
  using namespace cli;
  options.passwd = reader.given("passwd");
  reader.word("to", options.dialect);
  reader.value("probes", options.most, within<std::size_t>(1, most_probes),
               fmt::format("a number from 1 to {}", most_probes));
  reader.value("seed", options.seed, parse_number<std::uint64_t>, "a number below 2^64");
  reader.time("now", options.now);
  read_printing(reader, options);
  options.json = reader.flag("json");
  const Words words = reader.operands();
  if (words.size() == 1)
    options.policy = words.front();
  else
    reader.diagnostics().error({}, words.empty() ? "no policy" : "more than one policy",
                               "egressc rehearse policy.yaml");
}

void read_options(OptionReader& reader, ApplyOptions& options) {
  using namespace cli;
  if (reader.flag("rehearse")) {
    read_options(reader, options.rehearsal.emplace());
    return;
  }
  read_change(reader, options.change);
  options.change.create = reader.flag("create");
  if (options.change.create && options.change.netns.empty())
    reader.diagnostics().error({}, "--create makes the network namespace of --netns, and none is named",
                               "add --netns NAME");
  options.passwd = reader.given("passwd");
  reader.time("now", options.now);
  options.guards = read_guard_options(reader);
  options.accepted = reader.list("accept");
  for (const std::string& id : options.accepted)
    check_word(reader, "accept", id, "error of `egressc check`", "one of: " + joined(reader.words("accept")));
  options.policy = read_one_policy(reader, "egressc apply policy.yaml",
                                   "egressc compile --to policy -o one.yaml FILE... makes one of several");
  if (is_standard_input(options.policy) && !options.change.yes && !options.change.dry_run)
    reader.diagnostics().error({}, "the policy is standard input, so nobody can be asked", "add --yes");
}

void read_options(OptionReader& reader, ChangeOptions& options) {
  using namespace cli;
  read_change(reader, options);
  Diagnostics& diagnostics = reader.diagnostics();
  options.delete_namespace = reader.flag("delete");
  if (options.delete_namespace && options.netns.empty())
    diagnostics.error({}, "--delete deletes the network namespace of --netns, and none is named", "add --netns NAME");
  if (options.delete_namespace && options.confirm_within)
    diagnostics.error({}, "a network namespace that is deleted does not come back", "without --confirm-within");
  if (const Words words = reader.operands(); !words.empty())
    diagnostics.error({}, fmt::format("{} takes no operand, and here is \"{}\"", reader.command(), words.front()),
                      fmt::format("egressc {} --help", reader.command()));
}

void read_options(OptionReader& reader, StatusOptions& options) {
  using namespace cli;
  read_place(reader, options.place);
  options.json = reader.flag("json");
  read_printing(reader, options.place);
  if (!reader.operands().empty()) options.policy = read_one_policy(reader, {}, "egressc status --help");
}

void read_options(OptionReader& reader, RefreshOptions& options) {
  using namespace cli;
  Diagnostics& diagnostics = reader.diagnostics();
  read_place(reader, options.place);
  read_printing(reader, options.place);
  options.passwd = reader.given("passwd");
  reader.time("now", options.now);
  options.watch = reader.flag("watch");
  if (options.watch && reader.flag("once"))
    diagnostics.error({}, "--once ends after one round, and --watch goes on", "give one of them");
  options.json = reader.flag("json");
  std::chrono::milliseconds grace = options.limits.grace;
  reader.value("grace", grace, parse_duration, "a time from 1s to 24h: 60s, 5m");
  if (grace < std::chrono::seconds(1))
    reader.wrong("grace", reader.text("grace"), "a second at least: connections are being opened meanwhile");
  options.limits.grace = std::chrono::ceil<std::chrono::seconds>(grace);
  reader.value("resolver", options.resolver, parse_dns_server,
               "an address: 192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:5353");
  options.policy = read_one_policy(reader, "egressc refresh policy.yaml", "give the one that was applied");
}

void read_options(OptionReader& reader, WatchRulesOptions& options) {
  using namespace cli;
  options.tag = reader.text("tag");
  if (reader.flag("tag")) check_tag(reader, options.tag, longest_watch_tag);
  options.uids = reader.list("uid");
  options.passwd = reader.given("passwd");
  reader.choice("to", options.to, {WatchFor::nftables, WatchFor::iptables, WatchFor::auditctl, WatchFor::all});
  if (const Words words = reader.operands(); !words.empty())
    reader.diagnostics().error({}, fmt::format("watch-rules takes no operand, and here is \"{}\"", words.front()),
                               "egressc watch-rules --help");
}

bool read_command_line(std::string_view command, const std::vector<std::string>& words, Diagnostics& diagnostics,
                       const std::function<void(OptionReader&)>& read) {
  const CommandLine line = command_line(command, words);
  const auto arguments = cli::parse_words(line, words, diagnostics);
  if (!arguments) return false;
  OptionReader reader(line, *arguments, diagnostics);
  read(reader);
  return !diagnostics.has_errors();
}

std::vector<IdRange> ids_of(std::string_view option, const std::vector<std::string>& words, const UserIds& names,
                            Diagnostics& diagnostics) {
  std::vector<IdRange> ids;
  for (const std::string& word : words) {
    if (const auto parsed = cli::parse_ids(word, names))
      ids.insert(ids.end(), parsed->begin(), parsed->end());
    else
      diagnostics.error({}, fmt::format("--{} {}: expected a number below 4294967295, a range a-b, or a name with --{}",
                                        option, word, option == "uid" ? "passwd" : "group"));
  }
  return ids;
}

bool is_standard_input(std::string_view operand) { return operand == "-" || operand == "policy:-"; }

std::optional<DnsServer> parse_dns_server(std::string_view text) {
  if (const auto address = parse_address(text)) return DnsServer{*address};
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  const auto port = cli::within<std::uint16_t>(1, 65535)(text.substr(colon + 1));
  if (!address || !port || has_brackets != (host.find(':') != host.npos)) return std::nullopt;
  return DnsServer{*address, *port};
}

}  // namespace egressc
