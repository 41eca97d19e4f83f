#include "cli/explain_options.h"

#include <fmt/core.h>

#include "cli/input_options.h"

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

po::options_description visible_options() {
  po::options_description question("The question, instead of FLOW or besides");
  question.add_options()("uid", po::value<Words>()->value_name("WHO"),
                         "the user: number, or name; with --log, keep only these")(
      "gid", po::value<Words>()->value_name("WHO"), "the group: number, or name")(
      "to", po::value<std::string>()->value_name("DEST"), "a name or an address, with or without its port")(
      "port", po::value<std::string>()->value_name("PORT"), "tcp/443, udp/53, any/53, 443 (tcp and udp), icmp, icmpv6");

  po::options_description replay("A replay: what would have been blocked?");
  replay.add_options()("log", po::value<Words>()->value_name("FORMAT:PATH"),
                       "judge every connection of this log; may be repeated")(
      "since", po::value<std::string>()->value_name("TIME"), "leave out what is older")(
      "until", po::value<std::string>()->value_name("TIME"), "leave out what is newer");

  po::options_description general("General");
  general.add_options()("json", "the answer as JSON")("help,h", "this text")("quiet,q", "no summary of the logs")(
      "verbose,v", "say more of each log, and list what is allowed")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors");

  po::options_description all(100);
  all.add(question).add(replay);
  add_reading_options(all);
  po::options_description rulesets("How rulesets are read");
  rulesets.add_options()("ipset", po::value<std::string>()->value_name("FILE"),
                         "what `ipset save` prints, for rules that ask for sets");
  all.add(rulesets);
  all.add(general);
  return all;
}

std::string question_of(const OptionReader& reader, const Words& words) {
  std::string question;
  const auto add = [&](const std::string& word) { question += (question.empty() ? "" : " ") + word; };
  for (const std::string& word : words) add(word);
  for (const std::string& who : reader.list("uid")) add("uid " + who);
  for (const std::string& who : reader.list("gid")) add("gid " + who);
  if (reader.flag("to")) add(reader.text("to"));
  if (reader.flag("port")) add(reader.text("port"));
  return question;
}

}  // namespace

std::string explain_help() {
  return fmt::format(
      "usage: egressc explain POLICY|RULESET FLOW\n"
      "       egressc explain POLICY|RULESET --log FORMAT:PATH...\n\n"
      "Says whether a flow is allowed, and by which grant or rule; or what is nearest, and what would grant it.\n"
      "FLOW is some of these words, in any order:\n\n"
      "  uid N, gid N, a subject's label, or a user's name with --passwd\n"
      "  tcp, udp, icmp, icmpv6 (without: tcp and udp)\n"
      "  NAME:PORT, ADDRESS:PORT, [IPv6]:PORT; or NAME, ADDRESS, and port N or tcp/N\n"
      "  lo, for the loopback interface\n\n"
      "  egressc explain policy.yaml 'uid 1001 tcp api.example.com:443'\n\n{}\n"
      "Exit status: 0 allowed, 1 anything denied or undecided, 2 wrong input. See egressc-explain(1).\n",
      help_of(visible_options()));
}

Result<std::optional<ExplainOptions>> parse_explain_options(const Words& arguments, Diagnostics& diagnostics) {
  const auto values = read_arguments("explain", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<ExplainOptions>();
  ExplainOptions options;
  OptionReader reader(*values, diagnostics);
  auto context = read_operand_options(reader, diagnostics);
  if (!context) return context.failure();
  options.context = std::move(*context);
  options.logs = reader.list("log");
  options.json = reader.flag("json");
  options.quiet = reader.flag("quiet");
  options.verbose = reader.flag("verbose");
  reader.value("color", options.color, parse_color_mode, "auto, always or never");

  Words words = reader.list("input");
  if (!words.empty()) {
    options.operand = std::move(words.front());
    words.erase(words.begin());
  }
  if (options.logs.empty() || !words.empty()) options.question = question_of(reader, words);
  constexpr std::string_view example = "for example: egressc explain policy.yaml 'uid 1001 tcp api.example.com:443'";
  if (options.operand.empty())
    diagnostics.error({}, "no policy or ruleset", std::string(example));
  else if (options.question.empty() && options.logs.empty())
    diagnostics.error({}, "no question", std::string(example));
  else if (!options.question.empty() && !options.logs.empty())
    diagnostics.error({}, "a question and --log are two things to ask", "ask them one after the other");
  if (diagnostics.has_errors()) return std::optional<ExplainOptions>();
  return std::optional(std::move(options));
}

}  // namespace egressc
