#include "readers/ferm_rule.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace egressc::readers {
namespace {

constexpr std::pair<std::string_view, std::string_view> options[] = {
    {"proto", "p"}, {"saddr", "s"}, {"daddr", "d"}, {"outerface", "o"}, {"destination-ports", "dports"}};

constexpr std::string_view targets[] = {"ACCEPT", "DROP", "RETURN", "REJECT", "LOG", "NFLOG"};

std::string_view option_name(std::string_view keyword) {
  for (const auto& [name, option] : options)
    if (name == keyword) return option;
  return keyword.size() > 1 ? keyword : std::string_view("-");  // "p" is no keyword of ferm
}

class Keywords {
 public:
  Keywords(std::span<const FermWord> words, RuleBuilder& rule) : rest_(words), rule_(rule) {}

  std::string read() {
    while (!rest_.empty()) {
      const FermWord& word = rest_.front();
      if (word.is_text) return "a keyword is missing before this value";
      rest_ = rest_.subspan(1);
      if (!read_keyword(word.values.front()))
        return fmt::format("\"{}\" is not read, or its value is missing", printable(word.values.front(), 40));
    }
    return {};
  }

 private:
  const FermWord* take() {
    if (rest_.empty()) return nullptr;
    const FermWord& word = rest_.front();
    rest_ = rest_.subspan(1);
    return &word;
  }

  bool read_keyword(std::string_view keyword) {
    if (keyword == "mod" || keyword == "jump" || keyword == "goto") {
      const FermWord* name = take();
      if (!name || name->is_text) return false;
      if (keyword == "mod")
        rule_.load(name->values.front());
      else
        keyword == "jump" ? rule_.jump(name->values.front()) : rule_.go(name->values.front());
      return true;
    }
    if (std::find(std::begin(targets), std::end(targets), keyword) != std::end(targets)) {
      rule_.jump(keyword);
      return true;
    }
    if (const MatchOption* option = rule_.find(option_name(keyword))) return read_option(*option);
    const auto values = target_option_values(keyword);
    if (!values || !rule_.target_has_options()) return false;
    for (unsigned i = 0; i < *values; ++i)
      if (!take()) return false;
    return true;
  }

  bool read_option(const MatchOption& option) {
    if (option.values > 1) return read_words(option);
    const FermWord* word = option.values == 1 ? take() : nullptr;
    if (option.values == 1 && !word) return false;
    rule_.apply(option, word ? Values(word->values) : Values(), false);
    return true;
  }

  bool read_words(const MatchOption& option) {
    std::vector<std::string_view> values;
    for (unsigned i = 0; i < option.values; ++i) {
      const FermWord* word = take();
      if (!word || word->is_text) return false;
      values.push_back(word->values.front());
    }
    rule_.apply(option, values, false);
    return true;
  }

  std::span<const FermWord> rest_;
  RuleBuilder& rule_;
};

}  // namespace

std::string read_ferm_rule(std::span<const FermWord> words, RuleBuilder& rule) { return Keywords(words, rule).read(); }

}  // namespace egressc::readers
