#include "readers/nft_json_rule.h"

#include <fmt/core.h>

#include "readers/nft_json_statement.h"
#include "readers/nft_json_text.h"
#include "readers/nft_json_verdict.h"

namespace egressc::readers {
namespace {

constexpr std::size_t longest_rule = 120;
constexpr std::size_t longest_place = 80;

class RuleReader {
 public:
  RuleReader(const NftTable& table, std::string place, Location where)
      : table_(table), place_(std::move(place)), where_(std::move(where)) {}

  std::vector<FilterRule> read(const Json* statements) {
    if (statements == nullptr || !statements->IsArray()) {
      match_.doubt("a rule is not understood");
      add_anything();
      return std::move(rules_);
    }
    for (const Json& statement : statements->GetArray()) {
      read_statement(statement);
      if (is_done_) return std::move(rules_);
    }
    add(Verdict::none, {});
    return std::move(rules_);
  }

 private:
  void read_statement(const Json& statement) {
    const auto named = only_member(statement);
    if (!named) {
      match_.doubt("a statement is not understood");
      return add_anything();
    }
    if (named->name == "vmap") return read_map(*named->value);
    add_statement(text_, statement);
    if (named->name == "match") return read_condition(*named->value, table_, match_);
    if (const auto verdict = read_verdict(statement)) {
      if (verdict->verdict != Verdict::none) add(verdict->verdict, verdict->target);
      return;
    }
    const NftEffect effect = read_effect(*named, table_, match_);
    if (effect == NftEffect::drop) add(Verdict::drop, {});
    if (effect == NftEffect::anything) add_anything();
  }

  void add(Verdict verdict, std::string_view target) {
    FlowSpace most = match_.most();
    FlowSpace least = match_.may_differ() ? match_.least() : most;
    add({std::move(least), std::move(most), verdict, std::string(target), text_.take(), where_, match_.why()});
    is_done_ = true;
  }

  void add_anything() { add(Verdict::jump, no_chain_at_all); }

  void add(FilterRule rule) {
    rule.text += place_;
    const bool is_decided = rule.undecided.empty() || (rule.least == rule.most && rule.target != no_chain_at_all);
    if (is_decided) rule.undecided.clear();
    rules_.push_back(std::move(rule));
  }

  void read_map(const Json& map) {
    const Json* const left = member(map, "key");
    const Json* const data = member(map, "data");
    if (left == nullptr || data == nullptr) {
      match_.doubt("a verdict map is not understood");
      return add_anything();
    }
    const NftKeys keys = read_keys(*left, table_.tracking);
    for (const NftKey& key : keys) match_.require(key);
    std::vector<NftCase> own;
    const std::vector<NftCase>* cases = &own;
    if (const std::string_view name = text_of(*data); name.starts_with('@')) {
      const NftJsonSet* const set = table_.sets.find(table_.name, name.substr(1));
      cases = set != nullptr && set->is_verdict_map ? table_.sets.cases(*set, keys) : nullptr;
    } else if (const Json* const entries = member(*data, "set")) {
      own = read_cases(keys, *entries, {});
    } else {
      cases = nullptr;
    }
    text_.add_word("");
    add_expression(text_, *left);
    if (cases != nullptr) return add_cases(*cases);
    match_.doubt("a verdict map is not understood");
    text_.add_word("vmap");
    add_anything();
  }

  // A packet whose entry says "continue" goes on in the rule, one that has none leaves it.
  void add_cases(const std::vector<NftCase>& cases) {
    const FlowSpace most = match_.most();
    const FlowSpace least = match_.may_differ() ? match_.least() : most;
    const std::string words = text_.take();
    NftLookup going_on;
    for (const NftCase& one : cases) {
      if (one.is_known && one.verdict.verdict == Verdict::none) {
        going_on = {going_on.least | one.keys.least, going_on.most | one.keys.most, one.keys.why};
        continue;
      }
      const Verdict verdict = one.is_known ? one.verdict.verdict : Verdict::jump;
      const std::string_view target = one.is_known ? one.verdict.target : no_chain_at_all;
      std::string why = one.is_known || match_.may_differ() ? match_.why() : "a verdict is not understood";
      if (why.empty()) why = one.keys.why;
      add({least & one.keys.least, most & one.keys.most, verdict, std::string(target), text_of_case(words, one), where_,
           std::move(why)});
    }
    if (going_on.most.empty()) {
      is_done_ = true;
      return;
    }
    match_.narrow(going_on.least, going_on.most, going_on.why);
    text_.add(words);
  }

  static std::string text_of_case(const std::string& words, const NftCase& one) {
    ShortText text(longest_rule);
    text.add(words);
    text.add_word("vmap { ");
    add_expression(text, *one.first);
    if (one.count > 1) text.add(fmt::format(" and {} more", one.count - 1));
    text.add(" : ");
    text.add(verdict_word(one));
    text.add(" }");
    return text.take();
  }

  static std::string verdict_word(const NftCase& one) {
    if (!one.is_known) return "?";
    switch (one.verdict.verdict) {
      case Verdict::accept:
        return "accept";
      case Verdict::drop:
        return "drop";
      case Verdict::jump:
        return fmt::format("jump {}", one.verdict.target);
      case Verdict::go:
        return fmt::format("goto {}", one.verdict.target);
      case Verdict::ret:
        return "return";
      case Verdict::none:
        break;
    }
    return "continue";
  }

  const NftTable& table_;
  std::string place_;
  Location where_;
  NftJsonMatch match_;
  ShortText text_{longest_rule};
  std::vector<FilterRule> rules_;
  bool is_done_ = false;
};

}  // namespace

std::vector<FilterRule> read_rule(const Json& rule, const NftTable& table, const std::string& place, Location where) {
  std::string suffix = fmt::format(" ({}", printable(place, longest_place));
  if (const Json* const handle = member(rule, "handle"); handle != nullptr && handle->IsUint64())
    suffix += fmt::format(" # handle {}", handle->GetUint64());
  suffix += ')';
  return RuleReader(table, std::move(suffix), std::move(where)).read(member(rule, "expr"));
}

}  // namespace egressc::readers
