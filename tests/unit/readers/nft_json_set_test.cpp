// Sets, concatenations and verdict maps.
#include <string>

#include "nft_json_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

const Packet tcp4{};
const Packet udp4{.protocol = 17, .port = 53};
const Packet tcp6{.to = "2001:db8::1"};
const Packet kernel{.uid = no_id, .gid = no_id};

const std::string service = R"({"concat": [{"payload": {"protocol": "ip", "field": "daddr"}},
    {"meta": {"key": "l4proto"}}, {"payload": {"protocol": "th", "field": "dport"}}]})";

std::string named(const char* kind, std::string_view name, std::string_view words) {
  return R"({")" + std::string(kind) + R"(": {"family": "inet", "table": "t", "name": ")" + std::string(name) +
         R"(", )" + std::string(words) + "}}";
}

Passes with_set(std::string_view words, const std::string& left, const char* op, const Packet& flow) {
  const std::string json =
      listing({named("set", "s", words), base_chain(), rule(match(left, op, "\"@s\"") + "," + accept)});
  return passes(meaning_of(json), point(flow));
}

std::string vmap(const std::string& key, std::string_view data) {
  return R"({"vmap": {"key": )" + key + R"(, "data": )" + std::string(data) + "}}";
}

// A map, and chains "yes" and "back" to go to.
Passes with_map(const std::string& key, std::string_view data, const Packet& flow,
                std::string_view map = "\"elem\": []") {
  const std::string json = listing({named("map", "m", map), base_chain(), chain("yes"), chain("back"),
                                    rule(vmap(key, data)), rule(accept, "yes"), rule(R"({"return": null})", "back")});
  return passes(meaning_of(json), point(flow));
}

}  // namespace

TEST_CASE("named sets") {
  const std::string to4 = payload("ip", "daddr");
  const char* const networks = R"("type": "ipv4_addr", "flags": ["interval"], "elem": ["198.51.100.1",
      {"prefix": {"addr": "192.0.2.0", "len": 24}}, {"range": ["203.0.113.1", "203.0.113.9"]}])";
  CHECK(with_set(networks, to4, "==", tcp4) == Passes::yes);
  CHECK(with_set(networks, to4, "!=", tcp4) == Passes::no);
  CHECK(with_set(networks, to4, "==", {.to = "203.0.113.5"}) == Passes::yes);
  CHECK(with_set(networks, to4, "==", {.to = "203.0.113.10"}) == Passes::no);
  CHECK(with_set(networks, to4, "!=", {.to = "203.0.113.10"}) == Passes::yes);
  CHECK(with_set(networks, to4, "!=", tcp6) == Passes::no);
  CHECK(with_set(networks, payload("ip", "saddr"), "==", tcp4) == Passes::maybe);
  CHECK(with_set(networks, payload("ip", "saddr"), "==", tcp6) == Passes::no);
  CHECK(with_set(networks, to4, "<", tcp4) == Passes::maybe);

  CHECK(with_set("\"type\": \"ipv4_addr\"", to4, "==", tcp4) == Passes::no);
  CHECK(with_set("\"type\": \"ipv4_addr\"", to4, "!=", tcp4) == Passes::yes);
  CHECK(with_set(R"("type": "uid", "elem": [0, 1000])", meta("skuid"), "==", tcp4) == Passes::yes);
  CHECK(with_set(R"("type": "uid", "elem": [0, 1000])", meta("skuid"), "!=", kernel) == Passes::no);
  CHECK(with_set(R"("type": "uid", "elem": [0, "me"])", meta("skuid"), "==", tcp4) == Passes::maybe);
  CHECK(with_set(R"("type": "uid", "elem": [1000, "me"])", meta("skuid"), "==", tcp4) == Passes::yes);
  CHECK(with_set(R"("type": "ifname", "elem": ["lo", "eth0"])", meta("oifname"), "==", {.loopback = true}) ==
        Passes::yes);
  CHECK(with_set(R"("type": "ifname", "elem": ["lo", "eth0"])", meta("oifname"), "==", tcp4) == Passes::maybe);
  CHECK(with_set(R"("type": "inet_service", "elem": [443])", payload("tcp", "dport"), "==", tcp4) == Passes::yes);
  CHECK(with_set(R"("type": "inet_service", "elem": [53])", payload("tcp", "dport"), "==", udp4) == Passes::no);
  CHECK(with_set(R"("type": "inet_service", "elem": [53])", payload("th", "dport"), "==", udp4) == Passes::yes);
  CHECK(with_set(R"("type": "inet_service", "elem": [53])", payload("th", "dport"),
                 "==", {.protocol = 132, .port = 53}) == Passes::maybe);
  CHECK(with_set(R"("type": "icmp_type", "elem": ["echo-request"])", payload("icmp", "type"),
                 "==", {.protocol = 1, .port = 8 << 8}) == Passes::yes);
  CHECK(with_set(R"("type": "ct_state", "elem": ["new"])", R"({"ct": {"key": "state"}})", "==", tcp4) == Passes::yes);
  CHECK(with_set(R"("type": "ct_state", "elem": ["established"])", R"({"ct": {"key": "state"}})", "==", tcp4) ==
        Passes::no);
  CHECK(with_set(R"("type": "mark", "elem": [5])", meta("mark"), "==", tcp4) == Passes::maybe);
  CHECK(passes(match(to4, "==", "\"@missing\"") + "," + accept, point(tcp4)) == Passes::maybe);
}

