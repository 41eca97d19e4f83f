// Each condition that nft lists, and what it says of a flow.
#include <string>

#include "nft_json_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

constexpr std::uint16_t type(unsigned number, unsigned code = 0) {
  return static_cast<std::uint16_t>(number << 8 | code);
}

const Packet tcp4{};
const Packet udp4{.protocol = 17, .port = 53};
const Packet tcp6{.to = "2001:db8::1"};
const Packet sctp4{.protocol = 132};
const Packet echo4{.protocol = 1, .port = type(8)};
const Packet unreachable4{.protocol = 1, .port = type(3, 3)};
const Packet solicit6{.protocol = 58, .to = "2001:db8::1", .port = type(135)};
const Packet local{.loopback = true, .to = "127.0.0.1"};
const Packet kernel{.uid = no_id, .gid = no_id};

struct Case {
  std::string left;
  const char* op;
  const char* right;
  Packet flow;
  Passes expected;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const std::string condition = match(one.left, one.op, one.right);
    CAPTURE(condition);
    CAPTURE(to_string(single(point(one.flow))));
    CHECK(passes(condition + "," + accept, point(one.flow)) == one.expected);
  }
}

constexpr Passes yes = Passes::yes;
constexpr Passes no = Passes::no;
constexpr Passes maybe = Passes::maybe;

}  // namespace

TEST_CASE("ids") {
  const std::string uid = meta("skuid");
  check({{uid, "==", "1000", tcp4, yes},
         {uid, "==", "1001", tcp4, no},
         {uid, "==", R"({"range": [999, 1001]})", tcp4, yes},
         {uid, "==", R"({"set": [0, {"range": [1001, 1002]}]})", tcp4, no},
         {uid, "!=", R"({"set": [0, {"range": [1001, 1002]}]})", tcp4, yes},
         {uid, "in", R"({"set": [1000]})", tcp4, yes},
         {uid, "<", "1000", tcp4, no},
         {uid, "<", "0", tcp4, no},
         {uid, "<=", "1000", tcp4, yes},
         {uid, ">", "1000", tcp4, no},
         {uid, ">=", "1000", tcp4, yes},
         {uid, ">", R"({"range": [1, 2]})", tcp4, maybe},
         {uid, "==", "\"www-data\"", tcp4, maybe},
         {uid, "!=", "\"www-data\"", tcp4, maybe},
         {uid, "==", R"({"set": ["www-data", 1000]})", tcp4, yes},
         {uid, "!=", R"({"set": ["www-data", 1000]})", tcp4, no},
         {uid, "==", "4294967296", tcp4, maybe},
         {uid, "==", "-1", tcp4, maybe},
         {uid, "==", "1000.0", tcp4, maybe},
         {R"({"&": [{"meta": {"key": "skuid"}}, 255]})", "==", "0", tcp4, maybe},
         {meta("skgid"), "==", "100", tcp4, yes},
         {meta("skgid"), "!=", "100", tcp4, no}});
}

TEST_CASE("packets that no socket made match no condition on ids") {
  check({{meta("skuid"), "!=", "1000", kernel, no},
         {meta("skuid"), "!=", "\"root\"", kernel, no},
         {meta("skuid"), ">=", "0", kernel, no},
         {meta("skgid"), "!=", "5", kernel, no},
         {R"({"&": [{"meta": {"key": "skuid"}}, 255]})", "!=", "7", tcp4, maybe},
         {meta("mark"), "!=", "5", kernel, maybe}});
}

