// The nftables text that egressc writes, and no more of the language: what is not known here is an error.
#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "readers/nft_text/nft_text.h"

namespace egressc::readers {
namespace {

using IdField = IdRange FlowBox::*;

IdRange take_ids(NftTokens& tokens) { return span_of<IdRange>(take_range(tokens, "an id", no_id - 1)); }

// One rule with the end of its line; of a verdict map, a rule for each entry.
class TextRuleReader {
 public:
  TextRuleReader(NftTokens& tokens, const NftSets& sets, std::vector<FilterRule>& rules)
      : tokens_(tokens), sets_(sets), rules_(rules), start_(tokens.peek()) {}

  void read() {
    while (!is_done_ && tokens_.peek().kind == NftToken::Kind::word) read_part();
    if (!is_done_) add(start_, match_, Verdict::none, {});
    const bool is_named = !tokens_.failed() && !is_map_;
    if (is_named) rules_.back().text = tokens_.text_since(start_);
    if (tokens_.take("comment")) tokens_.expect_quoted();
    // Of a rule that goes elsewhere it says whose ruleset this is, and nothing of the rule.
    if (is_named && !tokens_.failed() && rules_.back().verdict != Verdict::go)
      rules_.back().text = tokens_.text_since(start_);
    tokens_.expect_newline();
  }

 private:
  void read_part() {
    if (read_condition(tokens_, sets_, match_)) return;
    if (tokens_.take("meta"))
      read_meta();
    else if (tokens_.take("limit"))
      read_limit();
    else if (tokens_.take("log"))
      read_log();
    else if (tokens_.take("accept"))
      end(Verdict::accept);
    else if (tokens_.take("drop"))
      end(Verdict::drop);
    else if (tokens_.take("reject"))
      read_reject();
    else if (tokens_.take("goto"))
      end(Verdict::go, take_name(tokens_));
    else if (!tokens_.take("counter"))
      tokens_.fail_expected("a condition or a statement that egressc writes");
  }

  void end(Verdict verdict, std::string_view target = {}) {
    add(start_, match_, verdict, target);
    is_done_ = true;
  }

  void add(const NftToken& at, const NftMatch& match, Verdict verdict, std::string_view target) {
    if (tokens_.failed()) return;
    rules_.push_back({match.least(),
                      match.most(),
                      verdict,
                      std::string(target),
                      {},
                      tokens_.where(at),
                      verdict == Verdict::none ? "" : match.undecided()});
  }

  void read_meta() {
    if (read_meta_condition(tokens_, match_)) return;
    const bool is_uid = tokens_.take("skuid");
    if (!is_uid && !tokens_.take("skgid")) return tokens_.fail_expected("l4proto, nfproto, skuid or skgid");
    const IdField field = is_uid ? &FlowBox::uids : &FlowBox::gids;
    if (tokens_.take("vmap")) return read_map(field);
    FlowBox box;
    box.*field = take_ids(tokens_);
    match_.narrow(box);
  }

  void read_map(IdField field) {
    std::vector<IdRange> keys;
    take_list(tokens_, [&] {
      const NftToken at = tokens_.peek();
      FlowBox box;
      box.*field = take_ids(tokens_);
      keys.push_back(box.*field);
      tokens_.expect(": goto");
      const std::string_view target = take_name(tokens_);
      NftMatch match = match_;
      match.narrow(box);
      add(at, match, Verdict::go, target);
      if (!tokens_.failed()) rules_.back().text = tokens_.text_since(at);
    });
    std::sort(keys.begin(), keys.end());
    for (std::size_t i = 1; i < keys.size(); ++i)
      if (keys[i].first <= keys[i - 1].last) return tokens_.fail(start_, "a verdict map with keys that overlap");
    is_done_ = is_map_ = true;
  }

  void read_limit() {
    tokens_.expect("rate");
    const std::string_view rate = tokens_.peek().text;
    const std::size_t slash = std::min(rate.find('/'), rate.size());
    const std::string_view unit = rate.substr(slash);
    const bool is_count = slash != 0 && is_number(rate.substr(0, slash));
    if (!is_count || (unit != "/second" && unit != "/minute" && unit != "/hour" && unit != "/day"))
      return tokens_.fail_expected("a rate such as \"10/second\"");
    tokens_.next();
    tokens_.expect("burst");
    take_number(tokens_, "a number of packets", 0xffffffff);
    tokens_.expect("packets");
    match_.doubt("a limit matches now and then");
  }

  void read_log() {
    tokens_.expect("prefix");
    tokens_.expect_quoted();
    if (tokens_.take("group"))
      take_number(tokens_, "a group", 65535);
    else
      tokens_.expect("level info flags skuid");
  }

  void read_reject() {
    if (tokens_.take("with")) {
      if (tokens_.take("tcp")) {
        tokens_.expect("reset");
        match_.narrow(protocol_box(ip_protocol::tcp));  // as nft adds it
      } else {
        tokens_.expect("icmpx admin-prohibited");
      }
    }
    end(Verdict::drop);
  }

  NftTokens& tokens_;
  const NftSets& sets_;
  std::vector<FilterRule>& rules_;
  NftToken start_;
  NftMatch match_;
  bool is_done_ = false;
  bool is_map_ = false;
};

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
        read_set(tokens_, sets_, live_);
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
    const std::string_view name = take_name(tokens_);
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
    const std::string_view name = take_name(tokens_);
    tokens_.expect("{");
    tokens_.expect_newline();
    if (tokens_.failed()) return;
    if (!chains_.insert(name).second) return tokens_.fail(at, fmt::format("a second chain \"{}\"", name));
    FilterChain& chain = filter_.chains.emplace_back();
    chain.name = name;
    read_comment();
    if (tokens_.peek().is("type")) read_hook(chain);
    for (tokens_.skip_newlines(); !tokens_.failed() && !tokens_.peek().is("}"); tokens_.skip_newlines())
      TextRuleReader(tokens_, sets_, chain.rules).read();
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
}  // namespace egressc::readers

namespace egressc {

std::optional<Filter> read_nftables(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                                    LiveNames live) {
  readers::NftTokens tokens(text, file, diagnostics);
  Filter filter = readers::TableReader(tokens, live).read();
  if (tokens.failed()) return std::nullopt;
  return filter;
}

}  // namespace egressc
