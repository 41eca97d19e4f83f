// Statements that are no condition, and where they lead.
#include <string>

#include "nft_json_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

const FlowPoint tcp4 = point({});
const FlowPoint udp4 = point({.protocol = 17, .port = 53});
const FlowPoint tcp6 = point({.to = "2001:db8::1"});

// In a chain that lets the rest through.
Passes else_passes(const std::string& statements, const FlowPoint& flow) {
  return passes(meaning_of(listing({base_chain(), rule(statements), rule(accept)})), flow);
}

}  // namespace

TEST_CASE("verdicts") {
  CHECK(passes(accept, tcp4) == Passes::yes);
  CHECK(passes(drop, tcp4) == Passes::no);
  CHECK(else_passes(drop, tcp4) == Passes::no);
  CHECK(else_passes(R"({"continue": null})", tcp4) == Passes::yes);
  CHECK(passes(R"({"continue": null},)" + accept, tcp4) == Passes::yes);
  CHECK(passes(accept + "," + drop, tcp4) == Passes::yes);
  CHECK(passes("", tcp4) == Passes::no);
  CHECK(else_passes("", tcp4) == Passes::yes);
  CHECK(else_passes(R"({"return": null})", tcp4) == Passes::no);
}

TEST_CASE("jump, goto and return") {
  const auto with_chain = [](const char* way, const std::string& callee) {
    const std::string call = std::string(R"({")") + way + R"(": {"target": "c"}})";
    return passes(meaning_of(listing({base_chain(), chain("c"), rule(call), rule(accept), rule(callee, "c")})), tcp4);
  };
  CHECK(with_chain("jump", drop) == Passes::no);
  CHECK(with_chain("jump", R"({"return": null})") == Passes::yes);
  CHECK(with_chain("goto", R"({"return": null})") == Passes::no);
  CHECK(with_chain("goto", accept) == Passes::yes);
  CHECK(with_chain("goto", R"({"jump": {"target": "c"}})") == Passes::maybe);
  CHECK(passes(R"({"jump": {"target": "missing"}})", tcp4) == Passes::maybe);
  CHECK(passes(R"({"jump": {"target": 5}})", tcp4) == Passes::maybe);
  CHECK(passes(R"({"goto": null})", tcp4) == Passes::maybe);
}

TEST_CASE("reject is for the packets it can answer") {
  CHECK(else_passes(R"({"reject": null})", tcp4) == Passes::no);
  CHECK(else_passes(R"({"reject": {"type": "icmpx", "expr": "port-unreachable"}})", tcp6) == Passes::no);
  CHECK(else_passes(match(payload("ip", "daddr"), "!=", "\"192.0.2.9\"") + R"(,{"reject": {"type": "tcp reset"}})",
                    tcp4) == Passes::no);
  CHECK(else_passes(R"({"reject": {"type": "tcp reset"}})", udp4) == Passes::yes);
  CHECK(else_passes(R"({"reject": {"type": "icmp", "expr": "host-unreachable"}})", tcp4) == Passes::no);
  CHECK(else_passes(R"({"reject": {"type": "icmp", "expr": "host-unreachable"}})", tcp6) == Passes::yes);
  CHECK(else_passes(R"({"reject": {"type": "icmpv6", "expr": "no-route"}})", tcp4) == Passes::yes);
}

TEST_CASE("of which family a tcp reset is, nft does not tell in a table of both") {
  const auto outcome = [](const std::string& family, const std::string& table) {
    const auto in_table = [&](const std::string& words) {
      return R"({"family": ")" + family + R"(", "table": ")" + table + "\", " + words + "}}";
    };
    const std::string json =
        listing({R"({"chain": )" + in_table(R"("name": "o", "type": "filter", "hook": "output", "policy": "accept")"),
                 R"({"rule": )" + in_table(R"("chain": "o", "expr": [{"reject": {"type": "tcp reset"}}])")});
    return passes(meaning_of(json), tcp4);
  };
  CHECK(outcome("inet", "t") == Passes::maybe);
  CHECK(outcome("ip", "t") == Passes::no);
  CHECK(outcome("inet", "egressc") == Passes::no);
}

