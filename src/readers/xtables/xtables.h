// One xtables rule, put together from its options, whichever dialect spells them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "egressc/filter.h"
#include "readers/ipset/ipset.h"
#include "readers/meaning/match.h"

namespace egressc::readers {

using Values = std::span<const std::string_view>;

class RuleBuilder;

struct MatchOption {
  std::string_view name;                                          // without dashes
  std::string_view module;                                        // that it belongs to; empty: it needs none
  unsigned values;                                                // that follow it
  void (*apply)(RuleBuilder& rule, Values values, bool negated);  // nullptr: it says nothing, or leaves doubt
  std::string_view doubt = {};                                    // why
};

// What the meaning of a rule depends on besides its own text.
struct Surroundings {
  IpSetFlows sets;
  bool untracked = false;  // some packets are kept from connection tracking
  bool tracks = false;     // a rule makes the kernel track connections
  std::unordered_map<std::string, std::vector<std::string>> asked = {};  // by the texts of rules: the sets they look up
};

class RuleBuilder {
 public:
  // `is_chain` tells the chains of the table: a target of such a name is one.
  using IsChain = std::function<bool(std::string_view name)>;
  // Which table it is in, where that matters: conntrack has not seen the packets that raw sees.
  enum class In : std::uint8_t { raw, nat, other };
  RuleBuilder(Family family, Surroundings& around, IsChain is_chain = {}, In in = In::other)
      : match_(family), family_(family), around_(around), is_chain_(std::move(is_chain)), in_(in) {}

  // "-m name", and what a protocol of that name brings along.
  void load(std::string_view module);
  // The option of this name among those of the loaded modules, or nullptr.
  const MatchOption* find(std::string_view name) const;
  void apply(const MatchOption& option, Values values, bool negated);
  void unknown(std::string_view what, std::string_view name);
  // "-j name"
  void jump(std::string_view target);
  void go(std::string_view chain);
  // "-4" or "-6": of the other family it is passed over.
  void only_for(Family family) { is_for_other_ |= family != family_; }
  bool is_for_other() const { return is_for_other_; }
  // Text that cannot be taken apart: neither what it matches nor what it does is known.
  void garbled(std::string_view what, std::string_view word);
  // Of the target; they say nothing about the verdict.
  bool target_has_options() const { return target_has_options_; }

  FilterRule finish(std::string_view text, Location where);

  Match& match() { return match_; }
  Family family() const { return family_; }
  Surroundings& around() { return around_; }
  bool is_early() const { return in_ == In::raw; }
  // What a FlowPoint's port is compared with: only if the rule names a protocol whose ports, or types, these are.
  void ports(const Ranges& ranges, bool negated);
  void icmp(const Range& types, bool negated);
  // That it looks up a set.
  void asks(std::string_view set) { sets_.emplace_back(set); }

 private:
  Match match_;
  Family family_;
  Surroundings& around_;
  IsChain is_chain_;
  In in_;
  bool rewrites_ = false;
  bool copies_ = false;
  std::vector<std::string> sets_;
  std::uint64_t loaded_ = 1;  // bits of modules; the first is the empty name
  std::string_view target_why_;
  bool garbled_ = false;
  bool is_for_other_ = false;
  bool has_target_ = false;
  Verdict verdict_ = Verdict::none;
  std::string target_;
  bool target_has_options_ = false;
};

// Of every module that is understood, and of none.
std::span<const MatchOption> match_options();

// Whether packets go on to the next rule after a target.
bool is_passing(std::string_view target);

// How many values an option of a target takes; nullopt where that is not known.
std::optional<unsigned> target_option_values(std::string_view name);

// A filter of xtables, chain by chain.
class FilterBuilder {
 public:
  // Adds an empty chain, or, where there is one of this name, sets its policy.
  void declare(std::string name, Verdict policy);
  bool has(const std::string& name) const { return index_.count(name) != 0; }
  void set_behind_nat(const std::string& chain) { filter_.chains[index_.at(chain)].is_behind_nat = true; }
  void append(const std::string& chain, FilterRule rule);
  // Before the first rule.
  void insert(const std::string& chain, FilterRule rule);
  Filter finish(std::vector<std::string> hooks);

 private:
  Filter filter_;
  std::vector<std::vector<FilterRule>> inserted_;  // by chain, the latest last
  std::unordered_map<std::string, std::size_t> index_;
};

// Fills in FilterRule::identity of the rules that look up sets, if the filter may be undecided.
void identify_rules(Filter& filter, Surroundings& around);

// A word of a line of iptables-restore text.
struct Word {
  std::string_view text;  // of a quoted word what stands between the quotes, backslashes and all
  bool quoted = false;
};

// What is wrong with a line, or "". A comment has no words.
std::string_view split_words(std::string_view line, std::vector<Word>& words);

}  // namespace egressc::readers
