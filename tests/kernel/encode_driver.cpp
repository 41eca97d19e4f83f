// The nftables ruleset of a policy: its text, or a change of this network namespace by the messages that are encoded
// from the same value, by libnftables, or as egressc does it.
// encode-driver text|messages|libnftables|either check|commit[@GENERATION] POLICY [TAG [PART [FAULT]]]
#include <fmt/core.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "backends/nft.h"
#include "deploy/switching.h"
#include "egressc/diagnostics.h"
#include "egressc/lower.h"
#include "egressc/policy.h"
#include "kernel/nft/nft.h"
#include "readers/listing/listing.h"

using namespace egressc;

namespace {

[[noreturn]] void fail(const std::string& what) {
  fmt::print("{}\n", what);
  std::exit(1);
}

NftTable table_of(const char* path, const std::string& tag) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  Diagnostics diagnostics;
  const auto policy = read_policy(text, path, nullptr, diagnostics);
  if (!policy) fail(diagnostics.render(false));
  const auto lowered = lower_policy(*policy, {"0.1.0", std::nullopt, {}, tag}, diagnostics);
  if (!lowered) fail(diagnostics.render(false));
  return nft_table(lowered->ruleset);
}

// What nobody would take.
void spoil(NftTable& table, std::string_view fault) {
  NftSet set = *table.sets.front();
  if (fault == "overlap")
    set.elements.insert(set.elements.begin(), {*parse_prefix("198.50.0.0/15"), Protocol::tcp, {499, 501}, {}, {}});
  if (fault == "name") set.name.resize(256, 'n');
  table.sets.front() = std::make_shared<const NftSet>(set);
  for (NftChain& chain : table.chains)
    for (NftRule& rule : chain.rules)
      for (NftStatement& statement : rule.statements) {
        auto* const verdict = std::get_if<NftGoto>(&statement);
        if (fault == "chain" && verdict != nullptr && verdict->chain == "deny") verdict->chain = "nowhere";
        auto* const lookup = std::get_if<NftLookup>(&statement);
        if (fault == "set" && lookup != nullptr && lookup->set == "u1001_4") lookup->set = "u1001_5";
      }
}

// "whole", or with an element that live sets have got, or what a switching does first and then.
NftChange change_of(const NftTable& table, std::string_view part) {
  NftChange change{{NftClear{}, table}};
  if (part == "live")
    for (const auto& set : table.sets)
      if (set->timeout.count() != 0 && set->family == Family::ipv4)
        change.commands.push_back(NftAddition{
            set, {{*parse_prefix("198.51.100.9"), {}, {}, std::chrono::hours(1), std::chrono::minutes(59)}}});
  if (part == "whole" || part == "live") return change;
  const auto listing = kernel::list_own_table(false);
  if (!listing) fail(listing.failure().message);
  auto switching = deploy::switching(table, running_table(*listing));
  if (!switching) fail("the table is replaced whole");
  if (part == "prepare") return switching->prepare;
  change = part == "turn" ? NftChange() : switching->prepare;
  for (const NftChange* one : {&switching->turn, &switching->clear})
    change.commands.insert(change.commands.end(), one->commands.begin(), one->commands.end());
  return change;
}

Result<std::optional<Change>> done(std::string_view way, const NftChange& change,
                                   const std::optional<kernel::Commit>& commit) {
  if (way == "messages") {
    const auto messages = kernel::encode(change);
    return messages ? kernel::change_by_messages(*messages, commit) : std::optional<Change>();
  }
  auto changed = way == "either" ? kernel::change_ruleset(change, "file", commit)
                                 : kernel::change_by_libnftables(nft_text(change), "file", commit);
  if (!changed) return changed.failure();
  return std::optional(std::move(*changed));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  const std::string_view way = arguments[1], what = arguments[2];
  NftTable table = table_of(arguments[3], count > 4 ? arguments[4] : "");
  if (count > 6) spoil(table, arguments[6]);
  const NftChange change = change_of(table, count > 5 ? arguments[5] : "whole");
  if (way == "text") {
    fmt::print("{}", nft_text(change));
    return 0;
  }
  std::optional<kernel::Commit> commit;
  if (what.starts_with("commit")) commit.emplace();
  if (what.starts_with("commit@"))
    commit->generation = static_cast<std::uint32_t>(std::strtoul(arguments[2] + 7, nullptr, 10));
  const auto changed = done(way, change, commit);
  if (!changed) fail("failure " + changed.failure().message);
  if (!*changed) {
    fmt::print("left\n");
    return 0;
  }
  constexpr std::string_view outcomes[] = {"done", "refused", "outdated"};
  fmt::print("{} {}\n{}", outcomes[static_cast<std::size_t>((*changed)->outcome)], (*changed)->generation,
             (*changed)->refusal.render(false));
  return 0;
}
