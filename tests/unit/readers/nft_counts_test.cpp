// The counters of egressc's own table, as nft 1.0.6 lists them.
#include <doctest/doctest.h>

#include "model/values/counters.h"
#include "nft_json_fixture.h"

using namespace egressc;
using test::listing;

namespace {

using End = RuleCount::End;

const std::string table = R"({"table": {"family": "inet", "name": "egressc", "handle": 5}})";

std::string set(std::string_view name, std::string_view type, std::string_view elements) {
  return R"({"set": {"family": "inet", "name": ")" + std::string(name) + R"(", "table": "egressc", "type": )" +
         std::string(type) + R"(, "handle": 4, "flags": ["interval"], "elem": )" + std::string(elements) +
         R"(, "stmt": [{"counter": null}]}})";
}

std::string rule(std::string_view chain, std::string_view statements, std::string_view more = "") {
  return R"({"rule": {"family": "inet", "table": "egressc", "chain": ")" + std::string(chain) + R"(", "handle": 7, )" +
         std::string(more) + R"("expr": [)" + std::string(statements) + "]}}";
}

std::string element(std::string_view value, std::string_view packets = "1", std::string_view bytes = "60") {
  return R"({"elem": {"val": )" + std::string(value) + R"(, "counter": {"packets": )" + std::string(packets) +
         R"(, "bytes": )" + std::string(bytes) + "}}}";
}

constexpr std::string_view boxes_4 = R"(["ipv4_addr", "inet_proto", "inet_service"])";
constexpr std::string_view counter = R"({"counter": {"packets": 2, "bytes": 89}})";

TableCounts counts(const std::string& json) {
  Diagnostics diagnostics;
  const auto read = read_table_counts(json, "listing.json", diagnostics);
  REQUIRE_MESSAGE(read.has_value(), diagnostics.render(false));
  CHECK(diagnostics.all().empty());
  return *read;
}

std::string error(const std::string& json) {
  Diagnostics diagnostics;
  CHECK(!read_table_counts(json, "listing.json", diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.has_errors());
  return diagnostics.all().front().message;
}

AddressRange range(std::string_view first, std::string_view last) {
  return {*parse_address(first), *parse_address(last)};
}

}  // namespace

TEST_CASE("elements with their places and their counters") {
  const TableCounts read = counts(listing(
      {table,
       set("u1001_4", boxes_4,
           "[" + element(R"({"concat": ["127.0.0.1", "tcp", 443]})") + ", " +
               element(R"({"concat": [{"prefix": {"addr": "127.0.0.0", "len": 24}}, "udp", {"range": [1000, 2000]}]})",
                       "18446744073709551615", "7") +
               ", " + element(R"({"concat": [{"range": ["192.0.2.1", "192.0.2.6"]}, "tcp", {"range": [0, 65535]}]})") +
               "]"),
       set("u1001_echo_6", R"("ipv6_addr")",
           "[" + element(R"({"prefix": {"addr": "2001:db8::", "len": 33}})") + "]")}));
  REQUIRE(read.sets.size() == 2);
  const SetCounts& boxes = read.sets[0];
  CHECK(boxes.name == "u1001_4");
  CHECK(boxes.uncounted == 0);
  REQUIRE(boxes.elements.size() == 3);
  CHECK(boxes.elements[0].addresses == range("127.0.0.1", "127.0.0.1"));
  CHECK(boxes.elements[0].protocol == Protocol::tcp);
  CHECK(boxes.elements[0].ports == PortRange{443, 443});
  CHECK(boxes.elements[0].count == Count{1, 60});
  CHECK(boxes.elements[1].addresses == range("127.0.0.0", "127.0.0.255"));
  CHECK(boxes.elements[1].protocol == Protocol::udp);
  CHECK(boxes.elements[1].ports == PortRange{1000, 2000});
  CHECK(boxes.elements[1].count == Count{18446744073709551615U, 7});
  CHECK(boxes.elements[2].addresses == range("192.0.2.1", "192.0.2.6"));
  CHECK(boxes.elements[2].ports == PortRange{});
  CHECK(read.sets[1].elements.at(0).addresses == range("2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"));
  CHECK(!read.sets[1].elements.at(0).protocol);
}

TEST_CASE("elements that do not count, and those of another shape") {
  const TableCounts read = counts(
      listing({table, set("plain", boxes_4, R"([{"concat": ["127.0.0.1", "tcp", 443]}])"),
               set("live", R"("ipv4_addr")", R"([{"elem": {"val": "192.0.2.1", "timeout": 3600, "expires": 9}}])"),
               set("uids", R"(["ipv4_addr", "uid"])", "[" + element(R"({"concat": ["192.0.2.1", 7]})") + "]"),
               set("sctp", boxes_4, "[" + element(R"({"concat": ["192.0.2.1", "sctp", 7]})") + "]"),
               set("mark", R"("mark")", element("7")),
               R"({"set": {"family": "inet", "name": "empty", "table": "egressc", "type": "mark"}})"}));
  REQUIRE(read.sets.size() == 6);
  CHECK(read.sets[0].uncounted == 1);
  CHECK(read.sets[0].elements.empty());
  CHECK(read.sets[1].uncounted == 1);
  for (std::size_t i = 2; i < 5; ++i) {
    CAPTURE(read.sets[i].name);
    REQUIRE(read.sets[i].elements.size() == 1);
    CHECK(!read.sets[i].elements[0].addresses);
    CHECK(read.sets[i].elements[0].count == Count{1, 60});
  }
  CHECK(read.sets[5].elements.empty());
}

TEST_CASE("rules with what they look up and how they end") {
  const std::string lookup = R"({"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}},
      "right": "@n_00ff_4"}}, )";
  const std::string state =
      R"({"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, )";
  const std::string count = std::string(counter);
  const TableCounts read = counts(
      listing({table, rule("u1001", lookup + count + R"(, {"accept": null})", R"("comment": "api.example.com", )"),
               rule("u1001", count + R"(, {"goto": {"target": "deny"}})"),
               rule("u1001", count + R"(, {"goto": {"target": "u1002"}})"),
               rule("deny", count + R"(, {"reject": {"type": "tcp reset"}})"),
               rule("deny", count + R"(, {"drop": null})"), rule("output", state + count + R"(, {"accept": null})"),
               rule("output", R"({"accept": null})"), rule("output", R"({"counter": "by name"}, {"accept": null})")}));
  REQUIRE(read.rules.size() == 6);
  CHECK(read.rules[0].chain == "u1001");
  CHECK(read.rules[0].comment == "api.example.com");
  CHECK(read.rules[0].set == "n_00ff_4");
  CHECK(read.rules[0].end == End::accepts);
  CHECK(read.rules[0].count == Count{2, 89});
  CHECK(!read.rules[0].established);
  CHECK(read.rules[1].end == End::goes_to_deny);
  CHECK(read.rules[2].end == End::other);
  CHECK(read.rules[3].end == End::denies);
  CHECK(read.rules[4].end == End::denies);
  CHECK(read.rules[5].established);
  CHECK(read.rules[5].end == End::accepts);
}

