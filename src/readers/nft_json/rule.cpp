#include <fmt/core.h>

#include <algorithm>

#include "model/words/words.h"
#include "readers/nft_json/document.h"
#include "readers/nft_json/ruleset.h"

namespace egressc::readers {
namespace {

// A rule in a few words, much as nft writes it: text up to a limit, and "..." where there was more.
class ShortText {
 public:
  explicit ShortText(std::size_t limit) : limit_(limit) {}
  bool is_full() const { return text_.size() >= limit_; }
  // Bytes that are not printable come out escaped.
  void add(std::string_view text) {
    if (!is_full()) text_ += printable(text, limit_);
  }
  // After a space, but for the first.
  void add_word(std::string_view word) {
    if (!text_.empty()) add(" ");
    add(word);
  }
  std::string take() {
    if (is_full()) text_.replace(limit_ - 3, text_.npos, "...");
    return std::move(text_);
  }

 private:
  std::size_t limit_;
  std::string text_;
};

constexpr int deepest_shown = 8;

void add_at(ShortText& text, const Json& expression, int depth);

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("_-./:@*+").find(c) != std::string_view::npos;
  });
}

void add_string(ShortText& text, std::string_view string) {
  text.add(is_word(string) ? std::string(string) : fmt::format("\"{}\"", printable(string, 60)));
}

void add_joined(ShortText& text, const Json& list, std::string_view between, int depth) {
  if (!list.IsArray()) return add_at(text, list, depth);
  bool is_first = true;
  for (const Json& item : list.GetArray()) {
    if (text.is_full()) return;
    if (!is_first) text.add(between);
    is_first = false;
    add_at(text, item, depth);
  }
}

void add_payload(ShortText& text, const Json& payload) {
  const std::string_view header = text_of(member(payload, "protocol"));
  if (header.empty()) return text.add("@raw");
  text.add(header);
  text.add(" ");
  text.add(text_of(member(payload, "field")));
}

void add_named(ShortText& text, const NamedJson& named, int depth) {
  const auto& [name, value] = named;
  const auto part = [value = value](std::string_view key) { return text_of(member(*value, key)); };
  if (name == "payload") return add_payload(text, *value);
  if (name == "prefix") {
    const Json* const length = member(*value, "len");
    text.add(part("addr"));
    text.add(length != nullptr && length->IsUint() ? fmt::format("/{}", length->GetUint()) : "/?");
  } else if (name == "range") {
    add_joined(text, *value, "-", depth);
  } else if (name == "concat") {
    add_joined(text, *value, " . ", depth);
  } else if (name == "set") {
    text.add("{ ");
    add_joined(text, *value, ", ", depth);
    text.add(" }");
  } else if (name == "elem") {
    if (const Json* const inner = member(*value, "val")) add_at(text, *inner, depth);
  } else if (name == "&" || name == "|" || name == "^" || name == "<<" || name == ">>") {
    add_joined(text, *value, fmt::format(" {} ", name), depth);
  } else {
    text.add(name);
    if (const std::string_view direction = part("dir"); !direction.empty()) text.add(fmt::format(" {}", direction));
    if (const std::string_view key = part("key"); !key.empty()) text.add(fmt::format(" {}", key));
  }
}

void add_at(ShortText& text, const Json& expression, int depth) {
  if (text.is_full()) return;
  const auto named = only_member(expression);
  if (depth == deepest_shown)
    text.add("...");
  else if (expression.IsString())
    add_string(text, text_of(expression));
  else if (expression.IsUint64())
    text.add(std::to_string(expression.GetUint64()));
  else if (expression.IsArray())
    add_joined(text, expression, ",", depth + 1);
  else if (named)
    add_named(text, *named, depth + 1);
  else
    text.add("?");
}

void add_expression(ShortText& text, const Json& expression) { add_at(text, expression, 0); }

