#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "egressc/flow_space.h"
#include "intake/operand.h"

namespace egressc::intake {
namespace {

using Rulesets = std::vector<ReadRuleset>;
using Reading = Result<std::optional<Rulesets>>;

// As --to calls them, and shorter.
constexpr std::array<std::string_view, 6> dialects = {"nftables", "iptables-restore", "ip6tables-restore",
                                                      "ferm",     "iptables",         "ip6tables"};
constexpr std::array<std::string_view, 2> companions = {"ipset", "dnsmasq-conf"};
constexpr Family families[] = {Family::ipv4, Family::ipv6};

Reading none() { return std::optional<Rulesets>(); }

Reading one(std::string file, std::optional<Filter> filter, FlowSpace universe) {
  if (!filter) return none();
  Rulesets rulesets;
  rulesets.push_back({std::move(file), std::move(*filter), std::move(universe)});
  return std::optional(std::move(rulesets));
}

// "*filter"
std::vector<std::string> tables_of(std::string_view text) {
  std::vector<std::string> tables;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (text.front() == '*') tables.emplace_back(text.substr(1, end - 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tables;
}

class RulesetText {
 public:
  RulesetText(std::string_view text, const std::string& file, const OperandContext& context, Diagnostics& diagnostics)
      : text_(text), file_(file), context_(context), diagnostics_(diagnostics) {}

  Reading read(std::string_view dialect) {
    // A dump that failed; a ruleset without rules says at least so.
    if (text_.find_first_not_of(" \t\r\n") == text_.npos) return fail("the file is empty", "");
    const auto found = sniff_ruleset(text_);
    if (dialect.empty()) {
      if (!found)
        return fail(
            "this is no ruleset that egressc knows",
            fmt::format("say which: nftables:{}, iptables:{}, ip6tables:{} or ferm:{}", file_, file_, file_, file_));
      switch (*found) {
        case RulesetDialect::nftables_text:
        case RulesetDialect::nftables_json:
          return read("nftables");
        case RulesetDialect::iptables:
          return xtables(family_of_iptables(text_));
        case RulesetDialect::ferm:
          return read("ferm");
        case RulesetDialect::ipset:
          return fail("these are sets, not rules",
                      fmt::format("--ipset {} beside the rules that ask for them, or RULES,ipset:{}", file_, file_));
        case RulesetDialect::dnsmasq:
          return fail("this tells dnsmasq which sets to fill, and has no rules",
                      fmt::format("give it with the rules: nftables:FILE,dnsmasq-conf:{}, or "
                                  "iptables:FILE,ipset:FILE,dnsmasq-conf:{}",
                                  file_, file_));
      }
    }
    if (dialect == "nftables") return found == RulesetDialect::nftables_json ? json(text_) : nftables();
    if (dialect.starts_with("iptables")) return xtables(Family::ipv4);
    if (dialect.starts_with("ip6tables")) return xtables(Family::ipv6);
    return ferm();
  }

 private:
  Reading fail(std::string message, std::string hint) {
    diagnostics_.error({file_, 0, 0}, std::move(message), std::move(hint));
    return none();
  }

  Reading json(std::string_view text) {
    return one(file_, read_nftables_json(text, file_, diagnostics_, {context_.markers, {}}), possible_flows());
  }

  // What egressc wrote needs no kernel.
  Reading nftables() {
    Diagnostics own;
    if (auto filter = read_nftables(text_, file_, own, names(context_.filled_nftables)))
      return one(file_, std::move(filter), possible_flows());
    const auto trial = context_.kernel->try_nftables(text_, file_);
    if (!trial) return trial.failure();
    if (trial->outcome == TrialOutcome::loaded) return json(trial->listing.nftables_json);
    return refused(*trial);
  }

  Reading refused(const Trial& trial) {
    for (const Diagnostic& diagnostic : trial.refusal.all()) diagnostics_.add(diagnostic);
    if (!diagnostics_.has_errors())
      diagnostics_.error(
          {file_, 0, 0}, "the kernel does not take this ruleset",
          trial.outcome == TrialOutcome::too_large ? "it is too large without root: run egressc as root" : "");
    return none();
  }

  Reading xtables(std::optional<Family> family) {
    if (!family)
      return fail("nothing in this tells whether it is for IPv4 or IPv6",
                  fmt::format("iptables:{} or ip6tables:{}", file_, file_));
    return one(file_, read_iptables(text_, file_, *family, diagnostics_, sets(), names(context_.filled_ipset)),
               possible_flows(*family));
  }

  const IpSets* sets() const { return context_.sets ? &*context_.sets : nullptr; }

  LiveNames names(const std::optional<FilledSets>& filled) const {
    return {context_.markers, filled ? &*filled : nullptr};
  }

  Reading ferm() {
    Diagnostics own;
    Rulesets rulesets;
    for (const Family family : families)
      if (auto filter = read_ferm(text_, file_, family, own, sets(), names(context_.filled_ipset)))
        rulesets.push_back({file_, std::move(*filter), possible_flows(family)});
    if (rulesets.size() == std::size(families)) return std::optional(std::move(rulesets));
    if (!is_harmless_ferm(text_, file_, diagnostics_)) return none();
    const auto trial = context_.kernel->expand_ferm(text_, file_);
    if (!trial) return trial.failure();
    if (trial->outcome != TrialOutcome::loaded) return refused(*trial);
    auto read = read_listing(trial->listing, file_, context_, diagnostics_);
    return read ? Reading(std::move(read)) : none();
  }

  std::string_view text_;
  const std::string& file_;
  const OperandContext& context_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool is_ruleset_dialect(std::string_view word) {
  return std::find(dialects.begin(), dialects.end(), word) != dialects.end();
}

bool is_companion_dialect(std::string_view word) {
  return std::find(companions.begin(), companions.end(), word) != companions.end();
}

bool read_companion(std::string_view text, const std::string& file, std::string_view dialect, OperandContext& context,
                    Diagnostics& diagnostics) {
  if (dialect == "ipset") {
    context.sets = read_ipsets(text, file, diagnostics);
    return context.sets.has_value();
  }
  bool fills = false;
  for (const SetKind kind : {SetKind::nftables, SetKind::ipset}) {
    auto told = read_dnsmasq(text, file, kind, diagnostics);
    if (!told) return false;
    if (told->possibly.empty()) continue;
    fills = true;
    (kind == SetKind::nftables ? context.filled_nftables : context.filled_ipset) = std::move(told->possibly);
  }
  if (!fills)
    diagnostics.error({file, 0, 0}, "this makes dnsmasq fill no set of egressc",
                      "egressc compile --to dnsmasq prints what does");
  return fills;
}

std::string_view companion_dialect_of(std::string_view text) {
  const auto dialect = sniff_ruleset(text);
  if (dialect == RulesetDialect::ipset) return companions[0];
  if (dialect == RulesetDialect::dnsmasq) return companions[1];
  return {};
}

Reading read_ruleset(std::string_view text, const std::string& file, std::string_view dialect,
                     const OperandContext& context, Diagnostics& diagnostics) {
  return RulesetText(text, file, context, diagnostics).read(dialect);
}

}  // namespace egressc::intake

namespace egressc {

std::optional<std::vector<ReadRuleset>> read_listing(const Listing& listing, const std::string& file,
                                                     const OperandContext& context, Diagnostics& diagnostics,
                                                     std::vector<std::string> left_out) {
  std::vector<ReadRuleset> rulesets;
  NftListingContext nft{context.markers, std::move(left_out)};
  const IpSets* const sets = context.sets ? &*context.sets : nullptr;
  for (const XtablesListing& xtables : listing.xtables) {
    const std::string name = fmt::format("{} ({})", file, xtables.program);
    auto filter = read_iptables(xtables.text, name, xtables.family, diagnostics, sets);
    if (!filter) return std::nullopt;
    rulesets.push_back({name, std::move(*filter), possible_flows(xtables.family)});
    if (xtables.legacy) continue;
    for (const std::string& table : intake::tables_of(xtables.text))
      nft.left_out.push_back(fmt::format("{} {}", xtables.family == Family::ipv4 ? "ip" : "ip6", table));
  }
  if (listing.nftables_json.empty()) return rulesets;
  const std::string name = fmt::format("{} (nft)", file);
  auto filter = read_nftables_json(listing.nftables_json, name, diagnostics, nft);
  if (!filter) return std::nullopt;
  rulesets.push_back({name, std::move(*filter), possible_flows()});
  return rulesets;
}

}  // namespace egressc
