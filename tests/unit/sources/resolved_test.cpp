#include <doctest/doctest.h>

#include "sources/format_fixture.h"
#include "sources/resolver_fixture.h"

using namespace egressc;

namespace {

const std::vector<std::string_view> call = {
    "varlink: New incoming connection.",
    "varlink: Connections of user 1001: 0 (of 1024 max)",
    "varlink-18: Setting state idle-server",
    R"(varlink-18: New incoming message: {"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"www.shop.example","flags":0}})",
    "varlink-18: Changing state idle-server → processing-method",
    R"(varlink-18: Sending message: {"parameters":{"addresses":[{"ifindex":2,"family":2,"address":[198,51,100,80]},{"family":10,"address":[32,1,13,184,0,10,0,0,0,0,0,0,0,0,0,16]}],"name":"e1.cdn.example","flags":9437185}})",
};
const Lines answers{"0.0.0.0/0 www.shop.example 198.51.100.80 0 1001",
                    "0.0.0.0/0 www.shop.example 2001:db8:a::10 0 1001"};

std::string behind(std::string_view start, const std::vector<std::string_view>& messages) {
  std::string text;
  for (const std::string_view message : messages) text += fmt::format("{}{}\n", start, message);
  return text;
}

constexpr std::string_view record =
    R"({"state":"success","question":[{"class":1,"type":1,"name":"www.shop.example"}],"answer":[{"rr":{"key":{"class":1,"type":5,"name":"www.shop.example"},"name":"e1.cdn.example"},"raw":"A3d3dwRzaG9wB2V4YW1wbGUAAAUAAQAAASwAFwRzaG9wBGVkZ2UDY2RuB2V4YW1wbGUA"},{"rr":{"key":{"class":1,"type":1,"name":"e1.cdn.example"},"address":[198,51,100,80]},"raw":"AmUxA2NkbgdleGFtcGxlAAABAAEAAAAeAATGM2RQ"}]})";

}  // namespace

TEST_CASE("resolved: a call of nss-resolve, its answer, and whose it was") {
  for (const std::string_view start : {"Mon 2026-11-23 07:44:18 UTC ", "Nov 23 07:44:18 lab systemd-resolved[712]: ",
                                       "2026-11-23T07:44:18+00:00 lab systemd-resolve[712]: "}) {
    CAPTURE(start);
    const std::string text = behind(start, call);
    CHECK(sniff_as("resolved", text) > 50);
    const auto observations = read_log("resolved", text);
    REQUIRE(resolutions_of(observations) == answers);
    CHECK(observations.resolutions[0].at == parse_iso_time("2026-11-23T07:44:18Z").value());
  }
  std::string entries;
  for (const std::string_view message : call)
    entries += fmt::format(
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795419858000000\nMESSAGE={}\n_COMM=systemd-resolve\n"
        "SYSLOG_IDENTIFIER=systemd-resolved\n\n",
        message);
  CHECK(sniff_as("resolved", entries) > 50);
  CHECK(resolutions_of(read_log("resolved", entries)) == answers);
}

TEST_CASE("resolved: calls on several connections") {
  CHECK(
      resolutions_of(read_log(
          "resolved",
          behind(
              "Mon 2026-11-23 07:44:18 UTC ",
              {
                  "varlink: Connections of user 1001: 0 (of 1024 max)",
                  "varlink-18: Setting state idle-server",
                  "varlink: Connections of user 1002: 0 (of 1024 max)",
                  "varlink-19-19: Setting state idle-server",
                  R"(varlink-18: Received message: {"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"one.example"}})",
                  R"(varlink-19-19: Received message: {"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"two.example."}})",
                  R"(varlink-18: Sending message: {"parameters":{"addresses":[{"family":2,"address":[203,0,113,50]}],"name":"one.example","flags":1}})",
                  R"(varlink-19-19: Sending message: {"parameters":{"addresses":[{"family":2,"address":[203,0,113,50]}],"name":"two.example","flags":1}})",
                  R"(varlink-19-19: Sending message: {"parameters":{"addresses":[{"family":2,"address":[203,0,113,51]}],"name":"two.example","flags":1}})",
              }))) == Lines{"0.0.0.0/0 one.example 203.0.113.50 0 1001", "0.0.0.0/0 two.example 203.0.113.50 0 1002"});
}

