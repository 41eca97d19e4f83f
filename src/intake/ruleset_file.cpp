#include <fmt/core.h>

#include <utility>

#include "cli/flags.h"
#include "intake/operand.h"
#include "model/words/text.h"
#include "prove/dialects.h"

namespace egressc::intake {
namespace {

using Rulesets = std::vector<ReadRuleset>;
using Reading = Result<std::optional<Rulesets>>;

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
  while (!text.empty())
    if (std::string_view line = take_line(text); take(line, "*")) tables.emplace_back(line);
  return tables;
}

class RulesetText {
 public:
  RulesetText(std::string_view text, const std::string& file, const OperandContext& context, Diagnostics& diagnostics)
      : text_(text), file_(file), context_(context), diagnostics_(diagnostics) {}

  Reading read(std::string_view word) {
    const Dialect* const dialect = word.empty() ? sniff_dialect(text_) : find_operand_dialect(word);
    if (text_.find_first_not_of(" \t\r\n") == text_.npos)
      return dialect != nullptr && dialect->kind == DialectKind::rules ? without_rules(*dialect)
                                                                       : fail("the file is empty", "");
    const auto found = sniff_ruleset(text_);
    if (dialect == nullptr && found)
      return fail("nothing in this tells whether it is for IPv4 or IPv6", words_for(found));
    if (dialect == nullptr) return fail("this is no ruleset that egressc knows", "say which: " + words_for(found));
    switch (dialect->kind) {
      case DialectKind::rules:
        break;
      case DialectKind::sets:
        return fail("these are sets, not rules",
                    fmt::format("--ipset {} beside the rules that ask for them, or RULES,ipset:{}", file_, file_));
      case DialectKind::resolver:
        return fail("this tells dnsmasq which sets to fill, and has no rules",
                    fmt::format("give it with the rules: nftables:FILE,dnsmasq-conf:{}, or "
                                "iptables:FILE,ipset:FILE,dnsmasq-conf:{}",
                                file_, file_));
    }
    return found == RulesetDialect::nftables_json && dialect->loaded_by == LoadedBy::nft ? json(text_)
                                                                                         : rules(*dialect);
  }

 private:
  Reading fail(std::string message, std::string hint) {
    diagnostics_.error({file_, 0, 0}, std::move(message), std::move(hint));
    return none();
  }

  // "iptables:FILE or ip6tables:FILE": for rules, or those alone that look so.
  std::string words_for(std::optional<RulesetDialect> sniffed) const {
    std::vector<std::string> words;
    for (const Dialect& row : dialects())
      if (row.kind == DialectKind::rules && (!sniffed || row.sniffed == sniffed))
        words.push_back(fmt::format("{}:{}", row.operand, file_));
    return cli::listed(words, " or ");
  }

  // As nft and iptables-save print where nothing is loaded; a dump that failed looks the same.
  Reading without_rules(const Dialect& dialect) {
    diagnostics_.warning({file_, 0, 0},
                         "the file is empty: it is read as a ruleset without rules, which lets everything pass",
                         "if a command was to fill it, see whether that failed");
    Rulesets rulesets;
    for (const std::optional<Family> family : readings_of(dialect.families))
      rulesets.push_back({file_, {}, family ? possible_flows(*family) : possible_flows()});
    return std::optional(std::move(rulesets));
  }

  Reading json(std::string_view text) {
    const NftListingContext listing{context_.markers, {}, context_.alongside.untracked};
    return one(file_, read_nftables_json(text, file_, diagnostics_, listing), possible_flows());
  }

  // What egressc wrote needs no kernel.
  Reading rules(const Dialect& dialect) {
    const auto readings = readings_of(dialect.families);
    Diagnostics own;
    Rulesets rulesets;
    for (const std::optional<Family> family : readings)
      if (auto filter = dialect.read(
              {text_, file_, family.value_or(Family::ipv4), sets(), names(dialect.sets), context_.alongside}, own))
        rulesets.push_back({file_, std::move(*filter), family ? possible_flows(*family) : possible_flows()});
    const bool is_read = rulesets.size() == readings.size();
    const bool is_nft = dialect.loaded_by == LoadedBy::nft;
    const bool is_ferm = dialect.loaded_by == LoadedBy::ferm;
    if (!is_read && is_nft && !is_harmless_nft(text_, file_, diagnostics_)) return none();
    if (!is_read && is_nft) return ask_kernel(context_.kernel->try_nftables(text_, file_));
    if (!is_read && is_ferm && !is_harmless_ferm(text_, file_, diagnostics_)) return none();
    if (!is_read && is_ferm) return ask_kernel(context_.kernel->expand_ferm(text_, file_));
    if (!is_nft && !is_ferm)
      for (const Diagnostic& each : own.all()) diagnostics_.add(each);
    return is_read ? Reading(std::optional(std::move(rulesets))) : none();
  }