void add_match(ShortText& text, const Json& match) {
  const std::string_view op = text_of(member(match, "op"));
  if (const Json* const left = member(match, "left")) add_expression(text, *left);
  if (op != "==" && op != "in") text.add_word(op);
  text.add(" ");
  if (const Json* const right = member(match, "right")) add_expression(text, *right);
}

void add_statement(ShortText& text, const Json& statement) {
  const auto named = only_member(statement);
  if (text.is_full() || !named) return;
  text.add_word("");
  const auto& [name, value] = *named;
  if (name == "match") return add_match(text, *value);
  text.add(name);
  for (const std::string_view key : {"target", "type", "name", "op"})
    if (const std::string_view part = text_of(member(*value, key)); !part.empty()) text.add_word(part);
  if (value->IsString()) text.add_word(text_of(*value));
}

constexpr std::size_t longest_rule = 120;
constexpr std::size_t longest_place = 80;

class JsonRuleReader {
 public:
  JsonRuleReader(const NftTable& table, std::string place, Location where)
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
    copies_ = copies_ || named->name == "dup";
    rewrites_ = effect == NftEffect::rewritten || effect == NftEffect::changed;
    if (effect == NftEffect::drop) add(Verdict::drop, {});
    if (effect == NftEffect::accept || effect == NftEffect::rewritten) add(Verdict::accept, {});
    if (effect == NftEffect::anything || effect == NftEffect::changed) add_anything();
  }

  void add(Verdict verdict, std::string_view target) {
    FlowSpace most = match_.most();
    FlowSpace least = match_.is_exact() ? most : match_.least();
    add({std::move(least), std::move(most), verdict, std::string(target), text_.take(), where_, match_.why()});
    is_done_ = true;
  }

  void add_anything() { add(Verdict::jump, no_chain_at_all); }

  void add(FilterRule rule) {
    rule.text += place_;
    rule.rewrites = rewrites_;
    rule.copies = copies_;
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
    for (const NftKey& key : keys) require(match_, key);
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
    const FlowSpace least = match_.is_exact() ? most : match_.least();
    const std::string words = text_.take();
    FlowBounds going_on;
    for (const NftCase& one : cases) {
      if (one.is_known && one.verdict.verdict == Verdict::none) {
        going_on = {going_on.least | one.keys.least, going_on.most | one.keys.most, one.keys.why};
        continue;
      }
      const Verdict verdict = one.is_known ? one.verdict.verdict : Verdict::jump;
      const std::string_view target = one.is_known ? one.verdict.target : no_chain_at_all;
      std::string why = one.is_known || !match_.why().empty() ? match_.why() : "a verdict is not understood";
      if (why.empty()) why = one.keys.why;
      add({least & one.keys.least, most & one.keys.most, verdict, std::string(target), text_of_case(words, one), where_,
           std::move(why)});
    }
    if (going_on.most.empty()) {
      is_done_ = true;
      return;
    }
    match_.narrow(going_on);
    text_.add(words);
  }

  static std::string text_of_case(const std::string& words, const NftCase& one) {
    ShortText text(longest_rule);
    text.add(words);
    text.add_word("vmap { ");
    add_expression(text, *one.first);
    text.add(and_more(std::max<std::size_t>(one.count, 1) - 1));
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
  Match match_;
  ShortText text_{longest_rule};
  std::vector<FilterRule> rules_;
  bool is_done_ = false;
  bool rewrites_ = false;
  bool copies_ = false;
};

}  // namespace

std::vector<FilterRule> read_rule(const Json& rule, const NftTable& table, const std::string& place, Location where) {
  std::string suffix = fmt::format(" ({}", printable(place, longest_place));
  if (const Json* const handle = member(rule, "handle"); handle != nullptr && handle->IsUint64())
    suffix += fmt::format(" # handle {}", handle->GetUint64());
  suffix += ')';
  return JsonRuleReader(table, std::move(suffix), std::move(where)).read(member(rule, "expr"));
}

}  // namespace egressc::readers
