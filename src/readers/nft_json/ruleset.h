// A ruleset of nftables as it is listed: its chains, the statements of their rules, and what people should know of it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "readers/nft_json/document.h"
#include "readers/nft_json/keys.h"
#include "readers/nft_json/lookup.h"

namespace egressc::readers {

// What the rules of one table refer to.
struct NftTable {
  std::string name;  // as NftJsonSets knows it
  NftJsonSets& sets;
  NftTracking tracking;
};

// {"op": "==", "left": ..., "right": ...}
void read_condition(const Json& condition, const NftTable& table, Match& match);

// Of the statements that are neither a condition nor a verdict of nftables' own.
enum class NftEffect : std::uint8_t {
  none,  // the rule goes on, if `match` still does
  drop,
  accept,
  rewritten,  // accepted, with another destination
  anything,   // the packet may go on, be accepted or dropped
  changed,    // and have another destination
};

// What a statement does to packets that got so far; it may end the rule for some, and narrows `match` to the others.
NftEffect read_effect(const NamedJson& statement, const NftTable& table, Match& match);

// What rules say, whatever handles the kernel gave to them, and whatever counters count.
class NftIdentities {
 public:
  // A set, a map, a limit or the like, which rules of the table call by its name.
  void add(std::string_view table, const Json& object);
  std::string of(std::string_view table, const Json& rule);

 private:
  struct Object {
    const Json* json;
    std::string hash;  // once it was asked for
  };
  std::map<std::pair<std::string, std::string>, Object> objects_;
};

// The target of a rule that may do anything: no chain has such a name.
inline constexpr std::string_view no_chain_at_all = " ";

// Of {"expr": [...], ...}: one rule, or of a verdict map a rule for each verdict it leads to. `place` is the chain, as
// people know it. Targets are as the table names them.
std::vector<FilterRule> read_rule(const Json& rule, const NftTable& table, const std::string& place, Location where);

// "inet filter": tells tables apart, whatever bytes their names have.
std::string table_name(const Json& object, std::string_view name_member);
std::string chain_name(const std::string& table, std::string_view chain);

enum class NftRole : std::uint8_t {
  called,     // no base chain
  filtering,  // decides on packets that leave
  nat,        // rewrites them
  outside,    // of another family than IP, and decides on packets that leave
  elsewhere,  // sees no packets that leave
};

struct NftChain {
  std::string name;   // "inet filter output"
  std::string table;  // "inet filter"
  NftRole role = NftRole::called;
  Verdict policy = Verdict::ret;
  bool is_last = false;  // on postrouting, after output
  bool is_behind_nat = false;
  int priority = 0;
  std::vector<const Json*> rules;
};

// The tables and chains.
class NftChains {
 public:
  // What is wrong with an entry, or "".
  std::string_view add_table(const Json& table);
  std::string_view add_chain(const Json& chain);
  std::string_view add_rule(const Json& rule);

  const std::vector<NftChain>& all() const { return chains_; }
  // nullopt if the listing does not tell.
  std::optional<bool> is_dormant(const std::string& table) const;
  bool may_act(const std::string& table) const;
  // The names of the base chains of a role, in the order the kernel visits them.
  std::vector<std::string> hooks(NftRole role) const;
  // Where the rules of a chain are asked, as to conntrack; `has_notrack` if rules tell it to leave packets alone.
  NftTracking tracking(const NftChain& chain, bool has_notrack) const;

 private:
  std::unordered_map<std::string, std::optional<bool>> dormant_;  // by table
  std::vector<NftChain> chains_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace egressc::readers
