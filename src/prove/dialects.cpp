#include "prove/dialects.h"

#include <fmt/core.h>

#include <algorithm>

#include "egressc/backends.h"
#include "egressc/policy.h"

namespace egressc::prove {
namespace {

std::optional<Filter> read_nft_text(const RulesText& text, Diagnostics& diagnostics) {
  return read_nftables(text.text, text.file, diagnostics, text.live);
}

std::optional<Filter> read_iptables_text(const RulesText& text, Diagnostics& diagnostics) {
  return read_iptables(text.text, text.file, text.family, diagnostics, text.sets, text.live, text.alongside);
}

std::optional<Filter> read_ferm_text(const RulesText& text, Diagnostics& diagnostics) {
  return read_ferm(text.text, text.file, text.family, diagnostics, text.sets, text.live);
}

constexpr Dialect table[] = {
    {.name = "nftables",
     .summary = "nft --file; one transaction for both families",
     .file_name = "policy.nft",
     .operand = "nftables",
     .families = Families::both,
     .sets = SetKind::nftables,
     .print = print_nftables,
     .read = read_nft_text,
     .loaded_by = LoadedBy::nft,
     .sniffed = RulesetDialect::nftables_text},
    {.name = "iptables-restore",
     .summary = "IPv4; nft and legacy variant",
     .file_name = "policy.v4",
     .operand = "iptables",
     .families = Families::ipv4,
     .sets = SetKind::ipset,
     .print = print_iptables_restore,
     .read = read_iptables_text,
     .loaded_by = LoadedBy::iptables_restore,
     .sniffed = RulesetDialect::iptables},
    {.name = "ip6tables-restore",
     .summary = "IPv6; nft and legacy variant",
     .file_name = "policy.v6",
     .operand = "ip6tables",
     .families = Families::ipv6,
     .sets = SetKind::ipset,
     .print = print_ip6tables_restore,
     .read = read_iptables_text,
     .loaded_by = LoadedBy::ip6tables_restore,
     .sniffed = RulesetDialect::iptables},
    {.name = "ferm",
     .summary = "both families, for hosts that are run by ferm",
     .file_name = "policy.ferm",
     .operand = "ferm",
     .families = Families::each,
     .sets = SetKind::ipset,
     .print = print_ferm,
     .read = read_ferm_text,
     .loaded_by = LoadedBy::ferm,
     .sniffed = RulesetDialect::ferm},
    {.name = "ipset",
     .summary = "the sets of live names, for the three above",
     .file_name = "policy.ipset",
     .operand = "ipset",
     .kind = DialectKind::sets,
     .sets = SetKind::ipset,
     .print = print_ipset,
     .sniffed = RulesetDialect::ipset},
    {.name = "dnsmasq",
     .summary = "fills the sets of live names in nftables",
     .file_name = "policy.dnsmasq.conf",
     .operand = "dnsmasq-conf",
     .kind = DialectKind::resolver,
     .sets = SetKind::nftables,
     .print = print_dnsmasq,
     .fills = read_dnsmasq,
     .sniffed = RulesetDialect::dnsmasq},
    {.name = "dnsmasq-ipset",
     .summary = "fills those of ipset",
     .file_name = "policy.dnsmasq-ipset.conf",
     .operand = "dnsmasq-conf",
     .kind = DialectKind::resolver,
     .sets = SetKind::ipset,
     .print = print_dnsmasq_ipset,
     .fills = read_dnsmasq,
     .sniffed = RulesetDialect::dnsmasq},
};

template <typename Is>
const Dialect* first(Dialects rows, Is is) {
  const auto found = std::find_if(rows.begin(), rows.end(), is);
  return found == rows.end() ? nullptr : &*found;
}

std::string policy_text(const Policy& policy, const Ruleset& ruleset) {
  return fmt::format(
             "# egressc {} policy sha256:{}\n"
             "# Read it, move what should be allowed from `review` to `allow`, delete what should not, then:\n"
             "#   egressc compile THIS-FILE\n"
             "# The form is described in egressc-policy(5).\n",
             ruleset.version, ruleset.policy_hash) +
         write_policy_yaml(policy);
}

PrintedFile printed(const Dialect& dialect, const Ruleset& ruleset) {
  return {dialect.name, std::string(dialect.file_name), dialect.print(ruleset)};
}

}  // namespace
}  // namespace egressc::prove

