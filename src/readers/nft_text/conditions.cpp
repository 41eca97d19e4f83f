#include <fmt/core.h>

#include <vector>

#include "readers/nft_text/nft_text.h"

namespace egressc::readers {
namespace {

// The ICMP types that egressc names, as nft calls them: RFC 792
constexpr Named<std::uint8_t> types_4[] = {
    {"destination-unreachable", 3}, {"echo-request", 8}, {"time-exceeded", 11}, {"parameter-problem", 12}};

// RFC 4443, RFC 2710, RFC 3810, RFC 4861
constexpr Named<std::uint8_t> types_6[] = {
    {"destination-unreachable", 1}, {"packet-too-big", 2},        {"time-exceeded", 3},
    {"parameter-problem", 4},       {"echo-request", 128},        {"mld-listener-report", 131},
    {"mld-listener-done", 132},     {"nd-router-solicit", 133},   {"nd-neighbor-solicit", 135},
    {"nd-neighbor-advert", 136},    {"mld2-listener-report", 143}};

std::uint8_t take_icmp_type(NftTokens& tokens, Family family) {
  const std::string_view name = tokens.peek().kind == NftToken::Kind::word ? tokens.peek().text : "";
  if (const auto* number = family == Family::ipv4 ? find_named(types_4, name) : find_named(types_6, name)) {
    tokens.next();
    return *number;
  }
  tokens.fail_expected(family == Family::ipv4 ? "a known ICMP type" : "a known ICMPv6 type");
  return 0;
}

void read_set_lookup(NftTokens& tokens, const NftSets& sets, Family family, bool by_service, NftMatch& match) {
  const NftToken at = tokens.peek();
  const std::string_view name = take_set_name(tokens);
  if (tokens.failed()) return;
  const auto found = sets.find(name);
  if (found == sets.end()) return tokens.fail(at, fmt::format("there is no set \"{}\" before this rule", name));
  const NftSet& set = found->second;
  if (set.family != family || set.by_service != by_service)
    return tokens.fail(at, fmt::format("set \"{}\" has elements of another type", name));
  match.narrow(set.flows);
}

void read_destination(NftTokens& tokens, const NftSets& sets, Family family, NftMatch& match) {
  if (tokens.take(".")) {
    tokens.expect("meta l4proto . th dport");
    return read_set_lookup(tokens, sets, family, true, match);
  }
  if (tokens.peek().text.starts_with('@')) return read_set_lookup(tokens, sets, family, false, match);
  std::vector<FlowBox> boxes;
  take_one_or_list(tokens, [&] { boxes.emplace_back().addresses = range_of(take_prefix(tokens, family)); });
  match.narrow(FlowSpace::from_boxes(boxes));
}

void read_network(NftTokens& tokens, const NftSets& sets, Family family, NftMatch& match) {
  match.narrow(family_box(family));
  if (tokens.take("daddr")) {
    read_destination(tokens, sets, family, match);
  } else if (tokens.take("saddr")) {
    take_prefix(tokens, family);
    match.doubt("a flow has no source address");
  } else if (family == Family::ipv6 && tokens.take("hoplimit")) {
    take_number(tokens, "a hop limit", 255);
    match.doubt("a flow has no hop limit");
  } else {
    tokens.fail_expected(family == Family::ipv6 ? "daddr, saddr or hoplimit" : "daddr or saddr");
  }
}

void read_transport(NftTokens& tokens, std::uint8_t protocol, NftMatch& match) {
  match.narrow(protocol_box(protocol));
  const bool is_source = tokens.take("sport");
  if (!is_source) tokens.expect("dport");
  std::vector<FlowBox> boxes;
  take_one_or_list(tokens, [&] { boxes.emplace_back().ports = take_ports(tokens); });
  if (is_source)
    match.doubt("a flow has no source port");
  else
    match.narrow(FlowSpace::from_boxes(boxes));
}

void read_icmp(NftTokens& tokens, Family family, NftMatch& match) {
  tokens.expect("type");
  match.narrow(family_box(family));
  match.narrow(protocol_box(icmp_of(family)));
  std::vector<FlowBox> boxes;
  take_one_or_list(tokens, [&] { boxes.emplace_back().ports = icmp_type(take_icmp_type(tokens, family)); });
  match.narrow(FlowSpace::from_boxes(boxes));
}

// A flow is what opens a connection: none of these states, and not a reply.
void read_conntrack(NftTokens& tokens, NftMatch& match) {
  if (tokens.take("direction")) {
    tokens.expect("reply");
  } else {
    tokens.expect("state");
    do {
      if (!tokens.take("established")) tokens.expect("related");
    } while (tokens.take(","));
  }
  match.narrow(FlowSpace());
}

void read_out_interface(NftTokens& tokens, NftMatch& match) {
  if (tokens.peek().kind != NftToken::Kind::quoted || tokens.peek().text != "lo")
    return tokens.fail_expected("the interface \"lo\"");
  tokens.next();
  FlowBox box;
  box.loopback = true;
  match.narrow(box);
}

}  // namespace

bool read_condition(NftTokens& tokens, const NftSets& sets, NftMatch& match) {
  if (tokens.take("ip"))
    read_network(tokens, sets, Family::ipv4, match);
  else if (tokens.take("ip6"))
    read_network(tokens, sets, Family::ipv6, match);
  else if (tokens.take("tcp"))
    read_transport(tokens, ip_protocol::tcp, match);
  else if (tokens.take("udp"))
    read_transport(tokens, ip_protocol::udp, match);
  else if (tokens.take("icmp"))
    read_icmp(tokens, Family::ipv4, match);
  else if (tokens.take("icmpv6"))
    read_icmp(tokens, Family::ipv6, match);
  else if (tokens.take("ct"))
    read_conntrack(tokens, match);
  else if (tokens.take("oif") || tokens.take("oifname"))
    read_out_interface(tokens, match);
  else
    return false;
  return true;
}

bool read_meta_condition(NftTokens& tokens, NftMatch& match) {
  if (tokens.take("l4proto")) {
    const bool is_udp = tokens.take("udp");
    if (!is_udp) tokens.expect("tcp");
    match.narrow(protocol_box(is_udp ? ip_protocol::udp : ip_protocol::tcp));
  } else if (tokens.take("nfproto")) {
    const bool is_v6 = tokens.take("ipv6");
    if (!is_v6) tokens.expect("ipv4");
    match.narrow(family_box(is_v6 ? Family::ipv6 : Family::ipv4));
  } else {
    return false;
  }
  return true;
}

}  // namespace egressc::readers
