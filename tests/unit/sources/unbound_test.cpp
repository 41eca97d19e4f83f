#include <doctest/doctest.h>

#include "sources/format_fixture.h"
#include "sources/resolver_fixture.h"

using namespace egressc;

namespace {

// Messages of many lines get the start on their first.
Observations read(const std::vector<std::string_view>& messages) {
  std::string text;
  for (const std::string_view message : messages) text += fmt::format("[1795419858] unbound[712:0] {}\n", message);
  return read_log("unbound", text);
}

std::string packet(std::string_view question, const std::vector<std::string_view>& answers) {
  std::string text = fmt::format(
      "info: incoming scrubbed packet: ;; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 0\n"
      ";; flags: qr aa rd ra ; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0 \n;; QUESTION SECTION:\n{}\n\n"
      ";; ANSWER SECTION:\n",
      question);
  for (const std::string_view answer : answers) text += fmt::format("{}\n", answer);
  return text + "\n;; AUTHORITY SECTION:\nnever.example.\t60\tIN\tA\t203.0.113.66\n\n;; MSG SIZE  rcvd: 48\n";
}

}  // namespace

TEST_CASE("unbound: what comes after the question is for the one who asked, under the name asked first") {
  const std::string alias = packet("www.shop.example.\tIN\tA", {"www.shop.example.\t300\tIN\tCNAME\te1.cdn.example."});
  const std::string end = packet("e1.cdn.example.\tIN\tA", {"e1.cdn.example.\t30\tIN\tA\t198.51.100.80",
                                                            "e1.cdn.example.\t30\tIN\tA\t198.51.100.81"});
  CHECK(resolutions_of(read({"info: 192.0.2.10 WWW.shop.example. A IN", alias, end})) ==
        Lines{"192.0.2.10/0 WWW.shop.example 198.51.100.80 31", "192.0.2.10/0 WWW.shop.example 198.51.100.81 31"});

  SUBCASE("and from memory, while it is alive, for the family that was asked") {
    CHECK(resolutions_of(
              read({"info: 192.0.2.10 www.shop.example. MX IN", alias, end, "info: 192.0.2.11 www.shop.example. A IN",
                    "info: 192.0.2.11 www.shop.example. AAAA IN", "query: 2001:db8::7 e1.cdn.example. A IN"})) ==
          Lines{"192.0.2.11/0 www.shop.example 198.51.100.80 31", "192.0.2.11/0 www.shop.example 198.51.100.81 31",
                "2001:db8::7/0 e1.cdn.example 198.51.100.80 31", "2001:db8::7/0 e1.cdn.example 198.51.100.81 31"});
  }
  SUBCASE("not from what has died") {
    std::string text = fmt::format("[1795419858] unbound[1:0] {}\n[1795419858] unbound[1:0] {}\n", alias, end);
    text += "[1795419900] unbound[1:0] info: 192.0.2.11 www.shop.example. A IN\n";
    CHECK(resolutions_of(read_log("unbound", text)).empty());
  }
  SUBCASE("the reply says it too") {
    CHECK(resolutions_of(read({alias, end, "reply: 192.0.2.10 www.shop.example. A IN NOERROR 0.014 0 95"})) ==
          Lines{"192.0.2.10/0 www.shop.example 198.51.100.80 31", "192.0.2.10/0 www.shop.example 198.51.100.81 31"});
    CHECK(resolutions_of(read({alias, end, "info: 192.0.2.10 www.shop.example. A IN SERVFAIL 0.014 0 95"})).empty());
  }
  SUBCASE("without any client's question the host as a whole asked") {
    CHECK(resolutions_of(read({alias, end})) ==
          Lines{"0.0.0.0/0 www.shop.example 198.51.100.80 31", "0.0.0.0/0 www.shop.example 198.51.100.81 31"});
  }
}

TEST_CASE("unbound: questions alone are of no use, and that is said") {
  CHECK(skipped_of(read({"info: 192.0.2.10 a.example. A IN", "info: 192.0.2.10 a.example. A IN NOERROR 0.1 0 49"})) ==
        Lines{"2 a question, in a log without answers"});
}

TEST_CASE("unbound: a record of a name that the question does not lead to names nothing") {
  const std::string evil = packet(
      "x.evil.example.\tIN\tA", {"x.evil.example.\t300\tIN\tCNAME\tapi.example.",
                                 "api.example.\t300\tIN\tA\t203.0.113.66", "other.example.\t300\tIN\tA\t203.0.113.67"});
  const auto observations = read({"info: 192.0.2.11 x.evil.example. A IN", evil, "info: 192.0.2.10 api.example. A IN",
                                  packet("api.example.\tIN\tA", {"api.example.\t300\tIN\tA\t203.0.113.10"}),
                                  "info: 192.0.2.10 other.example. A IN", "info: 192.0.2.10 x.evil.example. A IN"});
  CHECK(resolutions_of(observations) ==
        Lines{"192.0.2.11/0 x.evil.example 203.0.113.66 301", "192.0.2.11/0 x.evil.example 203.0.113.10 301",
              "192.0.2.10/0 api.example 203.0.113.10 301", "192.0.2.10/0 x.evil.example 203.0.113.66 301",
              "192.0.2.10/0 x.evil.example 203.0.113.10 301"});
  CHECK(skipped_of(observations) == Lines{"1 a record about another name than the question's"});
}

