#include "commands/dialects.h"

#include <fmt/format.h>

#include "egressc/backends.h"
#include "egressc/sources.h"

namespace egressc {
namespace {

std::string policy_text(const Policy& policy, const Ruleset& ruleset) {
  return fmt::format(
             "# egressc {} policy sha256:{}\n"
             "# Read it, move what should be allowed from `review` to `allow`, delete what should not, then:\n"
             "#   egressc compile THIS-FILE\n"
             "# The form is described in egressc-policy(5).\n",
             ruleset.version, ruleset.policy_hash) +
         write_policy_yaml(policy);
}

}  // namespace

std::vector<std::string_view> dialect_names() {
  std::vector<std::string_view> names;
  for (const Backend& backend : backends()) names.push_back(backend.name);
  for (const std::string_view name : {"policy", "json", "all"}) names.push_back(name);
  return names;
}

std::vector<PrintedFile> print_dialect(std::string_view dialect, const Policy& policy, const Ruleset& ruleset,
                                       Diagnostics& diagnostics) {
  const bool all = dialect == "all";
  for (const Backend& backend : backends())
    if (all || backend.name == dialect) check_features(ruleset, backend, diagnostics);
  if (diagnostics.has_errors()) return {};

  std::vector<PrintedFile> files;
  for (const Backend& backend : backends())
    if (all || backend.name == dialect)
      files.push_back({backend.name, std::string(backend.file_name), backend.print(ruleset)});
  if (all || dialect == "policy") files.push_back({"policy", "policy.yaml", policy_text(policy, ruleset)});
  if (all || dialect == "json") files.push_back({"json", "policy.json", write_policy_json(policy)});
  return files;
}

std::string format_table() {
  std::string table;
  for (const SourceFormat& format : source_formats())
    table += fmt::format("  {:12} {} ({})\n", format.name, format.summary, to_string(format.trust));
  table += fmt::format("  {:12} {}\n", "policy", "a policy file, YAML or JSON; needs no FORMAT:");
  return table;
}

}  // namespace egressc