TEST_CASE("elements with times, counters, comments and limits") {
  const std::string to4 = payload("ip", "daddr");
  CHECK(with_set(R"("elem": [{"elem": {"val": "192.0.2.1", "timeout": 60, "expires": 9, "comment": "x",
      "counter": {"packets": 0, "bytes": 0}}}])",
                 to4, "==", tcp4) == Passes::yes);
  CHECK(with_set(R"("elem": [{"elem": {"val": "192.0.2.1", "limit": {"rate": 1, "per": "second"}}}])", to4,
                 "==", tcp4) == Passes::maybe);
  CHECK(with_set(R"("stmt": [{"counter": null}], "elem": ["192.0.2.1"])", to4, "==", tcp4) == Passes::yes);
  CHECK(with_set(R"("stmt": [{"limit": {"rate": 1}}], "elem": ["192.0.2.1"])", to4, "==", tcp4) == Passes::maybe);
  CHECK(with_set(R"("elem": ["*"])", to4, "==", tcp4) == Passes::yes);
  CHECK(passes(match(to4, "==", R"({"set": [{"elem": {"val": "192.0.2.1", "quota": {}}}]})") + "," + accept,
               point(tcp4)) == Passes::maybe);
}

TEST_CASE("concatenations") {
  const char* const services = R"("elem": [{"concat": [{"prefix": {"addr": "192.0.2.0", "len": 24}}, "tcp", 443]},
      {"concat": ["192.0.2.1", "udp", {"range": [50, 60]}]},
      {"concat": [{"range": ["192.0.2.9", "192.0.2.20"]}, "sctp", 80]}])";
  CHECK(with_set(services, service, "==", tcp4) == Passes::yes);
  CHECK(with_set(services, service, "==", udp4) == Passes::yes);
  CHECK(with_set(services, service, "==", {.port = 80}) == Passes::no);
  CHECK(with_set(services, service, "==", {.to = "192.0.3.1"}) == Passes::no);
  CHECK(with_set(services, service, "==", tcp6) == Passes::no);
  CHECK(with_set(services, service, "==", {.protocol = 132, .to = "192.0.2.9", .port = 80}) == Passes::maybe);
  CHECK(with_set(services, service, "!=", tcp4) == Passes::no);
  CHECK(with_set(services, service, "!=", {.port = 80}) == Passes::yes);
  CHECK(with_set(services, service, "!=", tcp6) == Passes::no);
  CHECK(with_set(R"("elem": [{"concat": ["192.0.2.1", "tcp"]}])", service, "==", tcp4) == Passes::maybe);
  CHECK(with_set(R"("elem": ["192.0.2.1"])", service, "==", tcp4) == Passes::maybe);

  const auto inline_set = [](const std::string& left, const char* right, const Packet& flow) {
    return passes(match(left, "==", right) + "," + accept, point(flow));
  };
  CHECK(inline_set(service, R"({"set": [{"concat": ["192.0.2.1", "tcp", 443]}]})", tcp4) == Passes::yes);
  CHECK(inline_set(service, R"({"concat": ["192.0.2.1", "tcp", 443]})", tcp4) == Passes::yes);
  CHECK(inline_set(service, R"({"concat": ["192.0.2.1", "tcp", 443]})", udp4) == Passes::no);
  const std::string any = R"({"concat": [{"meta": {"key": "skuid"}}, {"meta": {"key": "skgid"}},
      {"meta": {"key": "oifname"}}, {"meta": {"key": "nfproto"}}, {"ct": {"key": "state"}},
      {"payload": {"protocol": "tcp", "field": "dport"}}]})";
  CHECK(inline_set(any, R"({"concat": [1000, 100, "lo", "ipv4", "new", 443]})", {.loopback = true}) == Passes::yes);
  CHECK(inline_set(any, R"({"concat": [1000, 100, "lo", "ipv4", "new", 443]})", tcp4) == Passes::no);
  CHECK(inline_set(any, R"({"concat": [1000, 100, "eth0", "ipv4", "new", 443]})", tcp4) == Passes::maybe);
  CHECK(inline_set(any, R"({"concat": [1000, 100, "lo", "ipv6", "new", 443]})", {.loopback = true}) == Passes::no);
  CHECK(inline_set(any, R"({"concat": [1000, 100, "lo", "ipv4", "related", 443]})", {.loopback = true}) == Passes::no);
  const std::string both = R"({"concat": [{"payload": {"protocol": "ip", "field": "saddr"}},
      {"payload": {"protocol": "ip", "field": "daddr"}}]})";
  CHECK(inline_set(both, R"({"concat": ["198.51.100.1", "192.0.2.1"]})", tcp4) == Passes::maybe);
  CHECK(inline_set(both, R"({"concat": ["198.51.100.1", "192.0.2.2"]})", tcp4) == Passes::no);
  const std::string icmp = R"({"concat": [{"payload": {"protocol": "icmp", "field": "type"}},
      {"payload": {"protocol": "ip", "field": "daddr"}}]})";
  CHECK(inline_set(icmp, R"({"concat": ["echo-request", "192.0.2.1"]})", {.protocol = 1, .port = 8 << 8}) ==
        Passes::yes);
}

