#include "readers/iptables_rule.h"

#include <array>
#include <utility>

namespace egressc::readers {
namespace {

// Other spellings of options, without dashes.
constexpr std::pair<std::string_view, std::string_view> aliases[] = {{"protocol", "p"},
                                                                     {"source", "s"},
                                                                     {"src", "s"},
                                                                     {"destination", "d"},
                                                                     {"dst", "d"},
                                                                     {"out-interface", "o"},
                                                                     {"in-interface", "i"},
                                                                     {"set-counters", "c"},
                                                                     {"match", "m"},
                                                                     {"jump", "j"},
                                                                     {"fragment", "f"},
                                                                     {"ipv4", "4"},
                                                                     {"ipv6", "6"},
                                                                     {"goto", "g"},
                                                                     {"destination-port", "dport"},
                                                                     {"source-port", "sport"},
                                                                     {"destination-ports", "dports"},
                                                                     {"source-ports", "sports"}};

bool is_option(const Word& word) { return !word.quoted && word.text.size() > 1 && word.text.front() == '-'; }

// "--jum" is --jump for getopt_long(3).
bool may_be_target(std::string_view name) {
  return std::string_view("jump").starts_with(name) || std::string_view("goto").starts_with(name);
}

// "" for what has its value attached: "-jDROP".
std::string_view option_name(std::string_view text) {
  const bool is_long = text.starts_with("--");
  text.remove_prefix(is_long ? 2 : 1);
  if (!is_long) return text.size() == 1 ? text : std::string_view();
  for (const auto& [alias, name] : aliases)
    if (alias == text) return name;
  return text.size() > 1 ? text : std::string_view();
}

class Options {
 public:
  Options(std::span<const Word> words, RuleBuilder& rule) : rest_(words), rule_(rule) {}

  void read() {
    while (!rest_.empty()) {
      bool negated = false;
      if (!rest_.front().quoted && rest_.front().text == "!") {
        negated = true;
        rest_ = rest_.subspan(1);
      }
      if (rest_.empty() || !is_option(rest_.front()))
        return rule_.garbled("word", rest_.empty() ? "!" : rest_.front().text);
      const std::string_view written = rest_.front().text;
      rest_ = rest_.subspan(1);
      if (!read_option(option_name(written), negated)) return rule_.garbled("option", written);
    }
  }

 private:
  bool take(unsigned count) {
    if (rest_.size() < count) return false;
    for (unsigned i = 0; i < count; ++i) values_[i] = rest_[i].text;
    rest_ = rest_.subspan(count);
    return true;
  }

  // False if it cannot be taken apart.
  bool read_option(std::string_view name, bool negated) {
    const bool names_part = name == "m" || name == "j" || name == "g";
    if (names_part && (negated || !take(1))) return false;
    if (name == "m") return rule_.load(values_[0]), true;
    if (name == "j") return rule_.jump(values_[0]), true;
    if (name == "g") return rule_.go(values_[0]), true;
    if (name == "4" || name == "6") return rule_.only_for(name == "4" ? Family::ipv4 : Family::ipv6), !negated;
    if (const MatchOption* option = rule_.find(name)) {
      if (!take(option->values)) return false;
      rule_.apply(*option, Values(values_).first(option->values), negated);
      return true;
    }
    if (may_be_target(name)) return false;
    const auto values = target_option_values(name);
    if (!rule_.target_has_options()) rule_.unknown("option", name);
    if (values) return take(*values);
    while (!rest_.empty() && !is_option(rest_.front()) && rest_.front().text != "!") rest_ = rest_.subspan(1);
    return true;
  }

  std::span<const Word> rest_;
  RuleBuilder& rule_;
  std::array<std::string_view, 2> values_;
};

}  // namespace

void read_options(std::span<const Word> words, RuleBuilder& rule) { Options(words, rule).read(); }

}  // namespace egressc::readers
