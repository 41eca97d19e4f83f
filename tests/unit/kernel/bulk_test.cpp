#include "kernel/nft/bulk.h"

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

using namespace egressc;
using namespace egressc::kernel;

namespace {

constexpr std::string_view before = "# a\nadd table inet egressc\ndelete table inet egressc\ntable inet egressc {\n";
constexpr std::string_view after = "\tchain deny {\n\t\tcounter drop\n\t}\n}\n";

std::string set(std::string_view name, std::string_view address, std::string_view elements) {
  return fmt::format(
      "\tset {} {{\n\t\ttypeof {} daddr . meta l4proto . th dport\n\t\tflags interval\n\t\tcounter\n{}\t}}\n", name,
      address, elements);
}

std::string listed(std::string_view elements) { return fmt::format("\t\telements = {{\n{}\t\t}}\n", elements); }

std::string text(std::string_view sets, std::string_view rest = "") {
  return fmt::format("{}{}{}{}", before, sets, after, rest);
}

// Without the beginning that replaces what is there.
std::string added(std::string_view sets) { return fmt::format("table inet egressc {{\n{}{}", sets, after); }

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

std::string message(std::uint16_t type, std::uint16_t flags, std::string_view name = "") {
  alignas(nlmsghdr) char buffer[256] = {};
  nlmsghdr* const head = ::mnl_nlmsg_put_header(buffer);
  head->nlmsg_type = type;
  head->nlmsg_flags = flags;
  static_cast<nfgenmsg*>(::mnl_nlmsg_put_extra_header(head, sizeof(nfgenmsg)))->nfgen_family = 1;
  if (!name.empty()) {
    nlattr* const nest = ::mnl_attr_nest_start(head, 4);
    ::mnl_attr_put_strz(head, 1, std::string(name).c_str());
    ::mnl_attr_put_u32(head, 2, 0xff00aa55);
    ::mnl_attr_nest_end(head, nest);
  }
  return {buffer, head->nlmsg_len};
}

constexpr std::uint16_t table = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE;
constexpr std::uint16_t rule = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
const std::string begin = message(NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST);

}  // namespace

TEST_CASE("elements leave the text, and the skeleton keeps the rest") {
  const std::string four = "\t\t\t192.0.2.0/24 . tcp . 443,\n\t\t\t0.0.0.0/0 . udp . 0-65535\n";
  const std::string live =
      "\tset n_4 {\n\t\ttypeof ip daddr\n\t\tcomment \"set x { #\"\n\t\telements = {\n\t\t\t192.0.2.1\n\t\t}\n\t}\n";
  const std::string rest = "add element inet egressc n_4 {\n\t192.0.2.9 timeout 1h expires 3s\n}\n";
  const auto parts = take_apart(text(set("u1_4", "ip", listed(four)) + live, rest));
  REQUIRE(parts);
  CHECK(parts->skeleton == text(set("u1_4", "ip", "") + live, rest));
  CHECK(parts->elements == 2);
  const Sent all = sent(parts->messages);
  CHECK(all.set == "u1_4");
  CHECK(all.keys == std::vector<std::string>{"c00002000600000001bb0000", "c00002ff0600000001bb0000",
                                             "000000001100000000000000", "ffffffff11000000ffff0000"});
}

TEST_CASE("elements of IPv6") {
  const auto parts = take_apart(text(set("u1_6", "ip6", listed("\t\t\t2001:db8::/33 . udp . 53-54\n"))));
  REQUIRE(parts);
  CHECK(sent(parts->messages).keys == std::vector<std::string>{"20010db80000000000000000000000001100000000350000",
                                                               "20010db87fffffffffffffffffffffff1100000000360000"});
}

TEST_CASE("what a switching takes out goes before the text, or after its elements") {
  const std::string first = set("u1_b_4", "ip", listed("\t\t\t192.0.2.0/24 . tcp . 443\n"));
  const auto parts = take_apart("flush chain inet egressc u7_b\ndelete chain inet egressc u7_b\n" + added(first) +
                                "flush chain inet egressc output\ntable inet egressc {\n}\n"
                                "delete set inet egressc u1_4\ndelete chain inet egressc rules\n");
  REQUIRE(parts);
  CHECK(parts->skeleton == added(set("u1_b_4", "ip", "")) + "table inet egressc {\n}\n");
  using Removals = std::vector<std::string>;
  CHECK(removals(parts->removals) == Removals{"DELRULE u7_b", "DELCHAIN u7_b", "DELRULE output"});
  CHECK(removals(parts->messages) == Removals{"other", "DELSET u1_4", "DELCHAIN rules"});
}

TEST_CASE("no message is longer than an attribute can be") {
  std::string elements;
  for (int i = 0; i < 3000; ++i) elements += fmt::format("\t\t\t10.0.{}.{} . tcp . 1,\n", i / 256, i % 256);
  const auto parts = take_apart(text(set("u1_4", "ip", listed(elements + "\t\t\t10.1.0.0 . tcp . 1\n"))));
  REQUIRE(parts);
  const Sent all = sent(parts->messages);
  CHECK(all.keys.size() == 6002);
  CHECK(all.lengths.size() == 3);
  CHECK(*std::max_element(all.lengths.begin(), all.lengths.end()) < 65536);
}