TEST_CASE("verdict maps") {
  const char* const data = R"({"set": [[1000, {"goto": {"target": "yes"}}], [{"range": [1001, 1002]}, {"accept": null}],
      [1003, {"jump": {"target": "back"}}], [1004, {"drop": null}]]})";
  CHECK(with_map(meta("skuid"), data, tcp4) == Passes::yes);
  CHECK(with_map(meta("skuid"), data, {.uid = 1002}) == Passes::yes);
  CHECK(with_map(meta("skuid"), data, {.uid = 1003}) == Passes::no);
  CHECK(with_map(meta("skuid"), data, {.uid = 1004}) == Passes::no);
  CHECK(with_map(meta("skuid"), data, {.uid = 1005}) == Passes::no);
  CHECK(with_map(meta("skuid"), data, kernel) == Passes::no);

  const char* const rest = R"({"set": [[1000, {"drop": null}], ["*", {"accept": null}]]})";
  CHECK(with_map(meta("skuid"), rest, tcp4) == Passes::no);
  CHECK(with_map(meta("skuid"), rest, {.uid = 5}) == Passes::yes);
  CHECK(with_map(meta("skuid"), rest, kernel) == Passes::no);

  const char* const unknown = R"({"set": [["me", {"drop": null}], ["*", {"accept": null}]]})";
  CHECK(with_map(meta("skuid"), unknown, tcp4) == Passes::maybe);
  CHECK(with_map(meta("skuid"), R"({"set": [[1000, {"strange": null}]]})", tcp4) == Passes::maybe);
  CHECK(with_map(meta("skuid"), R"({"set": [[1000, {"goto": {"target": "missing"}}]]})", tcp4) == Passes::maybe);
  CHECK(with_map(meta("skuid"), R"({"set": [[1000, {"strange": null}]]})", {.uid = 5}) == Passes::no);
  CHECK(with_map(meta("skuid"), R"({"set": [1000]})", tcp4) == Passes::maybe);
  CHECK(with_map(meta("mark"), R"({"set": [[5, {"accept": null}]]})", tcp4) == Passes::maybe);
  CHECK(with_map(R"({"ct": {"key": "state"}})",
                 R"({"set": [["established", {"drop": null}], ["new", {"accept": null}]]})", tcp4) == Passes::yes);
  CHECK(with_map(payload("tcp", "dport"), R"({"set": [[443, {"accept": null}]]})", tcp4) == Passes::yes);
  CHECK(with_map(payload("tcp", "dport"), R"({"set": [[53, {"accept": null}]]})", udp4) == Passes::no);
  CHECK(with_map(meta("skuid"), "5", tcp4) == Passes::maybe);
}

