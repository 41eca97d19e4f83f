// The nftables text that egressc writes, and no more of the language: what is not known here is an error.
#include <fmt/core.h>

#include <unordered_set>
#include <utility>

#include "egressc/readers.h"
#include "readers/nft_rule.h"
#include "readers/nft_sets.h"
#include "readers/nft_tokens.h"
#include "readers/nft_values.h"

namespace egressc {
namespace {

using readers::NftSets;
using readers::NftToken;
using readers::NftTokens;

class TableReader {
 public:
  TableReader(NftTokens& tokens, LiveNames live) : tokens_(tokens), live_(live) {}

  Filter read() {
    // Without these, what the text means would depend on what is loaded already.
    read_head("add table inet");
    tokens_.expect_newline();
    read_head("delete table inet");
    tokens_.expect_newline();
    read_head("table inet");
    tokens_.expect("{");
    tokens_.expect_newline();
    read_comment();
    for (tokens_.skip_newlines(); !tokens_.failed() && !tokens_.peek().is("}"); tokens_.skip_newlines()) {
      if (tokens_.peek().is("set"))
        readers::read_set(tokens_, sets_, live_);
      else
        read_chain();
      tokens_.expect_newline();
    }
    tokens_.expect("}");
    tokens_.skip_newlines();
    if (tokens_.peek().kind != NftToken::Kind::end) tokens_.fail_expected("the end of the text");
    check_targets();
    return std::move(filter_);
  }

 private:
  void read_head(std::string_view words) {
    tokens_.skip_newlines();
    tokens_.expect(words);
    const NftToken at = tokens_.peek();
    const std::string_view name = readers::take_name(tokens_);
    if (table_.empty()) table_ = name;
    if (name != table_) tokens_.fail(at, fmt::format("another table than \"{}\"", table_));
  }

  void read_comment() {
    if (!tokens_.take("comment")) return;
    tokens_.expect_quoted();
    tokens_.expect_newline();
  }

  void read_chain() {
    if (!tokens_.take("chain")) return tokens_.fail_expected("a set, a chain or \"}\"");
    const NftToken at = tokens_.peek();
    const std::string_view name = readers::take_name(tokens_);
    tokens_.expect("{");
    tokens_.expect_newline();
    if (tokens_.failed()) return;
    if (!chains_.insert(name).second) return tokens_.fail(at, fmt::format("a second chain \"{}\"", name));
    FilterChain& chain = filter_.chains.emplace_back();
    chain.name = name;
    read_comment();
    if (tokens_.peek().is("type")) read_hook(chain);
    for (tokens_.skip_newlines(); !tokens_.failed() && !tokens_.peek().is("}"); tokens_.skip_newlines())
      readers::read_rule(tokens_, sets_, chain.rules);
    tokens_.expect("}");
  }

  void read_hook(FilterChain& chain) {
    const NftToken at = tokens_.peek();
    tokens_.expect("type filter hook output priority filter ; policy");
    chain.policy = tokens_.peek().is("drop") ? Verdict::drop : Verdict::accept;
    if (!tokens_.take("drop")) tokens_.expect("accept");
    tokens_.expect(";");
    tokens_.expect_newline();
    if (!filter_.hooks.empty()) tokens_.fail(at, "a second chain on the output hook");
    filter_.hooks.push_back(chain.name);
  }

  void check_targets() {
    if (tokens_.failed()) return;
    if (filter_.hooks.empty()) return tokens_.fail(tokens_.peek(), "no chain is on the output hook");
    for (const FilterChain& chain : filter_.chains)
      for (const FilterRule& rule : chain.rules)
        if (rule.verdict == Verdict::go && (!chains_.contains(rule.target) || rule.target == filter_.hooks.front()))
          return tokens_.fail(rule.where, fmt::format("\"{}\" is no chain to go to", rule.target));
  }

  NftTokens& tokens_;
  LiveNames live_;
  std::string_view table_;
  NftSets sets_;
  std::unordered_set<std::string_view> chains_;
  Filter filter_;
};

}  // namespace

std::optional<Filter> read_nftables(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                    LiveNames live) {
  NftTokens tokens(text, file, diagnostics);
  Filter filter = TableReader(tokens, live).read();
  if (tokens.failed()) return std::nullopt;
  return filter;
}

}  // namespace egressc
