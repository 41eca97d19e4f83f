#include <fmt/core.h>

#include <optional>
#include <utility>
#include <vector>

#include "egressc/readers.h"
#include "readers/ferm_rule.h"
#include "readers/ferm_tokens.h"
#include "readers/filter_builder.h"

namespace egressc {
namespace {

using namespace readers;

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
    return builder_.finish({"OUTPUT"});
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
    if (std::string wrong = read_ferm_rule(words_, rule); !wrong.empty()) return fail(std::move(wrong));
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

std::optional<Filter> read_ferm(std::string_view text, const std::string& file, Family family, Diagnostics& diagnostics,
                                const IpSets* sets, LiveNames live) {
  return FermReader(text, file, family, diagnostics, IpSetFlows(sets ? &sets->table() : nullptr, family, live)).read();
}

}  // namespace egressc