TEST_CASE("named verdict maps, of several keys") {
  const std::string key =
      R"({"concat": [{"meta": {"key": "skuid"}}, {"payload": {"protocol": "tcp", "field": "dport"}}]})";
  const char* const map = R"("map": "verdict", "type": ["uid", "inet_service"], "elem":
      [[{"concat": [{"range": [1000, 1002]}, 443]}, {"accept": null}],
       [{"elem": {"val": {"concat": [1003, 443]}, "counter": null}}, {"jump": {"target": "back"}}],
       ["*", {"goto": {"target": "yes"}}]])";
  CHECK(with_map(key, "\"@m\"", tcp4, map) == Passes::yes);
  CHECK(with_map(key, "\"@m\"", {.uid = 1003}, map) == Passes::no);
  CHECK(with_map(key, "\"@m\"", {.uid = 1003, .port = 80}, map) == Passes::yes);
  CHECK(with_map(key, "\"@m\"", udp4, map) == Passes::no);
  CHECK(with_map(key, "\"@m\"", kernel, map) == Passes::no);
  CHECK(with_map(key, "\"@other\"", tcp4, map) == Passes::maybe);
  CHECK(with_map(meta("skuid"), "\"@m\"", tcp4, R"("map": "mark", "elem": [[1000, 5]])") == Passes::maybe);
  CHECK(with_map(meta("skuid"), "\"@m\"", tcp4,
                 R"("map": "verdict", "stmt": [{"limit": {}}], "elem": [[1000, {"accept": null}]])") == Passes::maybe);
}

TEST_CASE("an entry that says continue lets its packets go on in the rule") {
  const std::string statements =
      vmap(meta("skuid"), R"({"set": [[1000, {"continue": null}], [1001, {"drop": null}]]})") + "," + accept;
  CHECK(passes(statements, point(tcp4)) == Passes::yes);
  CHECK(passes(statements, point({.uid = 1001})) == Passes::no);
  CHECK(passes(statements, point({.uid = 1002})) == Passes::no);
}

TEST_CASE("a set that is looked up in too many ways is not understood") {
  std::string rules;
  for (int i = 0; i < 40; ++i)
    rules +=
        (i == 0 ? "" : ", ") + rule(match(R"({"meta": {"key": "key)" + std::to_string(i) + "\"}}", "==", "\"@s\""));
  const std::string json = listing({named("set", "s", R"("elem": [1000])"), base_chain(), rules,
                                    rule(match(meta("skuid"), "==", "\"@s\"") + "," + accept)});
  CHECK(passes(meaning_of(json), point(tcp4)) == Passes::maybe);
}

TEST_CASE("what packets add to a set or delete from it is not known") {
  const auto outcome = [](const char* statement, const char* op) {
    const std::string set = named("set", "s", R"("type": "ipv4_addr", "elem": ["192.0.2.1"])");
    const std::string change = R"({"set": {"op": ")" + std::string(statement) +
                               R"(", "elem": {"payload": {"protocol": "ip", "field": "daddr"}}, "set": "@s"}})";
    const std::string looked_up = rule(match(payload("ip", "daddr"), op, "\"@s\"") + "," + accept);
    return passes(meaning_of(listing({set, base_chain(), looked_up, rule(change)})), point(tcp4));
  };
  CHECK(outcome("add", "==") == Passes::maybe);
  CHECK(outcome("update", "!=") == Passes::maybe);
  CHECK(outcome("delete", "==") == Passes::maybe);
}

TEST_CASE("sets that change are named in a note") {
  Diagnostics diagnostics;
  const std::string json =
      listing({named("set", "s", R"("comment": "api.example", "flags": ["timeout"], "elem": ["192.0.2.1"])"),
               named("set", "unused", R"("flags": ["timeout"])"), base_chain(),
               rule(match(payload("ip", "daddr"), "==", "\"@s\"") + "," + accept)});
  REQUIRE(read(json, diagnostics).has_value());
  CHECK(diagnostics.render(false) ==
        "ruleset.json: note: sets change while they are in use: s (api.example)\n"
        "  hint: what they held when they were listed is what counts here\n");
}
