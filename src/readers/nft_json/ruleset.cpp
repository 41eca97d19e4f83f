#include "readers/nft_json/ruleset.h"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>

#include "egressc/readers.h"
#include "model/words/words.h"
#include "readers/meaning/chain_order.h"

namespace egressc::readers {
namespace {

// Whether a rule has one of these statements, or one of these targets of xtables.
bool has_any(const Json& rule, std::initializer_list<std::string_view> statements,
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

bool may_drop(const Json& rule) { return has_any(rule, {"drop", "reject", "queue", "vmap", "xt", "fwd", "dnat"}, {}); }

bool untracks(const Json& rule) { return has_any(rule, {"notrack"}, {"CT", "NOTRACK"}); }

template <typename Predicate>
bool any_rule(const NftChain& chain, Predicate predicate) {
  return std::any_of(chain.rules.begin(), chain.rules.end(), [&](const Json* rule) { return predicate(*rule); });
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
  names += and_more(count - 1);
  diagnostics.note({file, 0, 0}, fmt::format("sets change while they are in use: {}", names),
                   "what they held when they were listed is what counts here");
}

// Whether a packet on its way out may meet a rule that keeps conntrack from it.
bool has_notrack(const NftChains& chains) {
  const auto& all = chains.all();
  return std::any_of(all.begin(), all.end(), [&](const NftChain& chain) {
    const bool is_met = chain.role == NftRole::filtering || chain.role == NftRole::called;
    return is_met && chains.may_act(chain.table) && any_rule(chain, untracks);
  });
}

constexpr std::string_view nft_json_commands[] = {"add", "create", "insert", "replace", "delete", "flush", "element"};

class NftJsonReader {
 public:
  NftJsonReader(const std::string& file, Diagnostics& diagnostics, const NftListingContext& context)
      : where_{file, 0, 0}, diagnostics_(diagnostics), context_(context), sets_(context.markers) {}

  std::optional<Filter> read(const Json& list) {
    for (const Json& entry : list.GetArray())
      if (const std::string_view wrong = add(*only_member(entry)); !wrong.empty()) return fail(wrong);
    for (const Json& entry : list.GetArray()) {
      const NamedJson named = *only_member(entry);
      if (named.name != "rule" || is_left_out(table_name(*named.value, "table"))) continue;
      if (const std::string_view wrong = chains_.add_rule(*named.value); !wrong.empty()) return fail(wrong);
      note_statements(*named.value);
    }
    has_notrack_ = context_.untracked || has_notrack(chains_);
    Filter filter;
    for (const NftChain& chain : chains_.all())
      if (is_read(chain.role) && chains_.may_act(chain.table)) {
        origins_.push_back({&chain, {}});
        filter.chains.push_back(read_chain(chain));
      }
    filter.hooks = chains_.hooks(NftRole::nat);
    const auto nat = hooks_that_decide(filter, filter.hooks);
    filter.hooks = chains_.hooks(NftRole::filtering);
    filter.hooks.insert(filter.hooks.end(), nat.begin(), nat.end());
    add_outside(filter);
    if (may_be_undecided(filter)) identify_rules(filter);
    note_rewriting(filter);
    note_sets(sets_, where_.file, diagnostics_);
    return filter;
  }

 private:
  std::nullopt_t fail(std::string_view wrong) {
    diagnostics_.error(where_, std::string(wrong), std::string(nft_json_hint));
    return std::nullopt;
  }

  // What is wrong, or "". Objects that only rules refer to say nothing by themselves.
  std::string_view add(const NamedJson& entry) {
    const auto& [name, object] = entry;
    if (is_left_out(table_name(*object, name == "table" ? "name" : "table"))) return "";
    if (name == "table") return chains_.add_table(*object);
    if (name == "chain") return chains_.add_chain(*object);
    if (name != "rule") identities_.add(table_name(*object, "table"), *object);
    if (name == "set" || name == "map")
      return sets_.add(table_name(*object, "table"), *object) ? "" : "a set is listed twice";
    if (is_among(nft_json_commands, name)) return "these are commands for nft, and not a ruleset";
    return "";
  }

  static bool is_read(NftRole role) {
    return role == NftRole::called || role == NftRole::filtering || role == NftRole::nat;
  }

  bool is_left_out(std::string_view table) const {
    const auto& tables = context_.left_out;
    return std::find(tables.begin(), tables.end(), table) != tables.end();
  }

  void note_statements(const Json& rule) {
    const Json* const statements = member(rule, "expr");
    if (statements == nullptr || !statements->IsArray()) return;
    for (const Json& statement : statements->GetArray())
      if (const auto named = only_member(statement)) sets_.note_statement(table_name(rule, "table"), *named);
  }

  FilterChain read_chain(const NftChain& chain) {
    FilterChain made;
    made.name = chain.name;
    made.policy = chain.policy;
    made.is_behind_nat = chain.is_behind_nat;
    if (chain.role == NftRole::nat) add_maybe_unasked(made);
    if (chain.role != NftRole::called) {
      add_other_family(chain, made);
      if (!chains_.is_dormant(chain.table).has_value()) add_maybe_dormant(chain, made);
    }
    const NftTable table{chain.table, sets_, chains_.tracking(chain, has_notrack_)};
    for (const Json* rule : chain.rules) {
      origins_.back().begins.push_back(made.rules.size());
      for (FilterRule& one : read_rule(*rule, table, chain.name, where_)) {
        if (leads_on(one) && one.target != no_chain_at_all) one.target = chain_name(chain.table, one.target);
        made.rules.push_back(std::move(one));
      }
    }
    return made;
  }

  void identify_rules(Filter& filter) {
    for (std::size_t i = 0; i < origins_.size(); ++i) {
      const auto& [chain, begins] = origins_[i];
      auto& rules = filter.chains[i].rules;
      for (std::size_t k = 0; k < begins.size(); ++k) {
        const std::string identity = identities_.of(chain->table, *chain->rules[k]);
        const std::size_t end = k + 1 < begins.size() ? begins[k + 1] : rules.size();
        for (std::size_t at = begins[k]; at < end; ++at) rules[at].identity = identity;
      }
    }
  }

  // Chains of netdev on egress see all that a device sends, those of bridge what leaves by a bridge.
  void add_outside(Filter& filter) const {
    for (const NftChain& chain : chains_.all()) {
      if (chain.role != NftRole::outside || !chains_.may_act(chain.table)) continue;
      const auto may_drop_here = [&](const NftChain& one) {
        return (one.name == chain.name || (one.role == NftRole::called && one.table == chain.table)) &&
               (one.policy == Verdict::drop || any_rule(one, may_drop));
      };
      if (std::none_of(chains_.all().begin(), chains_.all().end(), may_drop_here)) continue;
      FilterChain made;
      made.name = chain.name;
      made.policy = Verdict::accept;
      made.is_behind_nat = true;
      made.rules.push_back({{},
                            FlowSpace::all(),
                            Verdict::drop,
                            {},
                            fmt::format("chain {} may drop packets that leave", printable(chain.name, 80)),
                            where_,
                            "chains of this family are not read"});
      filter.hooks.push_back(made.name);
      filter.chains.push_back(std::move(made));
    }
  }

  void note_rewriting(const Filter& filter) {
    for (const FilterChain& chain : filter.chains)
      if (std::any_of(chain.rules.begin(), chain.rules.end(), [](const FilterRule& rule) { return rule.rewrites; }))
        return diagnostics_.note(where_, fmt::format("chain {} gives packets another destination: of those, only what "
                                                     "holds for the one before nat and the one behind it is decided",
                                                     printable(chain.name, 80)));
  }

  // A table of one family sees no packets of the other.
  void add_other_family(const NftChain& chain, FilterChain& made) {
    const bool is_ip = chain.table.starts_with("ip ");
    if (!is_ip && !chain.table.starts_with("ip6 ")) return;
    const FlowSpace other(family_box(is_ip ? Family::ipv6 : Family::ipv4));
    std::string text = fmt::format("table {} sees no IPv{} packets", printable(chain.table, 80), is_ip ? 6 : 4);
    made.rules.push_back({other, other, Verdict::accept, {}, std::move(text), where_, {}});
  }

  // The kernel asks no chain of type nat where it tracks no connections, or where another has rewritten the packet.
  void add_maybe_unasked(FilterChain& made) {
    add_doubt(made, fmt::format("chain {} is of type nat", printable(made.name, 80)),
              "it depends on conntrack whether such a chain is asked");
  }

  void add_maybe_dormant(const NftChain& chain, FilterChain& made) {
    add_doubt(made, fmt::format("table {} has a flag", printable(chain.table, 80)),
              "nft does not tell whether the table is dormant");
  }

  // Any packet may be accepted here.
  void add_doubt(FilterChain& made, std::string text, std::string why) {
    made.rules.push_back({{}, FlowSpace::all(), Verdict::accept, {}, std::move(text), where_, std::move(why)});
  }

  Location where_;
  Diagnostics& diagnostics_;
  const NftListingContext& context_;
  NftChains chains_;
  NftJsonSets sets_;
  NftIdentities identities_;
  // Of each chain of the filter: where it was read from, and where what each of its rules was read to begins.
  struct Origin {
    const NftChain* chain;
    std::vector<std::size_t> begins;
  };
  std::vector<Origin> origins_;
  bool has_notrack_ = false;
};

}  // namespace
}  // namespace egressc::readers

namespace egressc {

std::optional<Filter> read_nftables_json(std::string_view json, const std::string& file, Diagnostics& diagnostics,
                                         const NftListingContext& context) {
  const auto document = readers::NftJsonDocument::parse(json, file, diagnostics);
  if (!document) return std::nullopt;
  return readers::NftJsonReader(file, diagnostics, context).read(document->list());
}

}  // namespace egressc
