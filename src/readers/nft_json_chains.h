// The tables and chains of a ruleset of nftables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "egressc/filter.h"
#include "readers/nft_json_document.h"
#include "readers/nft_json_key.h"

namespace egressc::readers {

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
  int priority = 0;
  std::vector<const Json*> rules;
};

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
