#include <fmt/core.h>

#include <vector>

#include "readers/nft_text/nft_text.h"

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

struct SetFlags {
  bool interval = false;  // elements may be prefixes and ranges
  bool timeout = false;
};

SetFlags read_flags(NftTokens& tokens) {
  SetFlags flags;
  if (!tokens.take("flags")) return flags;
  do {
    if (tokens.take("interval")) {
      flags.interval = true;
    } else {
      tokens.expect("timeout");
      flags.timeout = true;
    }
  } while (tokens.take(","));
  tokens.expect_newline();
  return flags;
}

void read_timeout(NftTokens& tokens) {
  if (!tokens.take("timeout")) return;
  const std::string_view time = tokens.peek().text;
  const bool is_time = time.size() > 1 && std::string_view("smhd").find(time.back()) != time.npos &&
                       is_number(time.substr(0, time.size() - 1));
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

void read_set(NftTokens& tokens, NftSets& sets, LiveNames live) {
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
  const SetFlags flags = read_flags(tokens);
  if (tokens.take("counter")) tokens.expect_newline();
  read_timeout(tokens);
  std::string_view comment;
  if (tokens.take("comment")) {
    comment = tokens.expect_quoted();
    tokens.expect_newline();
  }
  std::vector<FlowBox> boxes;
  if (tokens.take("elements")) {
    tokens.expect("=");
    take_list(tokens, [&] { boxes.push_back(take_element(tokens, set, flags.interval)); });
    tokens.expect_newline();
  }
  if (flags.timeout && live.markers != nullptr) {
    if (live.markers->stand_alone()) boxes.clear();
    for (const Address& marker : live.markers_of(name, comment, set.family))
      boxes.emplace_back().addresses = AddressRange{marker, marker};
  }
  if (!tokens.failed()) set.flows = FlowSpace::from_boxes(boxes);
  tokens.expect("}");
  if (!tokens.failed() && !sets.emplace(name, std::move(set)).second)
    tokens.fail(start, fmt::format("a second set \"{}\"", name));
}

}  // namespace egressc::readers
