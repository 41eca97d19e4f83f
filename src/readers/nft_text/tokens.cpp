#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "readers/nft_text/nft_text.h"

namespace egressc::readers {
namespace {

constexpr std::size_t most_source = 4096;

bool is_word_byte(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '.' || c == '/' || c == ':' || c == '-' || c == '@';
}

bool is_nft_mark(char c) { return c == '{' || c == '}' || c == ',' || c == ';' || c == '='; }

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

std::string described(const NftToken& token) {
  switch (token.kind) {
    case NftToken::Kind::newline:
      return "the end of the line";
    case NftToken::Kind::end:
      return "the end of the text";
    case NftToken::Kind::quoted:
      return fmt::format("the string \"{}\"", printable(token.text, 60));
    default:
      return fmt::format("\"{}\"", printable(token.text, 60));
  }
}

}  // namespace

NftTokens::NftTokens(std::string_view text, const std::string& file, Diagnostics& diagnostics)
    : text_(text), file_(file), diagnostics_(diagnostics) {
  token_ = scan();
}

NftToken NftTokens::next() {
  const NftToken passed = token_;
  passed_ = at_;
  if (!failed_) token_ = scan();
  return passed;
}

bool NftTokens::take(std::string_view wanted) {
  if (!token_.is(wanted)) return false;
  next();
  return true;
}

void NftTokens::expect(std::string_view words) {
  while (!words.empty()) {
    const std::string_view all = words;
    if (!take(take_until(words, ' '))) return fail_expected(fmt::format("\"{}\"", all));
  }
}

void NftTokens::expect_newline() {
  if (token_.kind != NftToken::Kind::newline) return fail_expected("the end of the line");
  next();
}

std::string_view NftTokens::expect_quoted() {
  if (token_.kind == NftToken::Kind::quoted) return next().text;
  fail_expected("a string");
  return {};
}

void NftTokens::skip_newlines() {
  while (token_.kind == NftToken::Kind::newline) next();
}

void NftTokens::fail(const NftToken& at, std::string message) {
  std::string source;
  if (!failed_ && at.column < most_source) {
    const std::size_t start = at.offset - (at.column - 1);
    source = text_.substr(start, std::min(text_.find('\n', start) - start, most_source));
  }
  fail(where(at), std::move(message), std::move(source));
}

void NftTokens::fail(const Location& where, std::string message, std::string source) {
  if (!failed_) diagnostics_.error(where, std::move(message), {}, std::move(source));
  failed_ = true;
  token_ = {};
}

void NftTokens::fail_expected(std::string_view what) {
  fail(token_, fmt::format("expected {}, found {}", what, described(token_)));
}

std::string_view NftTokens::text_since(const NftToken& from) const {
  return failed_ ? std::string_view() : text_.substr(from.offset, passed_ - from.offset);
}

NftToken NftTokens::scan() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  NftToken token;
  token.offset = at_;
  token.line = line_;
  token.column = static_cast<std::uint32_t>(std::min<std::size_t>(at_ - line_start_ + 1, 0xffffffff));
  if (at_ == text_.size()) return token;

  std::size_t end = at_;
  if (text_[at_] == '\n') {
    token.kind = NftToken::Kind::newline;
    ++line_;
    line_start_ = ++end;
  } else if (text_[at_] == '"') {
    token.kind = NftToken::Kind::quoted;
    const auto is_inside = [](char c) { return c >= ' ' && c <= '~' && c != '"'; };
    end = static_cast<std::size_t>(
        std::find_if_not(text_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, text_.end(), is_inside) - text_.begin());
    token.text = text_.substr(at_ + 1, end - at_ - 1);
    if (end == text_.size() || text_[end] != '"') {
      fail(token, "a string that does not end on its line, or has a byte that is not printable ASCII");
      return {};
    }
    ++end;
  } else if (is_nft_mark(text_[at_])) {
    token.kind = NftToken::Kind::mark;
    token.text = text_.substr(at_, 1);
    ++end;
  } else {
    token.kind = NftToken::Kind::word;
    while (end < text_.size() && is_word_byte(text_[end])) ++end;
    token.text = text_.substr(at_, end - at_);
    if (end == at_) {
      fail(token, fmt::format("unexpected \"{}\"", printable(text_.substr(at_, 1))));
      return {};
    }
  }
  at_ = end;
  return token;
}

Range take_range(NftTokens& tokens, std::string_view what, std::uint32_t most) {
  const std::string_view text = tokens.peek().text;
  const std::size_t dash = text.find('-');
  const auto first = parse_decimal(text.substr(0, dash), most);
  const auto last = dash == text.npos ? first : parse_decimal(text.substr(dash + 1), most);
  if (tokens.peek().kind != NftToken::Kind::word || !first || !last || *first > *last) {
    tokens.fail_expected(fmt::format("{} up to {}, or a range of them", what, most));
    return {};
  }
  tokens.next();
  return {*first, *last};
}

std::uint32_t take_number(NftTokens& tokens, std::string_view what, std::uint32_t most) {
  const auto value = parse_decimal(tokens.peek().text, most);
  if (tokens.peek().kind != NftToken::Kind::word || !value) {
    tokens.fail_expected(fmt::format("{} up to {}", what, most));
    return 0;
  }
  tokens.next();
  return static_cast<std::uint32_t>(*value);
}

Prefix take_prefix(NftTokens& tokens, Family family) {
  const auto prefix = parse_prefix(tokens.peek().text);
  if (tokens.peek().kind != NftToken::Kind::word || !prefix || prefix->address.family != family) {
    tokens.fail_expected(family == Family::ipv4 ? "an IPv4 address or prefix" : "an IPv6 address or prefix");
    return {};
  }
  tokens.next();
  return *prefix;
}

std::string_view take_name(NftTokens& tokens) {
  if (tokens.peek().kind == NftToken::Kind::word && is_name(tokens.peek().text)) return tokens.next().text;
  tokens.fail_expected("a name");
  return {};
}

std::string_view take_set_name(NftTokens& tokens) {
  const std::string_view text = tokens.peek().text;
  if (tokens.peek().kind == NftToken::Kind::word && text.starts_with('@') && is_name(text.substr(1)))
    return tokens.next().text.substr(1);
  tokens.fail_expected("a set");
  return {};
}

PortRange take_ports(NftTokens& tokens) { return span_of<PortRange>(take_range(tokens, "a port", 65535)); }

}  // namespace egressc::readers
