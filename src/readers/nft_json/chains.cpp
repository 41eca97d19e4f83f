#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <tuple>
#include <vector>

#include "readers/meaning/chain_order.h"
#include "readers/nft_json/ruleset.h"

namespace egressc::readers {
namespace {

constexpr int conntrack_priority = -200;  // NF_IP_PRI_CONNTRACK, linux/netfilter_ipv4.h

// Without blanks, so that names can be put together.
std::string escaped(std::string_view name) {
  std::string made;
  for (const char c : name) {
    if (c > ' ' && c < 0x7f && c != '\\')
      made += c;
    else
      made += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return made;
}

bool is_ip(std::string_view family) { return family == "inet" || family == "ip" || family == "ip6"; }

// In place of a single flag nft 1.0.6 prints whatever value it made next, a name or the element of a map: then it is
// not known which flag that is.
std::optional<bool> says_dormant(const Json& table) {
  const Json* const flags = member(table, "flags");
  if (flags == nullptr) return false;
  if (!flags->IsArray()) return text_of(*flags) == "dormant" ? std::optional(true) : std::nullopt;
  bool dormant = false;
  for (const Json& flag : flags->GetArray()) {
    const std::string_view word = text_of(flag);
    if (word != "dormant" && word != "owner" && word != "persist") return std::nullopt;
    dormant |= word == "dormant";
  }
  return dormant;
}

NftRole role_of(std::string_view family, std::string_view type, std::string_view hook) {
  if (hook.empty()) return NftRole::called;
  const bool leaves = hook == "output" || hook == "postrouting";
  if (!is_ip(family)) return leaves || hook == "egress" ? NftRole::outside : NftRole::elsewhere;
  if (!leaves) return NftRole::elsewhere;
  return type == "nat" ? NftRole::nat : NftRole::filtering;
}

}  // namespace

std::string table_name(const Json& object, std::string_view name_member) {
  return fmt::format("{} {}", escaped(text_of(member(object, "family"))),
                     escaped(text_of(member(object, name_member))));
}

std::string chain_name(const std::string& table, std::string_view chain) {
  return fmt::format("{} {}", table, escaped(chain));
}

std::string_view NftChains::add_table(const Json& table) {
  const bool is_new = dormant_.emplace(table_name(table, "name"), says_dormant(table)).second;
  return is_new ? "" : "a table is listed twice";
}

std::string_view NftChains::add_chain(const Json& chain) {
  const std::string_view name = text_of(member(chain, "name"));
  const std::string_view policy = text_of(member(chain, "policy"));
  if (name.empty()) return "a chain has no name";
  if (!policy.empty() && policy != "accept" && policy != "drop") return "the policy of a chain is not understood";
  NftChain made;
  made.table = table_name(chain, "table");
  made.name = chain_name(made.table, name);
  const std::string_view hook = text_of(member(chain, "hook"));
  made.role = role_of(text_of(member(chain, "family")), text_of(member(chain, "type")), hook);
  if (made.role != NftRole::called) made.policy = policy == "drop" ? Verdict::drop : Verdict::accept;
  made.is_last = hook == "postrouting";
  if (const Json* const priority = member(chain, "prio"); priority != nullptr && priority->IsInt())
    made.priority = priority->GetInt();
  if (!index_.emplace(made.name, chains_.size()).second) return "a chain is listed twice";
  chains_.push_back(std::move(made));
  return "";
}

std::string_view NftChains::add_rule(const Json& rule) {
  const auto found = index_.find(chain_name(table_name(rule, "table"), text_of(member(rule, "chain"))));
  if (found == index_.end()) return "a rule belongs to a chain that is not listed";
  chains_[found->second].rules.push_back(&rule);
  return "";
}

std::optional<bool> NftChains::is_dormant(const std::string& table) const {
  const auto found = dormant_.find(table);
  return found == dormant_.end() ? false : found->second;
}

bool NftChains::may_act(const std::string& table) const { return is_dormant(table) != true; }

std::vector<std::string> NftChains::hooks(NftRole role) const {
  std::vector<const NftChain*> order;
  for (const NftChain& chain : chains_)
    if (chain.role == role && may_act(chain.table)) order.push_back(&chain);
  std::stable_sort(order.begin(), order.end(), [](const NftChain* a, const NftChain* b) {
    return std::tie(a->is_last, a->priority) < std::tie(b->is_last, b->priority);
  });
  std::vector<std::string> names;
  for (const NftChain* chain : order) names.push_back(chain->name);
  return names;
}

NftTracking NftChains::tracking(const NftChain& chain, bool has_notrack) const {
  NftTracking made{false, has_notrack, false};
  for (const NftChain& base : chains_) {
    const bool leads_here = chain.role == NftRole::called ? base.table == chain.table : base.name == chain.name;
    if (!leads_here || (base.role != NftRole::filtering && base.role != NftRole::nat)) continue;
    made.is_tracked |= base.is_last || base.priority >= conntrack_priority;
    made.is_early |= !base.is_last && base.priority <= conntrack_priority;
  }
  return made;
}

std::vector<std::string> hooks_that_may_drop(const Filter& filter) {
  const ChainIndex index(filter.chains);
  std::vector<bool> drops(filter.chains.size());
  const auto may_drop = [&](const FilterRule& rule) {
    const std::size_t target = index.find(rule.target);
    return rule.verdict == Verdict::drop || (target != no_chain && drops[target]);
  };
  for (const std::size_t chain : callees_first(filter, index)) {
    const auto& rules = filter.chains[chain].rules;
    drops[chain] = filter.chains[chain].policy == Verdict::drop || std::any_of(rules.begin(), rules.end(), may_drop);
  }
  std::vector<std::string> names;
  for (const std::string& hook : filter.hooks)
    if (drops[index.find(hook)]) names.push_back(hook);
  return names;
}

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
