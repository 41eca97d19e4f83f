// What egressc prints as ferm, and no more of that language.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "egressc/readers.h"
#include "readers/xtables/xtables.h"

namespace egressc::readers {
namespace {

// The words of a ferm file, one after the other.
struct FermToken {
  enum class Kind : std::uint8_t { word, text, mark, end, bad };  // text was in single quotes; a mark is one of {}();
  Kind kind = Kind::end;
  std::string_view text;
  std::size_t at = 0;  // where it begins
  std::uint32_t line = 0;

  bool is(char mark) const { return kind == Kind::mark && text.front() == mark; }
};

class FermTokens {
 public:
  explicit FermTokens(std::string_view text) : text_(text) {}
  // Bad for what runs commands or is expanded in ferm, and for text that is not closed.
  FermToken next();

 private:
  void skip_blanks();

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

constexpr bool belongs_to_ferm_word(char c) {
  return is_letter_or_digit(c) || std::string_view("-_.:/,!+").find(c) != std::string_view::npos;
}

void FermTokens::skip_blanks() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (!is_blank(c)) {
      return;
    }
  }
}

FermToken FermTokens::next() {
  using Kind = FermToken::Kind;
  skip_blanks();
  if (at_ == text_.size()) return {Kind::end, {}, at_, line_};
  const std::size_t begin = at_;
  if (std::string_view("{}();").find(text_[begin]) != std::string_view::npos) {
    ++at_;
    return {Kind::mark, text_.substr(begin, 1), begin, line_};
  }
  if (text_[begin] == '\'') {
    const std::size_t end = text_.find_first_of("'\n", begin + 1);
    if (end == std::string_view::npos || text_[end] == '\n') return {Kind::bad, text_.substr(begin, 1), begin, line_};
    at_ = end + 1;
    return {Kind::text, text_.substr(begin + 1, end - begin - 1), begin, line_};
  }
  while (at_ < text_.size() && belongs_to_ferm_word(text_[at_])) ++at_;
  if (at_ == begin) return {Kind::bad, text_.substr(begin, 1), begin, line_};
  return {Kind::word, text_.substr(begin, at_ - begin), begin, line_};
}

// A keyword, or what stands where a keyword's values do: several in parentheses.
struct FermWord {
  std::vector<std::string_view> values;
  bool is_text = false;  // it was quoted, or in parentheses: no keyword
};

constexpr Named<std::string_view> ferm_options[] = {
    {"proto", "p"}, {"saddr", "s"}, {"daddr", "d"}, {"outerface", "o"}, {"destination-ports", "dports"}};

constexpr std::string_view bare_targets[] = {"ACCEPT", "DROP", "RETURN", "REJECT", "LOG", "NFLOG"};

std::string_view option_of_keyword(std::string_view keyword) {
  if (const auto* option = find_named(ferm_options, keyword)) return *option;
  return keyword.size() > 1 ? keyword : std::string_view("-");  // "p" is no keyword of ferm
}

// The keywords of one rule.
class FermKeywords {
 public:
  FermKeywords(std::span<const FermWord> words, RuleBuilder& rule) : rest_(words), rule_(rule) {}

  // What cannot be read, or "".
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
    if (is_among(bare_targets, keyword)) {
      rule_.jump(keyword);
      return true;
    }
    if (const MatchOption* option = rule_.find(option_of_keyword(keyword))) return read_option(*option);
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

class FermReader {
 public:
  FermReader(std::string_view text, const std::string& file, Family family, Diagnostics& diagnostics, IpSetFlows sets)
      : text_(text), tokens_(text), file_(file), family_(family), diagnostics_(diagnostics), around_{std::move(sets)} {
    advance();
  }