TEST_CASE("what is not certain is not taken apart") {
  const auto one = [](std::string_view element) {
    return text(set("u1_4", "ip", listed(fmt::format("\t\t\t{}\n", element))));
  };
  CHECK(take_apart(one("192.0.2.1 . tcp . 1")));
  for (const std::string element :
       {"", "192.0.2.1 . tcp . 65536", "192.0.2.1 . tcp . 2-1", "192.0.2.1 . tcp . 1-1", "192.0.2.1 . tcp . ",
        "192.0.2.1 . tcp", "192.0.2.1 . sctp . 1", "192.0.2.1 . 6 . 1", "192.0.2.1/24 . tcp . 1",
        "192.0.2.1-192.0.2.2 . tcp . 1", "2001:db8::1 . tcp . 1", "::ffff:192.0.2.1 . tcp . 1",
        "192.0.2.1 . tcp . 1 counter packets 1 bytes 2", "192.0.2.1 . tcp . 1,", "192.0.2.1 . tcp . 1 ",
        "192.0.2.1 . tcp . +1", "192.0.2.1 . tcp . 1, 192.0.2.2 . tcp . 1"}) {
    CAPTURE(element);
    CHECK_FALSE(take_apart(one(element)));
  }
  const std::string good = set("u1_4", "ip", listed("\t\t\t192.0.2.1 . tcp . 1\n"));
  CHECK_FALSE(take_apart(text(good + good)));
  CHECK_FALSE(take_apart(text(good, "add element inet egressc u1_4 {\n}\n")));
  CHECK_FALSE(take_apart(text(good, "add element inet egressc n_4 { }; flush set inet egressc u1_4\n")));
  CHECK_FALSE(take_apart(text(good, "flush set inet egressc u1_4\n")));
  CHECK_FALSE(take_apart("define a = 1\n" + text(good)));
  CHECK_FALSE(take_apart(text(good).substr(4 + 23)));
  CHECK_FALSE(take_apart("delete set inet egressc u1_4"));
  CHECK_FALSE(take_apart("delete set inet egressc u1_4;\n" + added(good)));
  CHECK_FALSE(take_apart("delete set inet other u1_4\n" + added(good)));
  CHECK_FALSE(take_apart("delete chain inet egressc \n" + added(good)));
  CHECK_FALSE(take_apart(added(good) + "delete set inet egressc u1_4\n"));
  CHECK_FALSE(take_apart(added(good) + "flush chain inet egressc deny\n"));
  CHECK_FALSE(take_apart(added(good) + added("") + added("")));
  for (const std::string line :
       {"a \"b", "a # b", "a \\", "a $b", "}}}", "oif \"eth0\" accept", "iif \"lo\" accept", "oif eth0 accept"}) {
    CAPTURE(line);
    CHECK_FALSE(take_apart(text(good + fmt::format("\tchain c {{\n\t\t{}\n\t}}\n", line))));
  }
  CHECK(take_apart(text(good + "\tchain c {\n\t\toif \"lo\" accept\n\t}\n")));
  CHECK_FALSE(take_apart(""));
  const std::string whole = text(good);
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(take_apart(whole.substr(0, size)));
}

TEST_CASE("a batch that is tried is what stands behind its beginning") {
  const std::string inside =
      message(table, NLM_F_REQUEST, "a") + message(rule, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND, "bc");
  const std::string whole = begin + inside;
  CHECK(inside_of_batch(whole) == inside);
  CHECK(inside_of_batch(begin) == "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    if (size != begin.size() && size != begin.size() + message(table, NLM_F_REQUEST, "a").size())
      CHECK_FALSE(inside_of_batch(std::string_view(whole).substr(0, size)));
}

TEST_CASE("anything else than one batch to be tried is none") {
  const std::string one = message(table, NLM_F_REQUEST);
  REQUIRE(inside_of_batch(begin + one));
  CHECK_FALSE(inside_of_batch(one));
  CHECK_FALSE(inside_of_batch(begin + begin));
  CHECK_FALSE(inside_of_batch(begin + one + message(NFNL_MSG_BATCH_END, NLM_F_REQUEST)));
  CHECK_FALSE(inside_of_batch(begin + message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ, NLM_F_REQUEST)));
  CHECK_FALSE(inside_of_batch(begin + message(table, NLM_F_REQUEST | NLM_F_ACK)));
  CHECK_FALSE(inside_of_batch(begin + message(table, NLM_F_REQUEST | NLM_F_ECHO)));
  std::string too_long = begin + one;
  too_long[begin.size()] = static_cast<char>(one.size() + 4);
  CHECK_FALSE(inside_of_batch(too_long));
  std::string without_length = begin + one;
  without_length[begin.size()] = 0;
  CHECK_FALSE(inside_of_batch(without_length));
}
