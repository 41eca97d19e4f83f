#include "intake/operand.h"
#include "support/input.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

constexpr std::size_t largest_sets = std::size_t{1} << 30;

}  // namespace

void add_operand_options(po::options_description& options) {
  po::options_description rulesets("How rulesets are read");
  rulesets.add_options()("ipset", po::value<std::string>()->value_name("FILE"),
                         "what `ipset save` prints, for rules that ask for sets");
  options.add(rulesets);
  add_input_options(options);
}

Result<OperandContext> read_operand_options(OptionReader& reader, Diagnostics& diagnostics) {
  auto input = read_input_options(reader, diagnostics);
  if (!input) return input.failure();
  OperandContext context{std::move(*input), std::nullopt, nullptr, nullptr};
  if (!reader.flag("ipset")) return context;
  const std::string path = reader.text("ipset");
  const auto text = read_text(path, largest_sets);
  if (!text) return text.failure();
  context.sets = read_ipsets(*text, path, diagnostics);
  return context;
}

}  // namespace egressc