TEST_CASE("statements that a packet always passes") {
  for (const char* const statement :
       {R"({"counter": null})", R"({"counter": {"packets": 5, "bytes": 7}})", R"({"counter": "named"})",
        R"({"log": {"prefix": "x", "group": 5}})", R"({"log": null})",
        R"({"mangle": {"key": {"meta": {"key": "mark"}}, "value": 5}})",
        R"({"mangle": {"key": {"ct": {"key": "mark"}}, "value": {"meta": {"key": "mark"}}}})", R"({"notrack": null})",
        R"({"dup": {"addr": "192.0.2.9"}})", R"({"last": null})", R"({"comment": "x"})", R"({"ct helper": "ftp"})",
        R"({"xt": {"type": "match", "name": "comment"}})", R"({"xt": {"type": "target", "name": "LOG"}})",
        R"({"xt": {"type": "target", "name": "MARK"}})"}) {
    CAPTURE(statement);
    CHECK(passes(std::string(statement) + "," + accept, tcp4) == Passes::yes);
    CHECK(passes(statement, tcp4) == Passes::no);
    CHECK(else_passes(statement, tcp4) == Passes::yes);
  }
}

TEST_CASE("statements that may end the rule") {
  for (
      const char* const statement :
      {R"({"limit": {"rate": 10, "per": "second", "inv": true}})", R"({"limit": "named"})", R"({"quota": {"val": 5}})",
       R"({"ct count": {"val": 5}})", R"({"set": {"op": "update", "elem": 5, "set": "@s"}})",
       R"({"map": {"op": "add", "elem": 5, "data": 6, "map": "@m"}})", R"({"meter": {}})",
       R"({"xt": {"type": "match", "name": "owner"}})",
       R"({"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"map": {"key": 1, "data": "@m"}}}})",
       R"({"counter": {"map": {"key": 1, "data": "@m"}}})",
       R"({"mangle": {"key": {"tcp option": {"name": "maxseg", "field": "size"}}, "value": {"rt": {"key": "mtu"}}}})"}) {
    CAPTURE(statement);
    CHECK(passes(std::string(statement) + "," + accept, tcp4) == Passes::maybe);
    CHECK(passes(statement, tcp4) == Passes::no);
    CHECK(else_passes(statement, tcp4) == Passes::yes);
    CHECK(else_passes(std::string(statement) + "," + drop, tcp4) == Passes::maybe);
  }
}

TEST_CASE("statements that may do anything") {
  for (const char* const statement :
       {R"({"queue": {"num": 5}})", R"({"queue": null})", R"({"xt": {"type": "target", "name": "TPROXY"}})",
        R"({"xt": null})", R"({"tproxy": {"port": 5}})", R"({"fwd": {"dev": "eth0"}})", R"({"synproxy": {}})",
        R"({"unheard": {"of": 1}})",
        R"({"mangle": {"key": {"payload": {"protocol": "ip", "field": "daddr"}}, "value": "192.0.2.9"}})",
        R"({"mangle": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "value": 5}})", R"({"mangle": 5})",
        R"({"accept": null, "drop": null})", "{}", "5", "null", "\"accept\"", "[]"}) {
    CAPTURE(statement);
    CHECK(passes(statement, tcp4) == Passes::maybe);
    CHECK(passes(std::string(statement) + "," + accept, tcp4) == Passes::maybe);
    CHECK(else_passes(statement, tcp4) == Passes::maybe);
    CHECK(else_passes(match(meta("skuid"), "==", "5") + "," + statement, tcp4) == Passes::yes);
  }
}

TEST_CASE("statements of nat end there") {
  for (const char* const statement :
       {R"({"dnat": {"addr": "192.0.2.9"}})", R"({"masquerade": null})", R"({"snat": null})",
        R"({"redirect": {"port": 53}})", R"({"xt": {"type": "target", "name": "NETMAP"}})"}) {
    CAPTURE(statement);
    CHECK(passes(std::string(statement) + "," + drop, tcp4) == Passes::yes);
  }
  const char* const by_map =
      R"({"dnat": {"addr": {"map": {"key": {"payload": {"protocol": "ip", "field": "daddr"}}, "data": "@m"}}}})";
  CHECK(passes(by_map, tcp4) == Passes::maybe);
}

TEST_CASE("xtables' REJECT is known by its name") {
  CHECK(else_passes(R"({"xt": {"type": "target", "name": "REJECT"}})", tcp4) == Passes::no);
}

TEST_CASE("a header that is rewritten is there") {
  const std::string mangle = R"({"mangle": {"key": {"payload": {"protocol": "ip", "field": "dscp"}}, "value": "cs1"}})";
  CHECK(passes(mangle + "," + accept, tcp4) == Passes::yes);
  CHECK(passes(mangle + "," + accept, tcp6) == Passes::no);
}
