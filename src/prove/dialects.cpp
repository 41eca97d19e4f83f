#include "prove/dialects.h"

#include <fmt/core.h>

#include <algorithm>

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
  for (const Backend& backend : all_backends()) names.push_back(backend.name);
  for (const std::string_view name : {"policy", "json", "all"}) names.push_back(name);
  return names;
}

std::vector<PrintedFile> print_dialect(std::string_view dialect, const Policy& policy, const Ruleset& ruleset,
                                       Diagnostics& diagnostics, bool accept_below) {
  const bool all = dialect == "all";
  const bool is_live = has_live_sets(ruleset);
  const auto is_wanted = [&](const Backend& backend) {
    if (!all || backend.kind == BackendKind::rules) return all || backend.name == dialect;
    return is_live && (backend.kind == BackendKind::sets || accept_below);
  };
  bool is_resolver_checked = false;  // both fragments open the same
  for (const Backend& backend : all_backends()) {
    const bool is_resolver = backend.kind == BackendKind::resolver;
    if (!is_wanted(backend) || (is_resolver && is_resolver_checked)) continue;
    is_resolver_checked = is_resolver_checked || is_resolver;
    check_features(ruleset, backend, accept_below, diagnostics);
  }
  if (diagnostics.has_errors()) return {};
  if (all && is_live && !accept_below)
    diagnostics.note({}, "no files for dnsmasq are written: it takes a name with all that is below it",
                     "--accept-below accepts that; or egressc refresh keeps the sets fresh");

  std::vector<PrintedFile> files;
  for (const Backend& backend : all_backends())
    if (is_wanted(backend)) files.push_back({backend.name, std::string(backend.file_name), backend.print(ruleset)});
  if (all || dialect == "policy") files.push_back({"policy", "policy.yaml", policy_text(policy, ruleset)});
  if (all || dialect == "json") files.push_back({"json", "policy.json", write_policy_json(policy)});
  return files;
}

std::vector<PrintedFile> print_beside(std::span<const PrintedFile> files, const Ruleset& ruleset) {
  std::vector<PrintedFile> beside;
  if (!has_live_sets(ruleset)) return beside;
  for (const Backend& backend : all_backends())
    if (backend.kind != BackendKind::resolver && find_printed(files, backend.name) == nullptr)
      beside.push_back({backend.name, std::string(backend.file_name), backend.print(ruleset)});
  return beside;
}

const PrintedFile* find_printed(std::span<const PrintedFile> files, std::string_view dialect) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const PrintedFile& file) { return file.dialect == dialect; });
  return found == files.end() ? nullptr : &*found;
}

std::string format_table() {
  std::string table;
  for (const SourceFormat& format : source_formats())
    table += fmt::format("  {:12} {} ({})\n", format.name, format.summary, to_string(format.trust));
  table += fmt::format("  {:12} {}\n", "policy", "a policy file, YAML or JSON; needs no FORMAT:");
  return table;
}

}  // namespace egressc
