#include "deploy/switching.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "deploy/connections/connections.h"

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

namespace {

constexpr std::string_view table_head = "table inet egressc {\n";

// Without what changes by itself: counters, and the time that is left to elements.
std::string without_state(std::string_view text) {
  std::string rest;
  while (!text.empty()) {
    const std::size_t counter = std::min(text.find(" packets "), text.find(" expires "));
    rest += text.substr(0, counter);
    if (counter == text.npos) break;
    const bool counts = text.substr(counter).starts_with(" packets ");
    text.remove_prefix(counter);
    for (int words = counts ? 4 : 2; words > 0; --words)
      text.remove_prefix(std::min(text.find_first_of(" ,\n", 1), text.size()));
  }
  return rest;
}

// What a set is, whatever it holds.
std::string_view definition(std::string_view set) { return set.substr(0, set.find("\t\telements = {")); }

// The elements of live sets that run and that only `made` has brought, as they are deleted.
std::string withdrawn(std::string_view before, std::string_view running, const NftTable& made) {
  const auto key = [](const LiveElement& element) { return std::pair(element.set, element.address); };
  std::set<std::pair<std::string, Prefix>> known;
  std::set<std::pair<std::string, Prefix>> brought;
  const std::vector<std::string> names = live_set_names(before);
  for (const LiveElement& element : live_elements(before).elements) known.insert(key(element));
  for (const auto& set : made.sets)
    if (std::find(names.begin(), names.end(), set->name) != names.end())
      for (const NftElement& element : set->elements) brought.emplace(set->name, element.address);
  std::string text;
  for (const LiveElement& element : live_elements(running).elements)
    if (brought.contains(key(element)) && !known.contains(key(element)))
      text += fmt::format("delete element inet egressc {} {{ {} }}\n", element.set, to_string(element.address));
  return text;
}

class Restorer {
 public:
  Restorer(std::string_view before, std::string_view running)
      : before_(before), running_(running), is_(running_table(running)), was_(running_table(before)) {
    was_tag_ = was_.runs.ends_with("_b") ? "_b" : "";
    tag_ = running.empty() ? was_tag_ : free_tag(is_);
    for (const ListedBlock& block : listed_blocks(running))
      runs_.emplace(std::pair(block.kind, block.name), block.text);
  }

  std::optional<Restoring> restore(const NftTable* made) {
    if ((!running_.empty() && !is_loaded(is_)) || (!before_.empty() && !is_loaded(was_))) return std::nullopt;
    if (before_.empty()) return take_out();
    if (!is_of(was_.runs, was_tag_)) return std::nullopt;
    for (const ListedBlock& block : listed_blocks(before_))
      if (!(is_switched() ? add(block) : is_there(block))) return std::nullopt;
    return stages(made);
  }

 private:
  static bool is_loaded(const RunningTable& table) { return table.is_ours && !table.has_others; }

  // First nothing is denied any more, then the table goes.
  Restoring take_out() const {
    if (running_.empty()) return {};
    return {{},
            nft_text({{NftRemoval{NftRemoval::What::rules, std::string(nft_base_chain)}, open_base_chain()}}),
            nft_text({{NftClear{}}}),
            {}};
  }

  static NftCommand open_base_chain() { return warm_up_table().commands.back(); }

  // Whether the change got so far that others run.
  bool is_switched() const { return tag_ == was_tag_; }
  bool is_left(std::string_view name) const { return is_of(name, tag_); }
  bool is_own(const ListedBlock& block) const { return is_of(block.name, was_tag_); }

  // Into the stage that it belongs to. False if it cannot be.
  bool add(const ListedBlock& block) {
    if (block.text.empty()) return false;
    if (is_of(block.name, was_tag_.empty() ? "_b" : "")) return true;  // nothing led to it
    names_.insert(block.name);
    const auto same = runs_.find({block.kind, block.name});
    if (block.name == nft_base_chain) {
      turn_ += block.text;
    } else if (same != runs_.end() && !is_own(block)) {
      return block.kind == "set" && definition(same->second) == definition(block.text);
    } else if (block.kind == "chain" && block.text.find("\n\t\ttype ") != block.text.npos) {
      turn_ += block.text;
    } else {
      prepare_ += block.text;
      (block.kind == "set" ? beside_.sets : beside_.chains).emplace_back(block.name);
    }
    return true;
  }

  bool is_there(const ListedBlock& block) {
    if (is_left(block.name)) return true;
    names_.insert(block.name);
    const auto same = runs_.find({block.kind, block.name});
    if (same == runs_.end()) return false;
    if (block.kind == "set" && !is_own(block)) return definition(same->second) == definition(block.text);
    return without_state(same->second) == without_state(block.text);
  }

  Restoring stages(const NftTable* made) const {
    Restoring result;
    const auto is_kept = [&](std::string_view name) { return names_.contains(name); };
    if (made != nullptr) result.turn = withdrawn(before_, running_, *made);
    if (!is_switched()) {
      result.clear = nft_text(without(is_, is_kept));
      return result;
    }
    result.prepare = nft_text(running_.empty() ? NftChange{{open_base_chain()}}
                                               : without(is_, [&](std::string_view name) { return !is_left(name); }));
    result.prepare += std::string(table_head) + prepare_ + "}\n";
    result.turn += "flush chain inet egressc output\n" + std::string(table_head) + turn_ + "}\n";
    // What was left behind beside what runs has made room for what is restored.
    result.clear = nft_text(without(is_, [&](std::string_view name) { return is_kept(name) || is_left(name); }));
    result.give_up = nft_text(without(beside_, [](std::string_view) { return false; }));
    return result;
  }

  std::string_view before_;
  std::string_view running_;
  RunningTable is_;
  RunningTable was_;
  std::string was_tag_;
  std::string tag_;  // of what may stand beside what runs
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> runs_;  // by kind and name
  std::set<std::string_view> names_;                                                // of what was there before
  RunningTable beside_;
  std::string prepare_;
  std::string turn_;
};

}  // namespace

std::optional<Restoring> restoring(std::string_view before, std::string_view running, const NftTable* made) {
  return Restorer(before, running).restore(made);
}

}  // namespace egressc::deploy
