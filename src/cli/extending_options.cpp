#include "cli/option_values.h"
#include "intake/extending.h"

namespace egressc {

namespace po = boost::program_options;

void add_extending_options(po::options_description& options) {
  po::options_description extending("To extend a policy");
  extending.add_options()("base", po::value<std::string>()->value_name("POLICY"),
                          "add what the logs show to this policy file, and leave the rest of it as it is; --to is "
                          "then policy by default")(
      "accept", "with --include-denied: what was denied becomes a grant, and not an entry of review")(
      "prune", po::value<std::string>()->value_name("AGE"),
      "move grants that were not seen for so long (30d, 12h) to review")(
      "usage", po::value<std::string>()->value_name("FILE"),
      "what `egressc status --json` printed: what counts packets is not pruned");
  options.add(extending);
}

ExtendingOptions read_extending_options(OptionReader& reader, const InputOptions& input, Diagnostics& diagnostics) {
  ExtendingOptions options;
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

}  // namespace egressc
