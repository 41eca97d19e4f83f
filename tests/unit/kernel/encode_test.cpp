#include <doctest/doctest.h>
#include <fmt/core.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/nft/nft.h"

using namespace egressc;
using namespace egressc::kernel;

namespace {

NftElement element(std::string_view prefix, Protocol protocol, PortRange ports) {
  return {*parse_prefix(prefix), protocol, ports, {}, {}};
}

NftTable with_set(const std::string& name, Family family, std::vector<NftElement> elements) {
  NftSet set;
  set.name = name;
  set.family = family;
  set.has_services = set.has_intervals = set.counts = true;
  set.elements = std::move(elements);
  return {{std::make_shared<const NftSet>(std::move(set))}, {}};
}

Messages encoded(NftCommand command) {
  const auto messages = encode({{std::move(command)}});
  REQUIRE(messages);
  return *messages;
}

std::string hex(const void* bytes, std::size_t size) {
  std::string all;
  for (std::size_t i = 0; i < size; ++i) all += fmt::format("{:02x}", static_cast<const unsigned char*>(bytes)[i]);
  return all;
}

// Keys and their ends, in hexadecimal, and the lengths of the messages.
struct Sent {
  std::string set;
  std::vector<std::string> keys;
  std::vector<std::uint32_t> lengths;
};

int read_key(const nlattr* key, void* all) {
  const auto* const value = static_cast<const nlattr*>(::mnl_attr_get_payload(key));
  static_cast<Sent*>(all)->keys.push_back(hex(::mnl_attr_get_payload(value), ::mnl_attr_get_payload_len(value)));
  return MNL_CB_OK;
}

int read_element(const nlattr* element, void* all) { return ::mnl_attr_parse_nested(element, read_key, all); }

int read_attribute(const nlattr* attribute, void* all) {
  const auto type = ::mnl_attr_get_type(attribute);
  if (type == NFTA_SET_ELEM_LIST_SET) static_cast<Sent*>(all)->set = ::mnl_attr_get_str(attribute);
  return type == NFTA_SET_ELEM_LIST_ELEMENTS ? ::mnl_attr_parse_nested(attribute, read_element, all) : MNL_CB_OK;
}

Sent sent(const std::string& messages) {
  Sent all;
  std::vector<std::uint64_t> aligned((messages.size() + 7) / 8);
  std::copy(messages.begin(), messages.end(), reinterpret_cast<char*>(aligned.data()));
  const auto* message = reinterpret_cast<const nlmsghdr*>(aligned.data());
  for (int left = static_cast<int>(messages.size()); ::mnl_nlmsg_ok(message, left);
       message = ::mnl_nlmsg_next(message, &left)) {
    all.lengths.push_back(message->nlmsg_len);
    CHECK(::mnl_attr_parse(message, sizeof(nfgenmsg), read_attribute, &all) == MNL_CB_OK);
  }
  return all;
}

// "DELSET u1_4" for each message about the table inet egressc.
std::vector<std::string> removals(const std::string& messages) {
  std::vector<std::string> all;
  std::vector<std::uint64_t> aligned((messages.size() + 7) / 8);
  std::copy(messages.begin(), messages.end(), reinterpret_cast<char*>(aligned.data()));
  const auto* message = reinterpret_cast<const nlmsghdr*>(aligned.data());
  for (int left = static_cast<int>(messages.size()); ::mnl_nlmsg_ok(message, left);
       message = ::mnl_nlmsg_next(message, &left)) {
    const unsigned type = message->nlmsg_type & 0xff;
    const bool is_chain = type == NFT_MSG_DELCHAIN;
    const auto* const table = static_cast<const nlattr*>(::mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)));
    const auto* const name = ::mnl_attr_next(table);
    const auto* const family = static_cast<const nfgenmsg*>(::mnl_nlmsg_get_payload(message));
    const std::string_view kind = is_chain ? "DELCHAIN" : type == NFT_MSG_DELSET ? "DELSET" : "DELRULE";
    const bool is_known = is_chain || type == NFT_MSG_DELSET || type == NFT_MSG_DELRULE;
    if (is_known) {
      CHECK(message->nlmsg_flags == NLM_F_REQUEST);
      CHECK(family->nfgen_family == NFPROTO_INET);
      CHECK(::mnl_attr_get_type(table) == 1);
      CHECK(::mnl_attr_get_str(table) == std::string_view("egressc"));
      CHECK(::mnl_attr_get_type(name) == (is_chain ? 3 : 2));
    }
    all.push_back(is_known ? fmt::format("{} {}", kind, ::mnl_attr_get_str(name)) : "other");
  }
  return all;
}

}  // namespace

TEST_CASE("elements are for themselves, in network order") {
  const Messages messages = encoded(
      with_set("u1_4", Family::ipv4,
               {element("192.0.2.0/24", Protocol::tcp, {443, 443}), element("0.0.0.0/0", Protocol::udp, {0, 65535})}));
  CHECK(messages.count == 2);
  const Sent all = sent(messages.elements);
  CHECK(all.set == "u1_4");
  CHECK(all.keys == std::vector<std::string>{"c00002000600000001bb0000", "c00002ff0600000001bb0000",
                                             "000000001100000000000000", "ffffffff11000000ffff0000"});
}

TEST_CASE("elements of IPv6") {
  const Messages messages =
      encoded(with_set("u1_6", Family::ipv6, {element("2001:db8::/33", Protocol::udp, {53, 54})}));
  CHECK(sent(messages.elements).keys == std::vector<std::string>{"20010db80000000000000000000000001100000000350000",
                                                                 "20010db87fffffffffffffffffffffff1100000000360000"});
}

TEST_CASE("what is taken out goes where it stands") {
  using What = NftRemoval::What;
  const auto messages = encode({{NftRemoval{What::rules, "u7_b"}, NftRemoval{What::chain, "u7_b"}, NftTable{},
                                 NftRemoval{What::rules, "output"}, NftRemoval{What::set, "u1_4"}}});
  REQUIRE(messages);
  CHECK(removals(messages->rules) ==
        std::vector<std::string>{"DELRULE u7_b", "DELCHAIN u7_b", "other", "DELRULE output", "DELSET u1_4"});
  CHECK(messages->elements.empty());
}

TEST_CASE("no message is longer than an attribute can be") {
  std::vector<NftElement> elements;
  for (int i = 0; i < 3001; ++i)
    elements.push_back(element(fmt::format("10.0.{}.{}", i / 256, i % 256), Protocol::tcp, {1, 1}));
  const Messages messages = encoded(with_set("u1_4", Family::ipv4, std::move(elements)));
  const Sent all = sent(messages.elements);
  CHECK(all.keys.size() == 6002);
  CHECK(all.lengths.size() == 3);
  CHECK(*std::max_element(all.lengths.begin(), all.lengths.end()) < 65536);
}

TEST_CASE("a name or a comment that is too long is for nft to refuse") {
  for (const std::size_t more : {0, 1}) {
    const bool is_good = more == 0;
    NftTable chains;
    chains.chains = {{.name = std::string(255 + more, 'c')}};
    CHECK(encode({{chains}}).has_value() == is_good);
    chains.chains = {{.name = "c", .comment = std::string(128 + more, 'c')}};
    CHECK(encode({{chains}}).has_value() == is_good);
    CHECK(encode({{with_set(std::string(255 + more, 's'), Family::ipv4, {})}}).has_value() == is_good);
  }
}
