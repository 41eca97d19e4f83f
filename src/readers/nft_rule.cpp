#include "readers/nft_rule.h"

#include <algorithm>

#include "readers/nft_match.h"
#include "readers/nft_values.h"

namespace egressc::readers {
namespace {

using IdField = IdRange FlowBox::*;

IdRange take_ids(NftTokens& tokens) {
  const NftRange range = take_range(tokens, "an id", no_id - 1);
  return {range.first, range.last};
}

class RuleReader {
 public:
  RuleReader(NftTokens& tokens, const NftSets& sets, std::vector<FilterRule>& rules)
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
    const bool is_count = slash != 0 && std::all_of(rate.begin(), rate.begin() + static_cast<std::ptrdiff_t>(slash),
                                                    [](char c) { return c >= '0' && c <= '9'; });
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

}  // namespace

void read_rule(NftTokens& tokens, const NftSets& sets, std::vector<FilterRule>& rules) {
  RuleReader(tokens, sets, rules).read();
}

}  // namespace egressc::readers