TEST_CASE("interfaces") {
  check({{meta("oifname"), "==", "\"lo\"", local, yes},
         {meta("oifname"), "==", "\"lo\"", tcp4, no},
         {meta("oifname"), "!=", "\"lo\"", local, no},
         {meta("oifname"), "!=", "\"lo\"", tcp4, yes},
         {meta("oif"), "==", "\"lo\"", local, yes},
         {meta("oif"), "==", "1", local, yes},
         {meta("oif"), "==", "7", local, no},
         {meta("oif"), "==", "7", tcp4, maybe},
         {meta("oifname"), "==", "\"eth0\"", local, no},
         {meta("oifname"), "==", "\"eth0\"", tcp4, maybe},
         {meta("oifname"), "!=", "\"eth0\"", local, yes},
         {meta("oifname"), "==", "\"lo*\"", local, yes},
         {meta("oifname"), "==", "\"lo*\"", tcp4, maybe},
         {meta("oifname"), "==", "\"l*\"", local, yes},
         {meta("oifname"), "==", "\"eth*\"", local, no},
         {meta("oifname"), "==", "\"*\"", tcp4, yes},
         {meta("oifname"), "==", "\"lo\\\\*\"", local, no},
         {meta("oifname"), "==", R"({"set": ["lo", "eth0"]})", local, yes},
         {meta("oifname"), "==", R"({"set": ["lo", "eth0"]})", tcp4, maybe},
         {meta("oifname"), "!=", R"({"set": ["lo", "eth0"]})", local, no},
         {meta("oiftype"), "==", "\"loopback\"", local, yes},
         {meta("oiftype"), "==", "\"ether\"", local, no},
         {meta("oifname"), "==", "5", local, maybe},
         {meta("iifname"), "==", "\"eth0\"", tcp4, no},
         {meta("iifname"), "!=", "\"eth0\"", tcp4, yes},
         {meta("iif"), "==", "0", tcp4, yes},
         {meta("iif"), "==", "\"lo\"", local, no},
         {meta("iif"), "!=", R"({"set": ["lo", "eth0"]})", local, yes},
         {meta("iiftype"), "!=", "\"ether\"", local, maybe}});
}

TEST_CASE("families and protocols") {
  check({{meta("nfproto"), "==", "\"ipv4\"", tcp4, yes},
         {meta("nfproto"), "==", "\"ipv4\"", tcp6, no},
         {meta("nfproto"), "!=", "10", tcp6, no},
         {meta("nfproto"), "==", "\"x\"", tcp6, maybe},
         {meta("protocol"), "==", R"({"set": ["ip", "ip6"]})", tcp6, yes},
         {meta("protocol"), "==", "\"arp\"", tcp6, no},
         {meta("l4proto"), "==", "\"tcp\"", tcp4, yes},
         {meta("l4proto"), "==", "6", tcp4, yes},
         {meta("l4proto"), "==", "\"ipv6-icmp\"", solicit6, yes},
         {meta("l4proto"), "==", R"({"set": ["tcp", 132]})", sctp4, yes},
         {meta("l4proto"), "!=", R"({"set": ["tcp", 132]})", udp4, yes},
         {meta("l4proto"), "==", "\"my-own\"", tcp4, maybe},
         {meta("l4proto"), "==", "\"all\"", tcp4, maybe},
         {payload("ip", "protocol"), "==", "\"tcp\"", tcp4, yes},
         {payload("ip", "protocol"), "==", "\"tcp\"", tcp6, no},
         {payload("ip", "protocol"), "!=", "\"udp\"", tcp6, no},
         {payload("ip6", "nexthdr"), "==", "\"tcp\"", tcp6, maybe},
         {payload("ip6", "nexthdr"), "==", "\"udp\"", tcp6, no},
         {payload("ip6", "nexthdr"), "!=", "\"tcp\"", solicit6, yes},
         {payload("ip6", "nexthdr"), "!=", "\"tcp\"", tcp6, maybe},
         {payload("ip6", "nexthdr"), "==", "\"tcp\"", tcp4, no}});
}