  Reading ask_kernel(const Result<Trial>& trial) {
    if (!trial) return trial.failure();
    if (trial->outcome != TrialOutcome::loaded) return refused(*trial);
    if (!trial->listing.nftables_json.empty()) return json(trial->listing.nftables_json);
    auto read = read_listing(trial->listing, file_, context_, diagnostics_);
    return read ? Reading(std::move(read)) : none();
  }

  Reading refused(const Trial& trial) {
    for (const Diagnostic& diagnostic : trial.refusal.all()) diagnostics_.add(diagnostic);
    if (!diagnostics_.has_errors())
      diagnostics_.error(
          {file_, 0, 0}, "the kernel does not take this ruleset",
          trial.outcome == TrialOutcome::too_large ? "it is too large without root: run egressc as root" : "");
    return none();
  }

  const IpSets* sets() const { return context_.sets ? &*context_.sets : nullptr; }

  LiveNames names(SetKind kind) const {
    const auto& filled = kind == SetKind::nftables ? context_.filled_nftables : context_.filled_ipset;
    return {context_.markers, filled ? &*filled : nullptr};
  }

  std::string_view text_;
  const std::string& file_;
  const OperandContext& context_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool is_ruleset_dialect(std::string_view word) {
  const Dialect* const dialect = find_operand_dialect(word);
  return dialect != nullptr && dialect->kind == DialectKind::rules;
}

std::vector<std::string_view> ruleset_words() {
  std::vector<std::string_view> words;
  for (const Dialect& row : dialects())
    if (row.kind == DialectKind::rules) words.push_back(row.operand);
  return words;
}

bool is_companion_dialect(std::string_view word) {
  return find_operand_dialect(word) != nullptr && !is_ruleset_dialect(word);
}

bool read_companion(std::string_view text, const std::string& file, std::string_view dialect, OperandContext& context,
                    Diagnostics& diagnostics) {
  if (find_operand_dialect(dialect)->kind == DialectKind::sets) {
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
  const Dialect* const dialect = sniff_dialect(text);
  return dialect == nullptr || dialect->kind == DialectKind::rules ? std::string_view() : dialect->operand;
}

Reading read_ruleset(std::string_view text, const std::string& file, std::string_view dialect,
                     const OperandContext& context, Diagnostics& diagnostics) {
  return RulesetText(text, file, context, diagnostics).read(dialect);
}

}  // namespace egressc::intake

namespace egressc {

Alongside alongside_of(const Listing& listing, Alongside others) {
  for (const XtablesListing& xtables : listing.xtables) others.look_at(xtables.text);
  others.look_at(listing.nftables_json);
  return others;
}

std::optional<std::vector<ReadRuleset>> read_listing(const Listing& listing, const std::string& file,
                                                     const OperandContext& context, Diagnostics& diagnostics,
                                                     std::vector<std::string> left_out) {
  std::vector<ReadRuleset> rulesets;
  const Alongside alongside = alongside_of(listing, context.alongside);
  NftListingContext nft{context.markers, std::move(left_out), alongside.untracked};
  // The sets of the same kernel, unless others are given.
  std::optional<IpSets> own;
  if (!context.sets && !listing.ipsets.empty()) {
    own = read_ipsets(listing.ipsets, fmt::format("{} (ipset)", file), diagnostics);
    if (!own) return std::nullopt;
  }
  const IpSets* const sets = context.sets ? &*context.sets : own ? &*own : nullptr;
  for (const XtablesListing& xtables : listing.xtables) {
    const std::string name = fmt::format("{} ({})", file, xtables.program);
    auto filter = read_iptables(xtables.text, name, xtables.family, diagnostics, sets, {}, alongside);
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
