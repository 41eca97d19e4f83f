#include "commands/diff.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "report/summary.h"
#include "intake/operand.h"
#include "cli/option_reader.h"
#include "cli/outcome.h"
#include "egressc/compare.h"
#include "support/output.h"
#include "support/terminal.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kernel_word = "kernel";

struct DiffOptions {
  std::vector<std::string> operands;
  OperandContext context;
  bool json = false;
  bool only_widening = false;
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::automatic;
};

po::options_description visible_options() {
  po::options_description general("Output");
  general.add_options()("json", "a JSON document instead of text")(
      "netns", po::value<std::string>()->value_name("NAME"),
      "`kernel` is the network namespace /run/netns/NAME, as kernel:NAME is")(
      "only-widening", "exit status 1 only if NEW lets something through that OLD does not")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors (default: on a terminal)")(
      "quiet,q", "print nothing: the exit status tells")(
      "verbose,v", "every undecided rule and name of one family, not only five")("help,h", "this text");
  po::options_description all(100);
  all.add(general);
  add_operand_options(all);
  return all;
}

std::string help() {
  return fmt::format(
      "usage: egressc diff [options] OLD NEW\n\n"
      "Says what NEW lets through that OLD does not, and the reverse: sets of flows are compared, not texts.\n"
      "OLD and NEW are each one of:\n"
      "  FILE, policy:FILE     a policy; or a ruleset, where the file tells which\n"
      "  nftables:FILE         text, or what `nft -j list ruleset` prints\n"
      "  iptables:FILE         IPv4 rules, as iptables-save prints them; ip6tables:FILE has those for IPv6\n"
      "  ferm:FILE\n"
      "  FORMAT:FILE           logs, and what compile makes of them: audit, netfilter, dnsmasq ...\n"
      "  DIRECTORY             that `compile --to all` wrote\n"
      "  kernel, kernel:NETNS  what is loaded here, or in the network namespace of that name\n"
      "Several files that make up one side are parted by commas: iptables:rules.v4,ip6tables:rules.v6. A file may be\n"
      "gzip or a pipe, and - is standard input.\n\n"
      "Exit status: 0 no difference, 1 a difference, 2 wrong input, 3 the kernel refused.\n\n{}\n"
      "See egressc-diff(1).\n",
      help_of(visible_options()));
}

bool reads_stdin(const std::string& word) { return word == "-" || word.ends_with(":-"); }

Result<std::optional<DiffOptions>> parse_options(const std::vector<std::string>& arguments, Diagnostics& diagnostics) {
  const auto values = read_arguments("diff", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<DiffOptions>();
  OptionReader reader(*values, diagnostics);
  auto context = read_operand_options(reader, diagnostics);
  if (!context) return context.failure();
  DiffOptions options{reader.list("input"),         std::move(*context),  reader.flag("json"),
                      reader.flag("only-widening"), reader.flag("quiet"), reader.flag("verbose")};
  reader.value("color", options.color, parse_color_mode, "auto, always or never");
  if (options.operands.size() != 2)
    diagnostics.error({},
                      fmt::format("diff compares two, and here {} {}", options.operands.size() == 1 ? "is" : "are",
                                  options.operands.size()),
                      "egressc diff OLD NEW, for example: egressc diff kernel policy.yaml");
  else if (std::all_of(options.operands.begin(), options.operands.end(), reads_stdin))
    diagnostics.error({}, "standard input can be read only once", "give one side as a file");
  if (reader.flag("netns") && std::count(options.operands.begin(), options.operands.end(), kernel_word) == 0)
    diagnostics.error({}, "--netns says which one `kernel` is, and there is no such operand",
                      fmt::format("egressc diff --netns {} kernel policy.yaml", reader.text("netns")));
  if (reader.flag("netns"))
    std::replace(options.operands.begin(), options.operands.end(), std::string(kernel_word),
                 fmt::format("{}:{}", kernel_word, reader.text("netns")));
  if (diagnostics.has_errors()) return std::optional<DiffOptions>();
  return std::optional(std::move(options));
}

int report(const Side& before, const Side& after, const DiffOptions& options) {
  const Difference difference = compare_sides(before, after);
  const bool is_found = options.only_widening ? difference.widens() : !difference.empty();
  const int status = is_found ? exit_status::difference : exit_status::done;
  if (options.quiet) return status;
  const auto subjects = by_subject(difference, before, after, *options.context.markers);
  const auto one_family = one_family_names(after);
  const std::string text = options.json
                               ? describe_json(difference, subjects, one_family, before, after)
                               : describe(subjects, use_color(options.color, 1)) +
                                     diff_notes(difference, subjects, one_family, before, after, options.verbose);
  return print(text, status);
}

void note_expired(const Operand& operand, Diagnostics& diagnostics) {
  if (!operand.policy || !operand.today) return;
  std::size_t count = 0;
  for (const Subject& subject : operand.policy->subjects)
    count +=
        static_cast<std::size_t>(std::count_if(subject.allow.begin(), subject.allow.end(), [&](const Grant& grant) {
          return grant.expires && *grant.expires < *operand.today;
        }));
  if (count != 0)
    diagnostics.note({operand.name, 0, 0},
                     fmt::format("{} {} expired and {} nothing", count, count == 1 ? "grant has" : "grants have",
                                 count == 1 ? "allows" : "allow"));
}

int run(DiffOptions& options, Diagnostics& diagnostics) {
  const auto runs = [](const std::string& word) { return word == "kernel" || word.starts_with("kernel:"); };
  LiveMarkers markers(std::any_of(options.operands.begin(), options.operands.end(), runs));
  const auto kernel = make_kernel();
  options.context.markers = &markers;
  options.context.kernel = kernel.get();
  std::vector<Operand> operands;
  for (const std::string& word : options.operands) {
    auto operand = read_operand(word, options.context, diagnostics);
    if (!operand || !*operand) render(diagnostics, options.color);
    if (!operand) return fail(operand.failure(), runs(word) ? exit_status::system_refused : exit_status::wrong_input);
    if (!*operand) return exit_status::wrong_input;
    note_expired(**operand, diagnostics);
    operands.push_back(std::move(**operand));
  }
  if (!options.quiet) render(diagnostics, options.color);
  const Side before = side_of(std::move(operands[0]), markers);
  const Side after = side_of(std::move(operands[1]), markers);
  return report(before, after, options);
}

}  // namespace

int diff(const std::vector<std::string>& arguments) {
  if (wants_help(arguments)) return print(help());
  Diagnostics diagnostics;
  auto options = parse_options(arguments, diagnostics);
  if (!options) return fail(options.failure(), exit_status::wrong_input);
  if (!*options) {
    render(diagnostics, ColorMode::automatic);
    return exit_status::wrong_input;
  }
  try {
    return run(**options, diagnostics);
  } catch (const std::length_error&) {
    return fail({"these rulesets are too complex to compare: their flows do not fit into memory"},
                exit_status::system_refused);
  }
}

}  // namespace egressc