TEST_CASE("addresses") {
  const std::string to4 = payload("ip", "daddr");
  const std::string to6 = payload("ip6", "daddr");
  check({{to4, "==", "\"192.0.2.1\"", tcp4, yes},
         {to4, "==", "\"192.0.2.2\"", tcp4, no},
         {to4, "!=", "\"192.0.2.2\"", tcp4, yes},
         {to4, "!=", "\"192.0.2.2\"", tcp6, no},
         {to4, "==", R"({"prefix": {"addr": "192.0.2.0", "len": 24}})", tcp4, yes},
         {to4, "==", R"({"prefix": {"addr": "0.0.0.0", "len": 0}})", tcp4, yes},
         {to4, "==", R"({"prefix": {"addr": "192.0.2.0", "len": 33}})", tcp4, maybe},
         {to4, "==", R"({"range": ["192.0.2.0", "192.0.2.7"]})", tcp4, yes},
         {to4, "==", R"({"set": ["198.51.100.1", {"range": ["192.0.2.2", "192.0.2.7"]}]})", tcp4, no},
         {to4, "<", "\"192.0.2.2\"", tcp4, yes},
         {to4, "==", "\"www.example.com\"", tcp4, maybe},
         {to4, "==", "\"2001:db8::1\"", tcp4, maybe},
         {to6, "==", "\"2001:db8::1\"", tcp6, yes},
         {to6, "==", R"({"prefix": {"addr": "2001:db8::", "len": 32}})", tcp6, yes},
         {to6, "==", R"({"prefix": {"addr": "::", "len": 0}})", tcp6, yes},
         {to6, "!=", R"({"prefix": {"addr": "fe80::", "len": 10}})", tcp6, yes},
         {to6, "!=", R"({"prefix": {"addr": "fe80::", "len": 10}})", tcp4, no},
         {payload("ip", "saddr"), "==", "\"192.0.2.9\"", tcp4, maybe},
         {payload("ip", "saddr"), "==", "\"192.0.2.9\"", tcp6, no},
         {R"({"&": [{"payload": {"protocol": "ip", "field": "daddr"}}, "255.0.0.255"]})", "==", "\"192.0.0.1\"", tcp4,
          maybe},
         {R"({"&": [{"payload": {"protocol": "ip", "field": "daddr"}}, "255.0.0.255"]})", "==", "\"192.0.0.1\"", tcp6,
          no}});
}

TEST_CASE("ports and ICMP types") {
  check({{payload("tcp", "dport"), "==", "443", tcp4, yes},
         {payload("tcp", "dport"), "==", "443", tcp6, yes},
         {payload("tcp", "dport"), "==", "53", udp4, no},
         {payload("tcp", "dport"), "!=", "80", tcp4, yes},
         {payload("tcp", "dport"), "!=", "80", udp4, no},
         {payload("tcp", "dport"), "==", R"({"set": [22, {"range": [400, 500]}]})", tcp4, yes},
         {payload("tcp", "dport"), "!=", R"({"set": [22, {"range": [400, 500]}]})", tcp4, no},
         {payload("tcp", "dport"), ">", "442", tcp4, yes},
         {payload("tcp", "dport"), "==", "\"https\"", tcp4, maybe},
         {payload("tcp", "dport"), "==", "65536", tcp4, maybe},
         {payload("tcp", "sport"), "==", "443", tcp4, maybe},
         {payload("tcp", "sport"), "==", "443", udp4, no},
         {payload("udp", "dport"), "==", "53", udp4, yes},
         {payload("th", "dport"), "==", "443", tcp4, yes},
         {payload("th", "dport"), "==", "53", udp4, yes},
         {payload("th", "dport"), "!=", "443", tcp4, no},
         {payload("th", "dport"), "==", "443", sctp4, maybe},
         {payload("th", "dport"), "==", "443", echo4, maybe},
         {payload("sctp", "dport"), "==", "443", sctp4, maybe},
         {payload("sctp", "dport"), "==", "443", tcp4, no},
         {payload("icmp", "type"), "==", "\"echo-request\"", echo4, yes},
         {payload("icmp", "type"), "==", "\"echo-reply\"", echo4, no},
         {payload("icmp", "type"), "!=", "\"echo-reply\"", echo4, yes},
         {payload("icmp", "type"), "==", "8", echo4, yes},
         {payload("icmp", "type"), "==", "\"nonsense\"", echo4, maybe},
         {payload("icmp", "code"), "==", "\"port-unreachable\"", unreachable4, yes},
         {payload("icmp", "code"), "!=", "\"port-unreachable\"", echo4, yes},
         {payload("icmp", "code"), "==", "1", unreachable4, no},
         {payload("icmpv6", "type"), "==", R"({"set": ["nd-neighbor-solicit", 200]})", solicit6, yes},
         {payload("icmpv6", "type"), "==", "\"nd-neighbor-solicit\"", echo4, no},
         {payload("icmpv6", "code"), "==", "\"no-route\"", solicit6, yes}});
}

