#include <doctest/doctest.h>
#include <fmt/core.h>

#include <string>
#include <vector>

#include "sources/format_fixture.h"

using namespace egressc;

namespace {

constexpr std::string_view prefix = "Nov 23 07:44:18 dnsmasq[712]: ";

Observations read_as_is(std::string_view text) {
  ParseContext context;
  context.year = 2026;
  Observations observations;
  const LogParser parser = open_log("dnsmasq", context, observations);
  parser.feed(text);
  parser.finish();
  observations.finish();
  return observations;
}

Observations read(const std::vector<std::string_view>& messages) {
  std::string text;
  for (const std::string_view message : messages) text += fmt::format("{}{}\n", prefix, message);
  return read_as_is(text);
}

// "client/port asked answer".
std::vector<std::string> resolutions_of(const Observations& observations) {
  std::vector<std::string> lines;
  for (const Resolution& r : observations.resolutions)
    lines.push_back(fmt::format("{}/{} {} {}", to_string(r.client), r.client_port, observations.strings[r.asked],
                                to_string(r.answer)));
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("extra: an answer belongs to the question of its serial and client") {
  CHECK(resolutions_of(read({
            "1 192.0.2.10/48095 query[A] api.acme.example from 192.0.2.10",
            "1 192.0.2.10/48095 forwarded api.acme.example to 127.0.0.1#5300",
            "2 192.0.2.10/48095 query[AAAA] api.acme.example from 192.0.2.10",
            "1 192.0.2.10/48095 reply api.acme.example is 203.0.113.10",
            "2 192.0.2.10/48095 reply api.acme.example is 2001:db8:a::10",
        })) ==
        Lines{"192.0.2.10/48095 api.acme.example 203.0.113.10", "192.0.2.10/48095 api.acme.example 2001:db8:a::10"});

  SUBCASE("through aliases, interleaved, with serials that recur") {
    CHECK(resolutions_of(read({
              "5 192.0.2.10/1111 query[A] www.shop.example from 192.0.2.10",
              "5 192.0.2.11/1111 query[A] other.example from 192.0.2.11",
              "5 192.0.2.10/2222 query[A] third.example from 192.0.2.10",
              "5 192.0.2.10/1111 reply www.shop.example is <CNAME>",
              "5 192.0.2.11/1111 reply other.example is 203.0.113.1",
              "5 192.0.2.10/1111 reply shop.edge.cdn.example is <CNAME>",
              "5 192.0.2.10/2222 reply third.example is 203.0.113.2",
              "5 192.0.2.10/1111 reply e1.cdn.example is 198.51.100.80",
              "5 192.0.2.10/1111 reply e1.cdn.example is 198.51.100.81",
              "5 192.0.2.10/1111 query[A] later.example from 192.0.2.10",
              "5 192.0.2.10/1111 reply later.example is 203.0.113.3",
          })) == Lines{"192.0.2.11/1111 other.example 203.0.113.1", "192.0.2.10/2222 third.example 203.0.113.2",
                       "192.0.2.10/1111 www.shop.example 198.51.100.80",
                       "192.0.2.10/1111 www.shop.example 198.51.100.81", "192.0.2.10/1111 later.example 203.0.113.3"});
  }
  SUBCASE("in the spelling that was asked") {
    CHECK(resolutions_of(read({
              "17 192.0.2.10/51193 query[A] WwW.ShOp.ExAmPlE from 192.0.2.10",
              "17 192.0.2.10/51193 cached WwW.ShOp.ExAmPlE is <CNAME>",
              "17 192.0.2.10/51193 cached e1.cdn.example is 198.51.100.80",
          })) == Lines{"192.0.2.10/51193 WwW.ShOp.ExAmPlE 198.51.100.80"});
  }
  SUBCASE("without its question, to the first name") {
    CHECK(resolutions_of(read({
              "9 192.0.2.10/51193 reply www.shop.example is <CNAME>",
              "9 192.0.2.10/51193 reply e1.cdn.example is 198.51.100.80",
          })) == Lines{"192.0.2.10/51193 www.shop.example 198.51.100.80"});
  }
  SUBCASE("from hosts files, configuration, leases and IPv6 clients") {
    CHECK(resolutions_of(read({
              "11 2001:db8:0:1::10/43783 query[A] db.internal from 2001:db8:0:1::10",
              "11 2001:db8:0:1::10/43783 /etc/hosts db.internal is 192.0.2.100",
              "12 192.0.2.10/1 query[A] db2.internal from 192.0.2.10",
              "12 192.0.2.10/1 /etc/my hosts db2.internal is 192.0.2.101",
              "13 192.0.2.10/1 config router.lan is 192.0.2.1",
              "14 192.0.2.10/1 DHCP laptop.lan is 192.0.2.20",
              "15 fe80::1%eth0/53000 query[A] nas.lan from fe80::1%eth0",
              "15 fe80::1%eth0/53000 cached-stale nas.lan is 192.0.2.21",
          })) == Lines{"2001:db8:0:1::10/43783 db.internal 192.0.2.100", "192.0.2.10/1 db2.internal 192.0.2.101",
                       "192.0.2.10/1 router.lan 192.0.2.1", "192.0.2.10/1 laptop.lan 192.0.2.20",
                       "fe80::1/53000 nas.lan 192.0.2.21"});
  }
}

TEST_CASE("proto: the transport stands before the serial") {
  CHECK(resolutions_of(read({
            "UDP 436 192.0.2.10/36363 query[A] a.example from 192.0.2.10",
            "UDP 436 192.0.2.10/36363 reply a.example is 203.0.113.1",
            "TCP 437 192.0.2.10/36364 query[A] b.example from 192.0.2.10",
            "TCP 437 192.0.2.10/36364 cached b.example is 203.0.113.2",
        })) == Lines{"192.0.2.10/36363 a.example 203.0.113.1", "192.0.2.10/36364 b.example 203.0.113.2"});
}

TEST_CASE("what dnsmasq adds behind an answer") {
  CHECK(resolutions_of(read({
            "1 192.0.2.10/5 query[A] a.example from 192.0.2.10",
            "1 192.0.2.10/5 reply a.example is 203.0.113.1 (DNSSEC signed)",
            "1 192.0.2.10/5 cached-stale a.example is 203.0.113.2 (EDE: stale answer)",
            "1 192.0.2.10/5 reply a.example is NODATA-IPv6 (DNSSEC signed)",
        })) == Lines{"192.0.2.10/5 a.example 203.0.113.1", "192.0.2.10/5 a.example 203.0.113.2"});
}

TEST_CASE("extra: a record about another name, or of another process, is no answer to the question") {
  const auto other = read({
      "1 192.0.2.10/1111 query[A] a.example from 192.0.2.10",
      "1 192.0.2.10/1111 reply b.example is 203.0.113.66",
      "1 192.0.2.10/1111 reply A.Example is 203.0.113.1",
  });
  CHECK(resolutions_of(other) == Lines{"192.0.2.10/1111 a.example 203.0.113.1"});
  REQUIRE(other.skipped.size() == 1);
  CHECK(other.skipped[0].reason == "a record about another name than the question's");

  // A port of UDP and one of TCP have the same number, and a child counts on from where its parent was.
  CHECK(
      resolutions_of(read_as_is("Nov 23 07:44:18 dnsmasq[712]: 7 192.0.2.10/1111 query[A] a.example from 192.0.2.10\n"
                                "Nov 23 07:44:18 dnsmasq[713]: 7 192.0.2.10/1111 query[A] b.example from 192.0.2.10\n"
                                "Nov 23 07:44:18 dnsmasq[712]: 7 192.0.2.10/1111 reply a.example is 203.0.113.1\n"
                                "Nov 23 07:44:18 dnsmasq[713]: 7 192.0.2.10/1111 reply b.example is 203.0.113.2\n")) ==
      Lines{"192.0.2.10/1111 a.example 203.0.113.1", "192.0.2.10/1111 b.example 203.0.113.2"});
  // A truncated answer is asked for again by TCP, by a child.
  CHECK(
      resolutions_of(read_as_is("Nov 23 07:44:18 dnsmasq[712]: 7 192.0.2.10/1111 query[A] a.example from 192.0.2.10\n"
                                "Nov 23 07:44:18 dnsmasq[713]: 7 192.0.2.10/1111 reply a.example is 203.0.113.1\n")) ==
      Lines{"192.0.2.10/1111 a.example 203.0.113.1"});
}

TEST_CASE("plain: each process answers in lines of its own") {
  CHECK(resolutions_of(read_as_is("Nov 23 07:44:18 dnsmasq[101]: query[A] git.example from 192.0.2.10\n"
                                  "Nov 23 07:44:18 dnsmasq[102]: query[A] api.example from 192.0.2.11\n"
                                  "Nov 23 07:44:18 dnsmasq[102]: reply api.example is <CNAME>\n"
                                  "Nov 23 07:44:18 dnsmasq[101]: reply git.example is <CNAME>\n"
                                  "Nov 23 07:44:18 dnsmasq[101]: reply edge-a.example is 198.51.100.7\n"
                                  "Nov 23 07:44:18 dnsmasq[102]: reply edge-b.example is 198.51.100.8\n")) ==
        Lines{"192.0.2.10/0 git.example 198.51.100.7", "192.0.2.11/0 api.example 198.51.100.8"});
}

TEST_CASE("turns: how many other questions came from the port within the second or the last") {
  const auto turns_of = [](const std::vector<std::string_view>& names, const std::vector<std::string_view>& times) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
      text += fmt::format(
          "2026-11-23T07:44:{}Z router dnsmasq[712]: {} 192.0.2.10/1111 query[A] {} from 192.0.2.10\n"
          "2026-11-23T07:44:{}Z router dnsmasq[712]: {} 192.0.2.10/1111 reply {} is 203.0.113.1\n",
          times[i], i + 1, names[i], times[i], i + 1, names[i]);
    std::vector<int> turns;
    for (const Resolution& resolution : read_as_is(text).resolutions) turns.push_back(resolution.turn);
    return turns;
  };
  using Turns = std::vector<int>;
  CHECK(turns_of({"a.example", "A.example", "a.example"}, {"18.1", "18.2", "19.9"}) == Turns{0, 0, 0});
  CHECK(turns_of({"a.example", "b.example", "a.example"}, {"18.1", "18.2", "18.3"}) == Turns{0, 1, 2});
  CHECK(turns_of({"a.example", "b.example", "c.example"}, {"18.9", "19.1", "21.0"}) == Turns{0, 1, 0});
  CHECK(turns_of({"a.example", "a.example", "b.example"}, {"18.9", "19.1", "20.1"}) == Turns{0, 0, 1});

  // Whoever makes the table forget a port gains nothing: a port that it may have forgotten has a turn nobody knows.
  std::string text;
  const auto ask = [&](int port, std::string_view name) {
    text += fmt::format("2026-11-23T07:44:18Z router dnsmasq[712]: {} 192.0.2.10/{} query[A] {} from 192.0.2.10\n",
                        port, port, name);
  };
  ask(1111, "a.example");
  for (int port = 10000; port < 60000; ++port) ask(port, "b.example");
  ask(1111, "c.example");
  text += "2026-11-23T07:44:18Z router dnsmasq[712]: 1111 192.0.2.10/1111 reply c.example is 203.0.113.1\n";
  const auto flooded = read_as_is(text);
  REQUIRE(flooded.resolutions.size() == 1);
  CHECK(flooded.resolutions[0].turn > 1000);
}

TEST_CASE("extra: who asks what is already under way shares the answer") {
  CHECK(resolutions_of(read({
            "1 192.0.2.10/1111 query[A] n1.example from 192.0.2.10",
            "1 192.0.2.10/1111 forwarded n1.example to 127.0.0.1#5300",
            "2 192.0.2.10/2222 query[A] N1.example from 192.0.2.10",
            "3 192.0.2.10/3333 query[A] n2.example from 192.0.2.10",
            "1 192.0.2.10/1111 reply n1.example is 198.51.100.77",
            "1 192.0.2.10/1111 reply n1.example is 203.0.113.21",
            "2 192.0.2.10/2222 reply query is duplicate",
            "3 192.0.2.10/3333 reply query is duplicate",
            "9 192.0.2.10/9999 reply query is duplicate",
        })) == Lines{"192.0.2.10/1111 n1.example 198.51.100.77", "192.0.2.10/1111 n1.example 203.0.113.21",
                     "192.0.2.10/2222 N1.example 198.51.100.77", "192.0.2.10/2222 N1.example 203.0.113.21"});
}

TEST_CASE("plain: an answer is told by its name and order") {
  CHECK(resolutions_of(read({
            "query[A] Api.acme.example from 192.0.2.10",
            "query[A] www.shop.example from 192.0.2.11",
            "forwarded Api.acme.example to 127.0.0.1#5300",
            "reply www.shop.example is <CNAME>",
            "reply shop.edge.cdn.example is <CNAME>",
            "reply e1.cdn.example is 198.51.100.80",
            "reply e1.cdn.example is 198.51.100.81",
            "reply api.acme.example is 203.0.113.10",
            "reply api.acme.example is 203.0.113.11",
            "cached api.acme.example is 203.0.113.12",
            "reply unasked.example is 203.0.113.13",
        })) == Lines{"192.0.2.11/0 www.shop.example 198.51.100.80", "192.0.2.11/0 www.shop.example 198.51.100.81",
                     "192.0.2.10/0 Api.acme.example 203.0.113.10", "192.0.2.10/0 Api.acme.example 203.0.113.11",
                     "192.0.2.10/0 Api.acme.example 203.0.113.12", "0.0.0.0/0 unasked.example 203.0.113.13"});

  SUBCASE("a chain ends where another line stands") {
    CHECK(resolutions_of(read({
              "query[A] www.shop.example from 192.0.2.11",
              "cached www.shop.example is <CNAME>",
              "forwarded www.shop.example to 127.0.0.1#5300",
              "reply other.example is 198.51.100.80",
          })) == Lines{"0.0.0.0/0 other.example 198.51.100.80"});
    CHECK(resolutions_of(read({
              "query[A] www.shop.example from 192.0.2.11",
              "reply www.shop.example is <CNAME>",
              "reply edge.cdn.example is NODATA-IPv6",
              "reply other.example is 198.51.100.80",
          })) == Lines{"0.0.0.0/0 other.example 198.51.100.80"});
  }
}

TEST_CASE("lines without a resolution, and why") {
  struct Case {
    std::string_view message;
    std::string_view reason;
  };
  const Case cases[] = {
      {"started, version 2.90 cachesize 10000", "resolver housekeeping"},
      {"using nameserver 127.0.0.1#5300", "resolver housekeeping"},
      {"read /etc/hosts - 2 names", "resolver housekeeping"},
      {"1 192.0.2.10/48095 forwarded api.example to 127.0.0.1#5300", "resolver housekeeping"},
      {"1 192.0.2.10/48095 dnssec-query[DS] example to 127.0.0.1#5300", "resolver housekeeping"},
      {"* 192.0.2.10/48095 dnssec-query[DS] example to 127.0.0.1", "resolver housekeeping"},
      {"1 dnssec-query[DS] example to 127.0.0.1#5300", "resolver housekeeping"},
      {"1 192.0.2.10/48095 validation result is SECURE", "resolver housekeeping"},
      {"nftset add 4 inet t s 192.0.2.1 api.example", "resolver housekeeping"},
      {"1 192.0.2.10/48095 reply api.example is NXDOMAIN", "an answer without an address"},
      {"1 192.0.2.10/48095 reply api.example is NODATA-IPv6", "an answer without an address"},
      {"1 192.0.2.10/48095 reply api.example is <TXT>", "an answer without an address"},
      {"1 192.0.2.10/48095 reply error is SERVFAIL", "an answer without an address"},
      {"1 192.0.2.10/48095 reply 203.0.113.9 is host.example", "an answer without an address"},
      {"1 192.0.2.10/48095 reply 203.0.113.9 is 203.0.113.10", "an answer without an address"},
      {"1 192.0.2.10/48095 cached 2001:db8::1 is 203.0.113.10", "an answer without an address"},
      {"1 192.0.2.10/48095 reply 198.51.100.5 is evil.example is 203.0.113.9", "a name that is no host name"},
      {"reply 198.51.100.5 is evil.example is 203.0.113.9", "a name that is no host name"},
      {"gravity blocked ads.example is 0.0.0.0", "a name that the resolver blocks"},
      {"regex denied ads.example is ::", "a name that the resolver blocks"},
      {"config ads.example is 0.0.0.0", "a name that the resolver blocks"},
      {"query[A] <name unprintable> from 192.0.2.10", "a name that is no host name"},
      {"query[A] a b.example from 192.0.2.10", "a name that is no host name"},
      {"query[A] api.example", "not a dnsmasq line"},
      {"query[A] api.example from nobody", "not a dnsmasq line"},
      {"reply api.example", "not a dnsmasq line"},
      {"reply api.example is ", "not a dnsmasq line"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const auto observations = read({c.message});
    CHECK(observations.resolutions.empty());
    CHECK(observations.claims.empty());
    REQUIRE(observations.skipped.size() == 1);
    CHECK(observations.skipped[0].reason == c.reason);
  }
}

TEST_CASE("a name with an address in it is a claim, once") {
  const auto observations = read({
      "7 192.0.2.10/46878 query[A] cdn.tricky.example is 203.0.113.207 from 192.0.2.10",
      "7 192.0.2.10/46878 forwarded cdn.tricky.example is 203.0.113.207 to 127.0.0.1#5300",
      "7 192.0.2.10/46878 reply cdn.tricky.example is 203.0.113.207 is NXDOMAIN",
      "8 192.0.2.10/46878 query[AAAA] cdn.tricky.example is 203.0.113.207 from 192.0.2.10",
      "8 192.0.2.10/46878 reply cdn.tricky.example is 203.0.113.207 is 203.0.113.207",
  });
  CHECK(observations.resolutions.empty());
  REQUIRE(observations.claims.size() == 1);
  const Claim& claim = observations.claims[0];
  CHECK(to_string(claim.to) == "203.0.113.207");
  CHECK(claim.has_address);
  CHECK(claim.damaged);
  CHECK(claim.port == 0);
  CHECK(claim.uid == no_id);
  CHECK(to_string(claim.client) == "192.0.2.10");
  CHECK(claim.client_port == 46878);
  CHECK(to_string_utc(claim.at) == "2026-11-23T07:44:18Z");

  CHECK(read({"query[A] 203.0.113.9 from 192.0.2.10"}).claims.size() == 1);
  CHECK(read({"query[A] x from 203.0.113.9 from 192.0.2.10"}).claims.size() == 1);
  CHECK(read({"query[A] [2001:db8::1]/203.0.113.9 from 192.0.2.10"}).claims.size() == 2);
  CHECK(read({"query[A] 1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4 5.5.5.5 from 192.0.2.10"}).claims.size() == 4);
}

TEST_CASE("envelopes") {
  constexpr std::string_view message = "1 192.0.2.10/5 reply api.example is 203.0.113.9";
  struct Case {
    std::string_view before;
    bool dated;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 dnsmasq[712]: ", true},
      {"Nov 23 07:44:18 router dnsmasq[712]: ", true},
      {"Mon Nov 23 07:44:18 2026 daemon.info dnsmasq[712]: ", true},
      {"<30>Nov 23 07:44:18 router dnsmasq[712]: ", true},
      {"<30>1 2026-11-23T07:44:18Z router dnsmasq 712 - - ", true},
      {"2026-11-23T07:44:18+00:00 router dnsmasq[712]: ", true},
      {"nov. 23 07:44:18 nlaptop dnsmasq[4961]: ", true},
      {"dnsmasq: ", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    const auto observations = read_as_is(fmt::format("{}{}\r\n", c.before, message));
    CHECK(resolutions_of(observations) == Lines{"192.0.2.10/5 api.example 203.0.113.9"});
    CHECK(observations.resolutions[0].at == (c.dated ? parse_iso_time("2026-11-23T07:44:18Z").value() : no_time));
  }
  CHECK(
      resolutions_of(read_as_is(fmt::format(
          R"({{"__REALTIME_TIMESTAMP":"1795419858000000","SYSLOG_IDENTIFIER":"dnsmasq","_COMM":"dnsmasq","MESSAGE":"{}"}})",
          message))) == Lines{"192.0.2.10/5 api.example 203.0.113.9"});
}

TEST_CASE("lines of other programs") {
  struct Case {
    std::string_view line;
    std::string_view reason;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 router evil[9]: dnsmasq[712]: reply api.example is 203.0.113.9", "not a dnsmasq line"},
      {"Nov 23 07:44:18 router dnsmasq-dhcp[712]: DHCPACK(br0) 192.0.2.20", "resolver housekeeping"},
      {R"({"SYSLOG_IDENTIFIER":"dnsmasq","_COMM":"evil","MESSAGE":"reply api.example is 203.0.113.9"})",
       "not a dnsmasq line"},
      {R"({"SYSLOG_IDENTIFIER":"evil","MESSAGE":"reply api.example is 203.0.113.9"})", "not a dnsmasq line"},
      {"{", "not a dnsmasq line"},
      {"hello", "not a dnsmasq line"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto observations = read_as_is(c.line);
    CHECK(observations.resolutions.empty());
    REQUIRE(observations.skipped.size() == 1);
    CHECK(observations.skipped[0].reason == c.reason);
  }
}

TEST_CASE("sniffing") {
  const std::string line = fmt::format("{}query[A] api.example from 192.0.2.10\n", prefix);
  CHECK(sniff_as("dnsmasq", line) == 95);
  CHECK(sniff_as("dnsmasq", "") == 0);
  CHECK(sniff_as("dnsmasq", "Nov 23 07:44:18 lab kernel: hello\n") == 0);
  std::string agent;
  for (int i = 0; i < 20; ++i) agent += "2026-11-23T07:44:18Z INFO net[13308]: GET https://api.example/ -> 200 OK\n";
  CHECK(sniff_as("dnsmasq", agent + line) == 0);
}