  // domain ip table filter { ... }
  std::optional<Filter> read() {
    builder_.declare("OUTPUT", Verdict::accept);
    while (!failed_ && token_.kind != FermToken::Kind::end) {
      expect("domain");
      const std::string_view domain = take_word();
      if (!failed_ && domain != "ip" && domain != "ip6") fail("the domain is ip or ip6");
      is_ours_ = (domain == "ip6") == (family_ == Family::ipv6);
      expect("table");
      expect("filter");
      expect_mark('{');
      while (!failed_ && !token_.is('}')) read_chain();
      expect_mark('}');
    }
    if (failed_) return std::nullopt;
    Filter made = builder_.finish({"OUTPUT"});
    identify_rules(made, around_);
    return made;
  }

 private:
  void advance() { token_ = tokens_.next(); }

  void fail(std::string message) {
    if (failed_) return;
    failed_ = true;
    diagnostics_.error({file_, token_.line, 0}, std::move(message),
                       "only what egressc prints is read as ferm; let ferm --noexec --lines turn other text into "
                       "iptables-restore");
  }

  void expect(std::string_view word) {
    if (token_.kind != FermToken::Kind::word || token_.text != word) return fail(fmt::format("expected \"{}\"", word));
    advance();
  }

  void expect_mark(char mark) {
    if (!token_.is(mark)) return fail(fmt::format("expected \"{}\"", mark));
    advance();
  }

  std::string_view take_word() {
    const FermToken word = token_;
    if (word.kind != FermToken::Kind::word) {
      fail("expected a word");
      return {};
    }
    advance();
    return word.text;
  }

  // chain NAME { ... }
  void read_chain() {
    expect("chain");
    const std::string name(take_word());
    if (is_ours_ && !builder_.has(name)) builder_.declare(name, Verdict::ret);
    expect_mark('{');
    while (!failed_ && !token_.is('}')) read_statement(name);
    expect_mark('}');
  }

  void read_statement(const std::string& chain) {
    const FermToken first = token_;
    words_.clear();
    while (!failed_ && !token_.is(';')) read_word();
    const std::string_view text = text_.substr(first.at, token_.at - first.at);
    expect_mark(';');
    if (failed_ || !is_ours_) return;
    if (words_.empty()) return;
    if (words_.front().values.front() == "policy" && !words_.front().is_text) return set_policy(chain);
    RuleBuilder rule(family_, around_);
    if (std::string wrong = FermKeywords(words_, rule).read(); !wrong.empty()) return fail(std::move(wrong));
    builder_.append(chain, rule.finish(text, {file_, first.line, 0}));
  }

  void read_word() {
    FermWord word;
    if (token_.is('(')) {
      word.is_text = true;
      for (advance(); token_.kind == FermToken::Kind::word; advance()) word.values.push_back(token_.text);
      if (word.values.empty() || !token_.is(')')) return fail("expected words in parentheses");
    } else if (token_.kind == FermToken::Kind::word || token_.kind == FermToken::Kind::text) {
      word.is_text = token_.kind == FermToken::Kind::text;
      word.values.push_back(token_.text);
    } else {
      return fail("expected a keyword or \";\"");
    }
    words_.push_back(std::move(word));
    advance();
  }

  void set_policy(const std::string& chain) {
    const std::string_view policy = words_.size() == 2 ? words_[1].values.front() : "";
    if (chain != "OUTPUT" || (policy != "DROP" && policy != "ACCEPT"))
      return fail("a policy is OUTPUT's, and ACCEPT or DROP");
    builder_.declare(chain, policy == "DROP" ? Verdict::drop : Verdict::accept);
  }

  std::string_view text_;
  FermTokens tokens_;
  FermToken token_;
  const std::string& file_;
  Family family_;
  Diagnostics& diagnostics_;
  Surroundings around_;
  FilterBuilder builder_;
  std::vector<FermWord> words_;
  bool is_ours_ = false;
  bool failed_ = false;
};

}  // namespace
}  // namespace egressc::readers

namespace egressc {

std::optional<Filter> read_ferm(std::string_view text, const std::string& file, Family family, Diagnostics& diagnostics,
                                const IpSets* sets, LiveNames live) {
  readers::IpSetFlows flows(sets ? &sets->table() : nullptr, family, live);
  return readers::FermReader(text, file, family, diagnostics, std::move(flows)).read();
}

}  // namespace egressc