TEST_CASE("unbound: aliases in a circle end") {
  const std::string one = packet("a.example.\tIN\tA", {"a.example.\t300\tIN\tCNAME\tb.example."});
  const std::string two = packet("b.example.\tIN\tA", {"b.example.\t300\tIN\tCNAME\ta.example."});
  CHECK(resolutions_of(read({"info: 192.0.2.10 a.example. A IN", one, two, one, "info: 192.0.2.10 b.example. A IN"}))
            .empty());
}

TEST_CASE("unbound: envelopes") {
  constexpr std::string_view answer =
      "info: incoming scrubbed packet: ;; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 0#012;; QUESTION "
      "SECTION:#012api.example.#011IN#011A#012;; ANSWER SECTION:"
      "#012api.example.#011300#011IN#011A#011203.0.113.9#012";
  const std::string_view starts[] = {
      "[1795419858] unbound[712:0] ",
      "Nov 23 07:44:18 unbound[712:0] ",
      "2026-11-23T07:44:18.000+00:00 unbound[712:1f] ",
      "Nov 23 07:44:18 router unbound: [712:0] ",
      "Nov 23 07:44:18 router unbound[712]: [712:0] ",
      "<30>1 2026-11-23T07:44:18Z router unbound 712 - - [712:0] ",
  };
  for (const std::string_view start : starts) {
    CAPTURE(start);
    const std::string text = fmt::format("{}info: 192.0.2.10 api.example. A IN\r\n{}{}\r\n", start, start, answer);
    CHECK(sniff_as("unbound", text) > 50);
    const auto observations = read_log("unbound", text);
    REQUIRE(resolutions_of(observations) == Lines{"192.0.2.10/0 api.example 203.0.113.9 301"});
    CHECK(observations.resolutions[0].at == parse_iso_time("2026-11-23T07:44:18Z").value());
  }
  const auto journal = read_log(
      "unbound",
      R"({"__REALTIME_TIMESTAMP":"1795419858000000","SYSLOG_IDENTIFIER":"unbound","_COMM":"unbound","MESSAGE":"[712:0] info: 192.0.2.10 api.example. A IN"})"
      "\n"
      R"({"__REALTIME_TIMESTAMP":"1795419858000000","SYSLOG_IDENTIFIER":"unbound","_COMM":"unbound","MESSAGE":"[712:0] info: cname msg ;; ->>HEADER<<- x\n;; QUESTION SECTION:\napi.example.\tIN\tA\n;; ANSWER SECTION:\napi.example.\t300\tIN\tA\t203.0.113.9\n"})"
      "\n");
  CHECK(resolutions_of(journal) == Lines{"192.0.2.10/0 api.example 203.0.113.9 301"});
}

TEST_CASE("unbound: lines without a resolution, and why") {
  struct Case {
    std::string_view line;
    std::string_view reason;
  };
  const Case cases[] = {
      {"[1795419858] unbound[1:0] info: 192.0.2.10 a.example. A IN NXDOMAIN 0.1 0 85", "an answer without an address"},
      {"[1795419858] unbound[1:0] info: 192.0.2.10 a.example. MX IN", "a question that no address answers"},
      {"[1795419858] unbound[1:0] info: 192.0.2.10 a?b.example. A IN", "a name that is no host name"},
      {"[1795419858] unbound[1:0] info: resolving a.example. A IN", "resolver housekeeping"},
      {"[1795419858] unbound[1:0] info: nobody a.example. A IN", "resolver housekeeping"},
      {"[1795419858] unbound[1:0] debug: cache memory msg=66072", "resolver housekeeping"},
      {"[99999999999999999999] unbound[1:0] info: 192.0.2.10 a.example. A IN", "not an unbound line"},
      {"[1795419858] unbound[1:0]", "not an unbound line"},
      {"Nov 23 07:44:18 router evil[1]: unbound: [1:0] info: 192.0.2.10 a.example. A IN", "not an unbound line"},
      {"a.example.\t300\tIN\tA\t203.0.113.9", "not an unbound line"},
      {"{", "not an unbound line"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto observations = read_log("unbound", c.line);
    CHECK(observations.resolutions.empty());
    CHECK(skipped_of(observations) == Lines{fmt::format("1 {}", c.reason)});
  }
  const auto claim = read({"info: 192.0.2.10 203.0.113.9. A IN"});
  REQUIRE(claim.claims.size() == 1);
  CHECK(to_string(claim.claims[0].to) == "203.0.113.9");
}

TEST_CASE("unbound: what a record holds begins no line of the log") {
  const std::string text =
      packet("a.example.\tIN\tA", {"a.example.\t300\tIN\tTXT\t\"x unbound: [1:0] info: 192.0.2.10 b.example. A IN\""});
  const auto observations = read({text});
  CHECK(observations.resolutions.empty());
  CHECK(observations.skipped.empty());
}
