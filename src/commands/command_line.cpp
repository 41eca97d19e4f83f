#include "commands/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "commands/dialects.h"
#include "commands/log_options.h"
#include "commands/option_reader.h"
#include "commands/option_values.h"
#include "egressc/lower.h"

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

po::options_description visible_options() {
  po::options_description output("Output");
  output.add_options()("to", po::value<std::string>()->value_name("DIALECT")->default_value("nftables"),
                       "nftables, iptables-restore, ip6tables-restore, ferm, policy, json, or all (into a directory)")(
      "output,o", po::value<std::string>()->value_name("FILE|DIR"), "write there, whole or not at all")(
      "scope", po::value<std::string>()->value_name("host|subjects"),
      "govern every process, or only the subjects (default: subjects with --uid or --gid, else host)")(
      "deny", po::value<std::string>()->value_name("reject|drop"), "what happens to everything else (default: reject)")(
      "mode", po::value<std::string>()->value_name("enforce|monitor"), "monitor logs and denies nothing")(
      "resolver", po::value<Words>()->value_name("ADDR"), "grant port 53 of this address to every subject")(
      "verify", po::value<std::string>()->value_name("model|none"),
      "model reads the output back and proves it equal to the policy (default: none)")(
      "dump-after", po::value<std::string>()->value_name("PASS"), "print what a lowering pass left, on stderr");

  po::options_description learning("What becomes a grant");
  learning.add_options()("uid", po::value<Words>()->value_name("WHO"), "only these users: number, range, or name")(
      "gid", po::value<Words>()->value_name("WHO"), "only these groups; subjects are then (uid, gid)")(
      "trust", po::value<std::string>()->value_name("kernel|packet|claimed"),
      "the least evidence that creates a grant (default: packet)")("include-denied",
                                                                   "grant what the host's own rules denied")(
      "assume-proto", po::value<std::string>()->value_name("any|tcp|udp"),
      "for attempts whose protocol no log tells (default: any)")("since", po::value<std::string>()->value_name("TIME"),
                                                                 "leave out what is older")(
      "until", po::value<std::string>()->value_name("TIME"), "leave out what is newer");

  po::options_description reading("How the logs are read");
  add_log_options(reading);
  reading.add_options()("allow-empty", "logs without egress are no error")(
      "threads", po::value<std::string>()->value_name("N"),
      "inputs read at the same time (default: one for each core)");

  po::options_description general("General");
  general.add_options()("help,h", "this text")("quiet,q", "no summary")("verbose,v", "say more of each input")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors on stderr");

  po::options_description all(100);
  all.add(output).add(learning).add(reading).add(general);
  return all;
}

void read_ids(OptionReader& reader, const char* option, const char* names_option, const UserIds& names,
              std::vector<IdRange>& ids) {
  for (const std::string& word : reader.list(option)) {
    const auto parsed = parse_ids(word, names);
    if (parsed)
      ids.insert(ids.end(), parsed->begin(), parsed->end());
    else
      reader.wrong(option, word,
                   fmt::format("a number below 4294967295, a range a-b, or a name with --{}", names_option));
  }
}

void read_learning(OptionReader& reader, CompileOptions& options) {
  LearnOptions& learn = options.learn;
  reader.value("scope", learn.scope, parse_scope, "host or subjects");
  reader.value("deny", options.deny, parse_deny, "reject or drop");
  reader.value("mode", options.mode, parse_mode, "enforce or monitor");
  reader.value("trust", learn.least, parse_trust, "kernel, packet or claimed");
  reader.value("assume-proto", learn.assume_protocol, parse_assumed_protocol, "any, tcp or udp");
  learn.include_denied = reader.flag("include-denied");
  for (const std::string& word : reader.list("resolver")) {
    if (const auto address = parse_address(word))
      learn.resolvers.push_back(*address);
    else
      reader.wrong("resolver", word, "an IPv4 or IPv6 address");
  }
  learn.deny = options.deny.value_or(Deny::reject);
  learn.mode = options.mode.value_or(Mode::enforce);
}

void read_rest(OptionReader& reader, CompileOptions& options) {
  options.inputs = reader.list("input");
  options.dialect = reader.text("to");
  options.output = reader.text("output");
  options.dump_after = reader.text("dump-after");
  reader.value("verify", options.verify, parse_verify, "model or none");
  options.allow_empty = reader.flag("allow-empty");
  options.quiet = reader.flag("quiet");
  options.verbose = reader.flag("verbose");
  reader.value("color", options.color, parse_color_mode, "auto, always or never");
  reader.value("threads", options.threads, parse_thread_count, "a number from 1 to 256");
}

void check_dialect(const CompileOptions& options, Diagnostics& diagnostics) {
  const auto names = dialect_names();
  if (std::find(names.begin(), names.end(), options.dialect) == names.end()) {
    const std::string_view best = closest(options.dialect, names);
    diagnostics.error(
        {}, fmt::format("--to {}: there is no such dialect", options.dialect),
        best.empty() ? fmt::format("one of: {}", fmt::join(names, ", ")) : fmt::format("did you mean {}?", best));
  }
  if (options.dialect == "all" && options.output.empty())
    diagnostics.error({}, "--to all writes a directory and needs its name", "add -o DIR");
  const auto passes = lowering_passes();
  if (!options.dump_after.empty() && std::find(passes.begin(), passes.end(), options.dump_after) == passes.end())
    diagnostics.error({}, fmt::format("--dump-after {}: there is no such pass", options.dump_after),
                      fmt::format("one of: {}", fmt::join(passes, ", ")));
  if (options.inputs.empty())
    diagnostics.error({}, "no input",
                      "egressc compile FORMAT:PATH..., for example: egressc compile audit:/var/log/audit/audit.log");
}

}  // namespace

std::string compile_help() {
  return fmt::format(
      "usage: egressc compile [--to DIALECT] [-o FILE|DIR] [options] INPUT...\n\n"
      "Compiles logs (or a reviewed policy) to a firewall ruleset that allows what they show and denies the rest.\n"
      "INPUT is FORMAT:PATH, which says who wrote the file, or PATH, which is believed nothing. - is standard input;\n"
      "gzip is read as it is.\n\nFormats:\n{}\n{}\nSee egressc-compile(1) and egressc-policy(5).\n",
      format_table(), help_of(visible_options()));
}

Result<std::optional<CompileOptions>> parse_compile_options(const Words& arguments, Diagnostics& diagnostics) {
  const auto values = read_arguments("compile", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<CompileOptions>();
  CompileOptions options;
  OptionReader reader(*values, diagnostics);
  auto names = read_name_options(reader, diagnostics);
  if (!names) return names.failure();
  read_ids(reader, "uid", "passwd", names->users, options.learn.uids);
  read_ids(reader, "gid", "group", names->groups, options.learn.gids);
  options.users = std::move(names->users);
  read_learning(reader, options);
  read_log_options(reader, options);
  read_rest(reader, options);
  check_dialect(options, diagnostics);
  if (diagnostics.has_errors()) return std::optional<CompileOptions>();
  return std::optional(std::move(options));
}

}  // namespace egressc