TEST_CASE("resolved: an answer to a user that is not told is nobody's") {
  const std::vector<std::string_view> unknown(call.begin() + 3, call.end());
  const auto observations = read_log("resolved", behind("Mon 2026-11-23 07:44:18 UTC ", unknown));
  CHECK(observations.resolutions.empty());
  CHECK(skipped_of(observations) ==
        Lines{"1 resolver housekeeping", "1 an answer to a user that the log does not tell"});
}

TEST_CASE("resolved: records of the monitor") {
  const auto bare = read_log("resolved", record);
  REQUIRE(resolutions_of(bare) == Lines{"0.0.0.0/0 www.shop.example 198.51.100.80 30"});
  CHECK(bare.resolutions[0].at == any_time);
  CHECK(sniff_as("resolved", record) > 50);

  for (const std::string_view start :
       {"Nov 23 07:44:18 ", "2026-11-23T07:44:18Z ", "Nov 23 07:44:18 lab resolvectl[9]: ",
        "Mon 2026-11-23 07:44:18 UTC varlink-20: Sending message: {\"parameters\":"}) {
    CAPTURE(start);
    const auto dated = read_log(
        "resolved", fmt::format("{}{}{}\n", start, record, start.ends_with(':') ? ",\"continues\":true}" : ""));
    REQUIRE(resolutions_of(dated) == Lines{"0.0.0.0/0 www.shop.example 198.51.100.80 30"});
    CHECK(dated.resolutions[0].at == parse_iso_time("2026-11-23T07:44:18Z").value());
  }

  CHECK(
      resolutions_of(read_log(
          "resolved",
          R"({"state":"success","question":[{"class":1,"type":1,"name":"e1.example"}],"collectedQuestions":[{"class":1,"type":1,"name":"www.example"},{"class":1,"type":1,"name":"x.example"}],"answer":[{"rr":{"key":{"name":"e1.example"},"address":[203,0,113,9]}}]})")) ==
      Lines{"0.0.0.0/0 www.example 203.0.113.9 0"});
}

TEST_CASE("resolved: lines without a resolution, and why") {
  struct Case {
    std::string_view line;
    std::string_view reason;
  };
  const Case cases[] = {
      {"Looking up RR for a.example IN A.", "resolver housekeeping"},
      {"Added positive unauthenticated non-confidential cache entry for a.example IN A 30s on */INET/192.0.2.53",
       "resolver housekeeping"},
      {"varlink-1: Changing state idle-server → processing-method", "resolver housekeeping"},
      {R"(varlink-1: Sending message: {"parameters":{"addresses":[{"address":[203,0,113,9]}],"flags":1}})",
       "resolver housekeeping"},
      {"varlink-1: Sending message: {", "not a systemd-resolved line"},
      {R"({"state":"success","question":[{"name":"a.example"}],"answer":[]})", "an answer without an address"},
      {R"({"state":"success","question":[{"name":"a.example"}],"answer":[{"rr":{"address":[203,0,113]}}]})",
       "an answer without an address"},
      {R"({"state":"success","question":[{"name":"a.example"}],"answer":[{"rr":{"address":[203,0,113,256]}}]})",
       "an answer without an address"},
      {R"({"state":"success","question":[{"name":"a.example"}],"answer":[{"rr":{"address":[203,0,-1,113,9]}}]})",
       "an answer without an address"},
      {R"({"state":"success","question":[{"name":"a.local"}],"answer":[{"rr":{"address":[203,0,113,9]}}]})",
       "an answer of LLMNR or mDNS"},
      {R"({"state":"success","question":[{"name":"a b"}],"answer":[{"rr":{"address":[203,0,113,9]}}]})",
       "a name that is no host name"},
      {R"({"state":1,"state":2,"question":[{"name":"a.example","name":"b.example"}],"answer":[]})",
       "not a systemd-resolved line"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto observations = read_log("resolved", fmt::format("Mon 2026-11-23 07:44:18 UTC {}\n", c.line));
    CHECK(observations.resolutions.empty());
    CHECK(skipped_of(observations) == Lines{fmt::format("1 {}", c.reason)});
  }
  CHECK(skipped_of(read_log("resolved", "Nov 23 07:44:18 lab evil[1]: systemd-resolved[2]: varlink-1: x\n")) ==
        Lines{"1 not a systemd-resolved line"});
  CHECK(
      resolutions_of(
          read_log(
              "resolved",
              behind(
                  "Mon 2026-11-23 07:44:18 UTC ",
                  {
                      R"(varlink-1: New incoming message: {"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"printer"}})",
                      R"(varlink-1: Sending message: {"parameters":{"addresses":[{"address":[203,0,113,9]}],"flags":2}})",
                  })))
          .empty());
}