namespace egressc {

Dialects dialects() { return prove::table; }

const Dialect* find_dialect(std::string_view name, Dialects rows) {
  return prove::first(rows, [name](const Dialect& row) { return row.name == name; });
}

const Dialect* find_operand_dialect(std::string_view word, Dialects rows) {
  return prove::first(rows, [word](const Dialect& row) {
    return row.operand == word || (row.kind == DialectKind::rules && row.name == word);
  });
}

const Dialect* sniff_dialect(std::string_view text, Dialects rows) {
  auto found = sniff_ruleset(text);
  if (!found) return nullptr;
  if (found == RulesetDialect::nftables_json) found = RulesetDialect::nftables_text;
  const auto family = found == RulesetDialect::iptables ? family_of_iptables(text) : std::nullopt;
  if (found == RulesetDialect::iptables && !family) return nullptr;
  return prove::first(rows, [&](const Dialect& row) {
    return row.sniffed == found &&
           (!family || row.families == (*family == Family::ipv4 ? Families::ipv4 : Families::ipv6));
  });
}

const Dialect* first_dialect(DialectKind kind, Dialects rows) {
  return prove::first(rows, [kind](const Dialect& row) { return row.kind == kind; });
}

std::vector<std::string_view> dialect_names(Dialects rows) {
  std::vector<std::string_view> names;
  for (const Dialect& row : rows) names.push_back(row.name);
  for (const std::string_view name : {"policy", "json", "all"}) names.push_back(name);
  return names;
}

std::vector<std::optional<Family>> readings_of(Families families) {
  if (families == Families::ipv4) return {Family::ipv4};
  if (families == Families::ipv6) return {Family::ipv6};
  if (families == Families::each) return {Family::ipv4, Family::ipv6};
  return {std::nullopt};
}

void check_features(const Ruleset& ruleset, const Dialect& dialect, bool accept_below, Diagnostics& diagnostics) {
  if (dialect.kind == DialectKind::resolver) check_dnsmasq(ruleset, dialect.sets, accept_below, diagnostics);
}

std::vector<PrintedFile> print_dialect(std::string_view dialect, const Policy& policy, const Ruleset& ruleset,
                                       Diagnostics& diagnostics, bool accept_below, Dialects rows) {
  const bool all = dialect == "all";
  const bool is_live = has_live_sets(ruleset);
  const auto is_wanted = [&](const Dialect& row) {
    if (!all || row.kind == DialectKind::rules) return all || row.name == dialect;
    return is_live && (row.kind == DialectKind::sets || accept_below);
  };
  bool is_resolver_checked = false;  // both fragments open the same
  for (const Dialect& row : rows) {
    const bool is_resolver = row.kind == DialectKind::resolver;
    if (!is_wanted(row) || (is_resolver && is_resolver_checked)) continue;
    is_resolver_checked = is_resolver_checked || is_resolver;
    check_features(ruleset, row, accept_below, diagnostics);
  }
  if (diagnostics.has_errors()) return {};
  if (all && is_live && !accept_below)
    diagnostics.note({}, "no files for dnsmasq are written: it takes a name with all that is below it",
                     "--accept-below accepts that; or egressc refresh keeps the sets fresh");

  std::vector<PrintedFile> files;
  for (const Dialect& row : rows)
    if (is_wanted(row)) files.push_back(prove::printed(row, ruleset));
  if (all || dialect == "policy") files.push_back({"policy", "policy.yaml", prove::policy_text(policy, ruleset)});
  if (all || dialect == "json") files.push_back({"json", "policy.json", write_policy_json(policy)});
  return files;
}

std::vector<PrintedFile> print_beside(std::span<const PrintedFile> files, const Ruleset& ruleset, Dialects rows) {
  std::vector<PrintedFile> beside;
  if (!has_live_sets(ruleset)) return beside;
  for (const Dialect& row : rows)
    if (row.kind != DialectKind::resolver && find_printed(files, row.name) == nullptr)
      beside.push_back(prove::printed(row, ruleset));
  return beside;
}

const PrintedFile* find_printed(std::span<const PrintedFile> files, std::string_view dialect) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const PrintedFile& file) { return file.dialect == dialect; });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace egressc
