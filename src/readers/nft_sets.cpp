#include "readers/nft_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "readers/nft_values.h"

namespace egressc::readers {
namespace {

void read_key(NftTokens& tokens, NftSet& set) {
  tokens.expect("typeof");
  set.family = tokens.peek().is("ip6") ? Family::ipv6 : Family::ipv4;
  if (!tokens.take("ip6")) tokens.expect("ip");
  tokens.expect("daddr");
  set.by_service = tokens.take(".");
  if (set.by_service) tokens.expect("meta l4proto . th dport");
  tokens.expect_newline();
}

// Whether elements may be prefixes and ranges.
bool read_flags(NftTokens& tokens) {
  if (!tokens.take("flags")) return false;
  bool has_intervals = false;
  do {
    if (tokens.take("interval"))
      has_intervals = true;
    else
      tokens.expect("timeout");
  } while (tokens.take(","));
  tokens.expect_newline();
  return has_intervals;
}

void read_timeout(NftTokens& tokens) {
  if (!tokens.take("timeout")) return;
  const std::string_view time = tokens.peek().text;
  const bool is_time = time.size() > 1 && std::string_view("smhd").find(time.back()) != std::string_view::npos &&
                       std::all_of(time.begin(), time.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_time) return tokens.fail_expected("a time such as \"1h\"");
  tokens.next();
  tokens.expect_newline();
}

std::uint8_t take_protocol(NftTokens& tokens) {
  if (tokens.take("udp")) return ip_protocol::udp;
  tokens.expect("tcp");
  return ip_protocol::tcp;
}

FlowBox take_element(NftTokens& tokens, const NftSet& set, bool has_intervals) {
  const NftToken start = tokens.peek();
  const Prefix prefix = take_prefix(tokens, set.family);
  FlowBox box;
  box.addresses = range_of(prefix);
  if (set.by_service) {
    tokens.expect(".");
    const std::uint8_t protocol = take_protocol(tokens);
    box.protocols = {protocol, protocol};
    tokens.expect(".");
    box.ports = take_ports(tokens);
  }
  const bool is_interval = !prefix.is_single() || (set.by_service && box.ports.first != box.ports.last);
  if (is_interval && !has_intervals) tokens.fail(start, "a prefix or a range in a set without `flags interval`");
  return box;
}

}  // namespace

void read_set(NftTokens& tokens, NftSets& sets) {
  tokens.expect("set");
  const NftToken start = tokens.peek();
  const std::string_view name = take_name(tokens);
  tokens.expect("{");
  tokens.expect_newline();
  NftSet set;
  read_key(tokens, set);
  if (tokens.take("size")) {
    take_number(tokens, "a size", 0xffffffff);
    tokens.expect_newline();
  }
  const bool has_intervals = read_flags(tokens);
  read_timeout(tokens);
  if (tokens.take("comment")) {
    tokens.expect_quoted();
    tokens.expect_newline();
  }
  if (tokens.take("elements")) {
    tokens.expect("=");
    std::vector<FlowBox> boxes;
    take_list(tokens, [&] { boxes.push_back(take_element(tokens, set, has_intervals)); });
    tokens.expect_newline();
    if (!tokens.failed()) set.flows = FlowSpace::from_boxes(boxes);
  }
  tokens.expect("}");
  if (!tokens.failed() && !sets.emplace(name, std::move(set)).second)
    tokens.fail(start, fmt::format("a second set \"{}\"", name));
}

}  // namespace egressc::readers
