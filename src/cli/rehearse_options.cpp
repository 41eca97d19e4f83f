#include "cli/rehearse_options.h"

#include <charconv>

#include "cli/option_reader.h"
#include "intake/reviewed_policy.h"
#include "prove/dialects.h"
#include "support/passwd.h"

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

constexpr std::size_t most_probes = 100'000;

std::string dialect_words() {
  std::string names;
  for (const Dialect& row : dialects())
    if (row.kind == DialectKind::rules) names += fmt::format("{}, ", row.name);
  return names + "or all";
}

po::options_description visible_options() {
  const std::string to = dialect_words() + ", one after the other (default: nftables)";
  po::options_description options("Options", 100);
  options.add_options()("to", po::value<std::string>()->value_name("DIALECT"), to.c_str())(
      "probes", po::value<std::string>()->value_name("N"),
      "send no more than N flows that are allowed, and as many that are denied (default: 2000)")(
      "seed", po::value<std::string>()->value_name("S"), "another number draws other flows (default: 1)")(
      "passwd", po::value<std::string>()->value_name("FILE"),
      "names of users, in the form of passwd(5) (default: /etc/passwd)")(
      "now", po::value<std::string>()->value_name("TIME"), "for grants that expire (default: the system's clock)")(
      "json", "one JSON document on standard output")("help,h", "this text")("quiet,q", "no summary")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors");
  return options;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::size_t> parse_probes(std::string_view text) {
  const auto number = parse_number<std::size_t>(text);
  return number && *number >= 1 && *number <= most_probes ? number : std::nullopt;
}

std::optional<std::string> parse_dialect(std::string_view text) {
  const Dialect* row = find_dialect(text);
  if (text != "all" && (row == nullptr || row->kind != DialectKind::rules)) return std::nullopt;
  return std::string(text);
}

}  // namespace

std::string rehearse_help() {
  return fmt::format(
      "usage: egressc rehearse [options] POLICY\n\n"
      "Compiles a policy, loads the ruleset in a private network namespace and sends real packets there: of what each\n"
      "subject may do, and of what must not pass. Says where the kernel and the policy differ. No network is touched.\n"
      "It needs root.\n\n"
      "{}\n"
      "Exit status: 0 the kernel does what the policy says, 1 it does not, 2 wrong input, 3 the kernel or the system\n"
      "refused. See egressc-rehearse(1) and egressc-policy(5).\n",
      help_of(visible_options()));
}

Result<std::optional<RehearseOptions>> parse_rehearse_options(const Words& arguments, Diagnostics& diagnostics) {
  const auto values = read_arguments("rehearse", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<RehearseOptions>();
  OptionReader reader(*values, diagnostics);
  RehearseOptions options;
  if (reader.flag("passwd")) {
    auto users = read_name_ids(reader.text("passwd"), diagnostics);
    if (!users) return users.failure();
    options.users = std::move(*users);
  } else {
    options.users = host_users();
  }
  reader.value("to", options.dialect, parse_dialect, dialect_words());
  reader.value("probes", options.most, parse_probes, fmt::format("a number from 1 to {}", most_probes));
  reader.value("seed", options.seed, parse_number<std::uint64_t>, "a number below 2^64");
  reader.value(
      "now", options.now, [](std::string_view text) { return parse_iso_time(text); },
      "a time such as 2026-11-23T07:00:00Z");
  reader.value("color", options.color, parse_color_mode, "auto, always or never");
  options.json = reader.flag("json");
  options.quiet = reader.flag("quiet");
  const Words words = reader.list("input");
  if (words.size() == 1)
    options.policy = words.front();
  else
    diagnostics.error({}, words.empty() ? "no policy" : "more than one policy", "egressc rehearse policy.yaml");
  if (diagnostics.has_errors()) return std::optional<RehearseOptions>();
  return std::optional(std::move(options));
}

}  // namespace egressc