TEST_CASE("tables of others are passed over") {
  const std::string other = R"({"table": {"family": "ip", "name": "egressc", "handle": 6}})";
  const std::string others =
      R"({"rule": {"family": "ip", "table": "egressc", "chain": "output", "handle": 7, "expr": [)" +
      std::string(counter) + R"(, {"accept": null}]}})";
  CHECK(counts(listing({other, others, table})).rules.empty());
}

TEST_CASE("what is no listing of the table with its counters is an error") {
  CHECK(error("") == "this is no JSON: The document is empty.");
  CHECK(error("[]") == "this is no ruleset of nftables: it has no list \"nftables\"");
  CHECK(error(listing({})) == "the table inet egressc is not listed");
  CHECK(error(listing({R"({"table": {"family": "ip", "name": "egressc"}})"})) ==
        "the table inet egressc is not listed");
  CHECK(error(listing({table, rule("u1", R"({"counter": null}, {"accept": null})")})) ==
        "counters were left out of the listing");
  CHECK(
      error(listing({table, set("u1_4", R"("ipv4_addr")", R"([{"elem": {"val": "192.0.2.1", "counter": null}}])")})) ==
      "counters were left out of the listing");
  CHECK(error(listing({table, set("u1_4", R"("ipv4_addr")", element("\"192.0.2.1\"", "-1"))})) ==
        "a counter is not understood");
  CHECK(error(listing({table, rule("u1", R"({"counter": {"packets": 1}})")})) == "a counter is not understood");
  CHECK(error(listing({table, rule("u1", R"({"counter": {"packets": 1.5, "bytes": 2}})")})) ==
        "a counter is not understood");
  CHECK(error(listing({table, rule("", counter)})) == "a rule has no chain");
  CHECK(error(listing({table, R"({"rule": {"family": "inet", "table": "egressc", "chain": "c"}})"})) ==
        "a rule says nothing");
  CHECK(error(listing({table, set("", R"("ipv4_addr")", "[]")})) == "a set has no name");
}