TEST_CASE("a transport port is one where the rule says which protocol") {
  const std::string port = match(payload("th", "dport"), "==", "443");
  const std::string both = match(meta("l4proto"), "==", R"({"set": ["tcp", "udp"]})");
  for (const std::string& statements : {port + "," + both, both + "," + port}) {
    CHECK(passes(statements + "," + accept, point(tcp4)) == yes);
    CHECK(passes(statements + "," + accept, point(sctp4)) == no);
    CHECK(meaning_of(listing({base_chain(), rule(statements + "," + accept)})).undecided.empty());
  }
}

TEST_CASE("conntrack: a flow opens with a packet that is new") {
  const std::string state = R"({"ct": {"key": "state"}})";
  const std::string direction = R"({"ct": {"key": "direction"}})";
  check({{state, "in", R"(["established", "related"])", tcp4, no},
         {state, "in", R"(["established", "new"])", tcp4, yes},
         {state, "in", R"({"|": ["established", "new"]})", tcp4, yes},
         {state, "in", "\"new\"", tcp4, yes},
         {state, "in", "\"invalid\"", tcp4, no},
         {state, "in", "8", tcp4, yes},
         {state, "in", "6", tcp4, no},
         {state, "in", "\"strange\"", tcp4, maybe},
         {state, "==", "\"new\"", tcp4, yes},
         {state, "==", R"({"set": ["established", "new"]})", tcp4, yes},
         {state, "==", R"({"set": ["established", "related"]})", tcp4, no},
         {state, "in", R"({"set": ["established", "new"]})", tcp4, yes},
         {state, "!=", "\"new\"", tcp4, no},
         {state, "!=", R"({"set": ["established", "related"]})", tcp4, yes},
         {state, "!", R"(["established", "related"])", tcp4, yes},
         {state, "!", "\"new\"", tcp4, no},
         {R"({"&": [{"ct": {"key": "state"}}, 8]})", "!=", "0", tcp4, yes},
         {R"({"&": [{"ct": {"key": "state"}}, ["established", "related"]]})", "==", "0", tcp4, yes},
         {direction, "==", "\"reply\"", tcp4, no},
         {direction, "==", "\"original\"", tcp4, yes},
         {direction, "!=", "1", tcp4, yes},
         {R"({"ct": {"key": "status"}})", "in", "\"dnat\"", tcp4, maybe},
         {R"({"ct": {"key": "mark"}})", "==", "5", tcp4, maybe},
         {R"({"ct": {"key": "ip daddr", "dir": "original"}})", "==", "\"192.0.2.1\"", tcp4, maybe}});
}

TEST_CASE("where packets may be untracked, their state is not known") {
  const auto with_notrack = [](const std::string& condition) {
    const std::string json = listing({base_chain(), rule(R"({"notrack": null})"), rule(condition + "," + accept)});
    return passes(meaning_of(json), point(tcp4));
  };
  CHECK(with_notrack(match(R"({"ct": {"key": "state"}})", "in", "\"new\"")) == maybe);
  CHECK(with_notrack(match(R"({"ct": {"key": "state"}})", "in", "[\"new\", \"untracked\"]")) == yes);
  CHECK(with_notrack(match(R"({"ct": {"key": "state"}})", "in", "\"established\"")) == no);
  CHECK(with_notrack(match(R"({"ct": {"key": "direction"}})", "==", "\"original\"")) == maybe);
}

