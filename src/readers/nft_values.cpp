#include "readers/nft_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace egressc::readers {
namespace {

// Decimal, without leading zeros: nft would read 010 as 8.
std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || value > most || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  return value;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

NftRange take_range(NftTokens& tokens, std::string_view what, std::uint32_t most) {
  const std::string_view text = tokens.peek().text;
  const std::size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash), most);
  const auto last = dash == text.npos ? first : number(text.substr(dash + 1), most);
  if (tokens.peek().kind != NftToken::Kind::word || !first || !last || *first > *last) {
    tokens.fail_expected(fmt::format("{} up to {}, or a range of them", what, most));
    return {};
  }
  tokens.next();
  return {*first, *last};
}

std::uint32_t take_number(NftTokens& tokens, std::string_view what, std::uint32_t most) {
  const auto value = number(tokens.peek().text, most);
  if (tokens.peek().kind != NftToken::Kind::word || !value) {
    tokens.fail_expected(fmt::format("{} up to {}", what, most));
    return 0;
  }
  tokens.next();
  return *value;
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

PortRange take_ports(NftTokens& tokens) {
  const NftRange range = take_range(tokens, "a port", 65535);
  return {static_cast<std::uint16_t>(range.first), static_cast<std::uint16_t>(range.last)};
}

}  // namespace egressc::readers
