// The nftables text that egressc writes, read back word by word: a part of the language, and shared with no printer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/readers.h"
#include "readers/meaning/match.h"

namespace egressc::readers {

struct NftToken {
  enum class Kind : std::uint8_t { word, quoted, mark, newline, end };
  Kind kind = Kind::end;
  std::string_view text;  // of a quoted one, what is between the quotes
  std::size_t offset = 0;
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  bool is(std::string_view wanted) const { return (kind == Kind::word || kind == Kind::mark) && text == wanted; }
};

// One token ahead. The first error is reported and ends the text: what follows is an `end`, and nothing more is said.
class NftTokens {
 public:
  NftTokens(std::string_view text, const std::string& file, Diagnostics& diagnostics);

  const NftToken& peek() const { return token_; }
  NftToken next();
  // Whether the next token is this word or mark; then it is passed.
  bool take(std::string_view wanted);
  // One that has to be next. `words` are parted by blanks.
  void expect(std::string_view words);
  void expect_newline();
  std::string_view expect_quoted();
  void skip_newlines();

  void fail(const NftToken& at, std::string message);
  void fail(const Location& where, std::string message, std::string source = {});
  // "expected WHAT, found …" at the next token.
  void fail_expected(std::string_view what);
  bool failed() const { return failed_; }

  Location where(const NftToken& at) const { return {file_, at.line, at.column}; }
  // The text from `from` to the last token that was passed.
  std::string_view text_since(const NftToken& from) const;

 private:
  NftToken scan();

  std::string_view text_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;      // where the next token ends
  std::size_t passed_ = 0;  // where the one before it does
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  bool failed_ = false;
  NftToken token_;
};

// Each passes one token, which has to be of its kind, and fails otherwise.
Range take_range(NftTokens& tokens, std::string_view what, std::uint32_t most);  // "80", "80-90"
std::uint32_t take_number(NftTokens& tokens, std::string_view what, std::uint32_t most);
Prefix take_prefix(NftTokens& tokens, Family family);
std::string_view take_name(NftTokens& tokens);      // of a table, set or chain
std::string_view take_set_name(NftTokens& tokens);  // "@name"; without the @
PortRange take_ports(NftTokens& tokens);

// "{ element, element }", each read by `element`, with line breaks where nft has them.
template <typename Element>
void take_list(NftTokens& tokens, Element element) {
  tokens.expect("{");
  do {
    tokens.skip_newlines();
    element();
  } while (tokens.take(","));
  tokens.skip_newlines();
  tokens.expect("}");
}

// A list, or one element without braces.
template <typename Element>
void take_one_or_list(NftTokens& tokens, Element element) {
  if (tokens.peek().is("{"))
    take_list(tokens, element);
  else
    element();
}

struct NftSet {
  Family family = Family::ipv4;
  bool by_service = false;  // elements are "address . protocol . port", else an address
  FlowSpace flows;          // what a lookup of a packet's destination finds
};

// Names are views into the text.
using NftSets = std::unordered_map<std::string_view, NftSet>;

// From the word "set" to the end of its block.
void read_set(NftTokens& tokens, NftSets& sets, LiveNames live);

// What a rule matches so far, in flows that open a connection.
class NftMatch {
 public:
  void narrow(const FlowSpace& flows) { most_ &= flows; }
  void narrow(const FlowBox& box) { most_ &= FlowSpace(box); }
  // By something that is no part of a flow.
  void doubt(std::string_view why) {
    if (undecided_.empty()) undecided_ = why;
  }

  FlowSpace least() const { return undecided_.empty() ? most_ : FlowSpace(); }
  const FlowSpace& most() const { return most_; }
  // Why they differ.
  std::string undecided() const { return most_.empty() ? "" : undecided_; }

 private:
  FlowSpace most_ = FlowSpace::all();
  std::string undecided_;
};

// Reads one condition if the next token begins one. False, and nothing is passed, if it does not.
bool read_condition(NftTokens& tokens, const NftSets& sets, NftMatch& match);
// The same after the word "meta", but for the ids: they may be the keys of a map.
bool read_meta_condition(NftTokens& tokens, NftMatch& match);

}  // namespace egressc::readers
