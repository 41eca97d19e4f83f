#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "readers/meaning/chain_order.h"
#include "readers/nft_json/ruleset.h"

namespace egressc::readers {
namespace {

// linux/netfilter_ipv4.h
constexpr int conntrack_priority = -200;  // NF_IP_PRI_CONNTRACK
constexpr int nat_priority = -100;        // NF_IP_PRI_NAT_DST, of all chains of type nat on output

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
  // At the priority of nat it is not known which comes first.
  made.is_behind_nat = made.is_last || (made.role == NftRole::filtering && made.priority >= nat_priority);
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

}  // namespace egressc::readers
