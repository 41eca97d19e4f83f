#include "cli/command_line.h"

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "cli/option_reader.h"
#include "cli/option_values.h"
#include "egressc/lower.h"
#include "intake/guards.h"
#include "prove/dialects.h"

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

po::options_description visible_options() {
  po::options_description output("Output");
  output.add_options()(
      "to", po::value<std::string>()->value_name("DIALECT"),
      "nftables (default), iptables-restore, ip6tables-restore, ferm, ipset, dnsmasq, dnsmasq-ipset, policy, json, or "
      "all (into a directory)")("output,o", po::value<std::string>()->value_name("FILE|DIR"),
                                "write there, whole or not at all")(
      "verify", po::value<std::string>()->value_name("model|kernel|none"),
      "how the output is proved equal to the policy before it is written: read back by a model of the dialect "
      "(default), or by the kernel in a private namespace")("dump-after", po::value<std::string>()->value_name("PASS"),
                                                            "print what a lowering pass left, on stderr")(
      "accept-below",
      "for dnsmasq, which takes a name with all that is below it: accept that a live name opens so much");

  po::options_description general("General");
  general.add_options()("help,h", "this text")("quiet,q", "no summary")("verbose,v", "say more of each input")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors on stderr");

  po::options_description ceiling("What may be granted");
  add_guard_options(ceiling);

  po::options_description all(100);
  all.add(output);
  all.add(ceiling);
  add_input_options(all);
  add_extending_options(all);
  all.add(general);
  return all;
}

void read_rest(OptionReader& reader, CompileOptions& options) {
  options.inputs = reader.list("input");
  if (reader.flag("to")) options.dialect = reader.text("to");
  options.output = reader.text("output");
  options.dump_after = reader.text("dump-after");
  options.accept_below = reader.flag("accept-below");
  reader.value("verify", options.verify, parse_verification, "model, kernel or none");
  options.quiet = reader.flag("quiet");
  options.verbose = reader.flag("verbose");
  reader.value("color", options.color, parse_color_mode, "auto, always or never");
}

void check_dialect(const CompileOptions& options, Diagnostics& diagnostics) {
  const auto names = dialect_names();
  if (!options.dialect.empty() && std::find(names.begin(), names.end(), options.dialect) == names.end()) {
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
  if (options.inputs.empty() && !options.extending.prune)
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
  auto input = read_input_options(reader, diagnostics);
  if (!input) return input.failure();
  options.input = std::move(*input);
  auto ceiling = read_guards(read_guard_options(reader), options.input.users.empty() ? nullptr : &options.input.users,
                             diagnostics);
  if (!ceiling) return ceiling.failure();
  if (*ceiling) options.input.ceiling = std::move(**ceiling);
  options.extending = read_extending_options(reader, options.input, diagnostics);
  if (options.extending.base.empty()) options.dialect = "nftables";
  read_rest(reader, options);
  check_dialect(options, diagnostics);
  if (diagnostics.has_errors()) return std::optional<CompileOptions>();
  return std::optional(std::move(options));
}

}  // namespace egressc
