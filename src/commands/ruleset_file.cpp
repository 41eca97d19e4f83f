#include "commands/ruleset_file.h"

#include <fmt/format.h>

#include "egressc/policy_flows.h"

namespace egressc {
namespace {

FlowSpace flows_of_family(Family family) {
  FlowBox box;
  box.addresses = range_of(Prefix{{family, 0, 0}, 0});
  return FlowSpace(box) & possible_flows();
}

}  // namespace

std::optional<RulesetWord> split_ruleset_word(const std::string& word) {
  const std::size_t colon = word.find(':');
  if (colon == word.npos) return std::nullopt;
  const std::string_view format = std::string_view(word).substr(0, colon);
  std::string path = word.substr(colon + 1);
  if (format == "nftables") return RulesetWord{std::move(path), RulesetDialect::nftables_text, std::nullopt};
  if (format == "iptables") return RulesetWord{std::move(path), RulesetDialect::iptables, Family::ipv4};
  if (format == "ip6tables") return RulesetWord{std::move(path), RulesetDialect::iptables, Family::ipv6};
  if (format == "ferm") return RulesetWord{std::move(path), RulesetDialect::ferm, std::nullopt};
  return std::nullopt;
}

std::optional<std::vector<ReadRuleset>> read_rulesets(std::string_view text, const std::string& name,
                                                      RulesetDialect dialect, std::optional<Family> family,
                                                      Diagnostics& diagnostics) {
  std::vector<ReadRuleset> rulesets;
  const auto add = [&](std::optional<Filter> filter, FlowSpace universe) {
    if (filter) rulesets.push_back({name, std::move(*filter), std::move(universe)});
  };
  switch (dialect) {
    case RulesetDialect::nftables_text:
      add(read_nftables(text, name, diagnostics), possible_flows());
      break;
    case RulesetDialect::iptables:
      if (!family) family = family_of_iptables(text);
      if (family)
        add(read_iptables(text, name, *family, diagnostics), flows_of_family(*family));
      else
        diagnostics.error({name, 0, 0}, "nothing in this ruleset tells IPv4 from IPv6",
                          fmt::format("say iptables:{} or ip6tables:{}", name, name));
      break;
    case RulesetDialect::ferm:
      for (const Family each : {Family::ipv4, Family::ipv6})
        add(read_ferm(text, name, each, diagnostics), flows_of_family(each));
      break;
    case RulesetDialect::nftables_json:
    case RulesetDialect::ipset:
      diagnostics.error({name, 0, 0}, "this is no ruleset that explain reads",
                        "nftables and ferm text as egressc writes it, and iptables-save or iptables-restore text");
      break;
  }
  if (diagnostics.has_errors()) return std::nullopt;
  return rulesets;
}

}  // namespace egressc
