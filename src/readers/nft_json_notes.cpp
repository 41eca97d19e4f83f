#include "readers/nft_json_notes.h"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <vector>

namespace egressc::readers {
namespace {

// Whether a rule has one of these statements, or one of these targets of xtables.
bool has(const Json& rule, std::initializer_list<std::string_view> statements,
         std::initializer_list<std::string_view> targets) {
  const auto is_in = [](const auto& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  const Json* const list = member(rule, "expr");
  if (list == nullptr || !list->IsArray()) return true;
  for (const Json& statement : list->GetArray()) {
    const auto named = only_member(statement);
    if (!named || is_in(statements, named->name)) return true;
    if (named->name == "xt" && is_in(targets, text_of(member(*named->value, "name")))) return true;
  }
  return false;
}

bool may_drop(const Json& rule) { return has(rule, {"drop", "reject", "queue", "vmap", "xt", "fwd", "dnat"}, {}); }

bool rewrites(const Json& rule) { return has(rule, {"dnat", "redirect"}, {"DNAT", "REDIRECT"}); }

bool untracks(const Json& rule) { return has(rule, {"notrack"}, {"CT", "NOTRACK"}); }

template <typename Predicate>
bool any_rule(const NftChain& chain, Predicate predicate) {
  return std::any_of(chain.rules.begin(), chain.rules.end(), [&](const Json* rule) { return predicate(*rule); });
}

// The tables with a base chain of this role.
std::set<std::string> tables_with(const NftChains& chains, NftRole role) {
  std::set<std::string> tables;
  for (const NftChain& chain : chains.all())
    if (chain.role == role && chains.may_act(chain.table)) tables.insert(chain.table);
  return tables;
}

bool belongs(const NftChain& chain, NftRole role, const std::set<std::string>& tables) {
  return (chain.role == role || chain.role == NftRole::called) && tables.count(chain.table) != 0;
}

}  // namespace

void note_chains(const NftChains& chains, const std::string& file, Diagnostics& diagnostics) {
  const auto outside = tables_with(chains, NftRole::outside);
  std::set<std::string> dropping;
  for (const NftChain& chain : chains.all())
    if (belongs(chain, NftRole::outside, outside) && (chain.policy == Verdict::drop || any_rule(chain, may_drop)))
      dropping.insert(chain.table);
  for (const std::string& table : dropping)
    diagnostics.note({file, 0, 0},
                     fmt::format("table {} may drop packets that leave: it is left out", printable(table, 80)));

  const auto nat = tables_with(chains, NftRole::nat);
  const auto is_rewriting = [&](const NftChain& chain) {
    return belongs(chain, NftRole::nat, nat) && any_rule(chain, rewrites);
  };
  const auto& all = chains.all();
  if (const auto found = std::find_if(all.begin(), all.end(), is_rewriting); found != all.end())
    diagnostics.note({file, 0, 0}, fmt::format("destinations are those after nat, which chain {} may change",
                                               printable(found->name, 80)));
}

void note_sets(const NftJsonSets& sets, const std::string& file, Diagnostics& diagnostics) {
  std::size_t count = 0;
  const NftJsonSet* first = nullptr;
  for (const NftJsonSet* set : sets.used()) {
    if (!set->has_timeout && !set->is_expiring) continue;
    ++count;
    if (first == nullptr) first = set;
  }
  if (first == nullptr) return;
  std::string names = printable(first->name, 40);
  if (!first->comment.empty()) names += fmt::format(" ({})", printable(first->comment, 60));
  if (count > 1) names += fmt::format(" and {} more", count - 1);
  diagnostics.note({file, 0, 0}, fmt::format("sets change while they are in use: {}", names),
                   "what they held when they were listed is what counts here");
}

bool has_notrack(const NftChains& chains) {
  const auto& all = chains.all();
  return std::any_of(all.begin(), all.end(), [&](const NftChain& chain) {
    const bool is_met = chain.role == NftRole::filtering || chain.role == NftRole::called;
    return is_met && chains.may_act(chain.table) && any_rule(chain, untracks);
  });
}

}  // namespace egressc::readers