TEST_CASE("TCP flags: a flow opens with SYN, and data may bring more") {
  const std::string flags = payload("tcp", "flags");
  const std::string masked = R"({"&": [)" + flags + R"(, ["fin", "syn", "rst", "ack"]]})";
  check({{flags, "in", "\"syn\"", tcp4, yes},
         {flags, "in", "\"syn\"", udp4, no},
         {flags, "in", "\"ack\"", tcp4, no},
         {flags, "in", "\"psh\"", tcp4, maybe},
         {flags, "==", "\"syn\"", tcp4, maybe},
         {flags, "!=", "\"syn\"", tcp4, maybe},
         {flags, "!", "\"ack\"", tcp4, yes},
         {flags, "==", R"({"set": [{"|": ["syn", "ack"]}, "ack"]})", tcp4, no},
         {masked, "==", "\"syn\"", tcp4, yes},
         {masked, "!=", "\"syn\"", tcp4, no},
         {masked, "==", R"({"|": ["syn", "ack"]})", tcp4, no},
         {R"({"&": [)" + flags + R"(, {"|": [{"|": ["fin", "syn"]}, "ack"]}]})", "==", "2", tcp4, yes},
         {R"({"&": [)" + flags + R"(, "ecn"]})", "==", "0", tcp4, maybe}});
}

TEST_CASE("what a flow does not have is undecided") {
  for (const std::string& left : {meta("mark"),
                                  meta("cpu"),
                                  meta("cgroup"),
                                  meta("time"),
                                  meta("length"),
                                  meta("priority"),
                                  meta("unheard-of"),
                                  payload("ip", "ttl"),
                                  payload("ip", "dscp"),
                                  payload("ip", "length"),
                                  payload("ether", "daddr"),
                                  std::string(R"({"fib": {"result": "type", "flags": ["daddr"]}})"),
                                  std::string(R"({"rt": {"key": "classid"}})"),
                                  std::string(R"({"socket": {"key": "mark"}})"),
                                  std::string(R"({"exthdr": {"name": "frag"}})"),
                                  std::string(R"({"ipsec": {"key": "reqid", "dir": "out"}})"),
                                  std::string(R"({"numgen": {"mode": "inc", "mod": 2, "offset": 0}})"),
                                  std::string(R"({"jhash": {"mod": 2, "expr": {"meta": {"key": "skuid"}}}})"),
                                  std::string(R"({"osf": {"key": "name"}})"),
                                  std::string(R"({"tcp option": {"name": "sack-perm"}})"),
                                  std::string(R"({"payload": {"base": "th", "offset": 16, "len": 16}})"),
                                  std::string(R"({"map": {"key": {"meta": {"key": "skuid"}}, "data": "@m"}})"),
                                  std::string("5"),
                                  std::string("null"),
                                  std::string("[]"),
                                  std::string(R"({"meta": 5})"),
                                  std::string(R"({"payload": null})"),
                                  std::string(R"({"&": [1, 2]})"),
                                  std::string(R"({"&": 1})"),
                                  std::string(R"({"concat": []})")}) {
    for (const char* const op : {"==", "!=", "in", "<", "!", "=~"}) {
      CAPTURE(left);
      CAPTURE(op);
      CHECK(passes(match(left, op, "5") + "," + accept, point(tcp4)) == maybe);
    }
  }
  CHECK(passes(match(payload("ip6", "hoplimit"), "==", "255") + "," + accept, point(tcp6)) == maybe);
  CHECK(passes(match(payload("ip6", "hoplimit"), "==", "255") + "," + accept, point(tcp4)) == no);
  CHECK(passes(R"({"match": {"left": {"meta": {"key": "skuid"}}, "right": 1000}},)" + accept, point(tcp4)) == maybe);
  CHECK(passes(R"({"match": null},)" + accept, point(tcp4)) == maybe);
}

TEST_CASE("conditions narrow each other") {
  const std::string statements = match(meta("skuid"), "==", "1000") + "," +
                                 match(payload("tcp", "dport"), "==", "443") + "," +
                                 match(payload("ip", "daddr"), "!=", "\"192.0.2.2\"") + "," + accept;
  CHECK(passes(statements, point(tcp4)) == yes);
  CHECK(passes(statements, point({.uid = 1001})) == no);
  CHECK(passes(statements, point({.to = "192.0.2.2"})) == no);
  CHECK(passes(statements, point({.port = 80})) == no);
  CHECK(passes(statements, point(tcp6)) == no);
}
