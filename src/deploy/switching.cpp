#include "deploy/switching.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace egressc::deploy {
namespace {

// "u1001", "u1001_g5_4", "g100", "deny", "rules", with this tag.
bool is_of(std::string_view name, std::string_view tag) {
  constexpr std::string_view second = "_b";
  const bool is_second = name.ends_with(second) || name.find("_b_") != name.npos;
  if (is_second != (tag == second)) return false;
  const bool is_subject = name.size() > 1 && (name[0] == 'u' || name[0] == 'g') && name[1] >= '0' && name[1] <= '9';
  return is_subject || name.starts_with("deny") || name.starts_with("rules");
}

template <typename Keep>
NftChange without(const RunningTable& table, Keep keep) {
  std::vector<NftCommand> flushes;
  std::vector<NftCommand> deletes;
  for (const std::string& chain : table.chains) {
    if (keep(chain)) continue;
    flushes.push_back(NftRemoval{NftRemoval::What::rules, chain});
    deletes.push_back(NftRemoval{NftRemoval::What::chain, chain});
  }
  for (const std::string& set : table.sets)
    if (!keep(set)) deletes.push_back(NftRemoval{NftRemoval::What::set, set});
  flushes.insert(flushes.end(), deletes.begin(), deletes.end());
  return {std::move(flushes)};
}

}  // namespace

std::string free_tag(const RunningTable& running) {
  const bool has_first = std::find(running.chains.begin(), running.chains.end(), "rules") != running.chains.end();
  return has_first && running.runs != "rules_b" ? "_b" : "";
}

std::optional<Switching> switching(const NftTable& made, const RunningTable& running) {
  if (!running.is_ours || running.has_others) return std::nullopt;
  RunningTable beside;  // what is loaded beside, and is not there already
  std::set<std::string_view> names;
  for (const auto& set : made.sets) {
    names.insert(set->name);
    if (set->timeout.count() == 0) beside.sets.push_back(set->name);
  }
  const std::vector<NftChain> chains(made.chains.begin(), made.chains.end() - 1);
  for (const NftChain& chain : made.chains) names.insert(chain.name);
  for (const NftChain& chain : chains) beside.chains.push_back(chain.name);

  const std::string tag = free_tag(running);
  Switching result;
  // What has its tag was left behind by a switching that was cut off.
  const auto is_left = [&](std::string_view name) { return is_of(name, tag); };
  result.prepare = without(running, std::not_fn(is_left));
  result.prepare.commands.push_back(NftTable{made.sets, chains});
  result.turn = {
      {NftRemoval{NftRemoval::What::rules, std::string(nft_base_chain)}, NftTable{{}, {made.chains.back()}}}};
  result.clear = without(running, [&](std::string_view name) { return names.contains(name) || is_left(name); });
  result.give_up = without(beside, [](std::string_view) { return false; });
  return result;
}

}  // namespace egressc::deploy
