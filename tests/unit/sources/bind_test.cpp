#include <doctest/doctest.h>

#include "sources/format_fixture.h"
#include "sources/resolver_fixture.h"

using namespace egressc;

namespace {

constexpr std::string_view received =
    "23-Nov-2026 07:44:18.500 resolver: debug 10: received packet from 192.0.2.53#53\n"
    ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   5602\n"
    ";; flags: qr aa rd ra; QUESTION: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n"
    ";; QUESTION SECTION:\n;www.shop.example.\t\tIN\tA\n\n"
    ";; ANSWER "
    "SECTION:\n;www.shop.example.\t300\tIN\tCNAME\te1.cdn.example.\n;e1.cdn.example.\t\t30\tIN\tA\t198.51.100.80\n"
    ";\t\t\t30\tIN\tA\t198.51.100.81\n\n"
    ";; AUTHORITY SECTION:\n;cdn.example.\t60\tIN\tA\t203.0.113.66\n\n\n";
constexpr std::string_view asked =
    "23-Nov-2026 07:44:18.400 queries: info: client @0x7fa4f6ebf098 192.0.2.10#40648 (WWW.shop.example): query: "
    "WWW.shop.example IN A +E(0)K (192.0.2.53)\n";
const Lines answers{"192.0.2.10/40648 WWW.shop.example 198.51.100.80 31",
                    "192.0.2.10/40648 WWW.shop.example 198.51.100.81 31"};

}  // namespace

TEST_CASE("BIND: a question and the message that follows") {
  const std::string text = fmt::format("{}{}", asked, received);
  CHECK(sniff_as("bind", text) > 50);
  const auto observations = read_log("bind", text);
  REQUIRE(resolutions_of(observations) == answers);
  CHECK(observations.resolutions[0].at == parse_iso_time("2026-11-23T07:44:18.5Z").value());
  CHECK(skipped_of(observations) == Lines{"1 resolver housekeeping"});
}

TEST_CASE("BIND: the forms of a question") {
  const std::string_view forms[] = {
      "queries: info: client @0x7fa4f6ebf098 192.0.2.10#40648 (www.shop.example): query: www.shop.example IN A + "
      "(192.0.2.53)",
      "queries: client 192.0.2.10#40648 (www.shop.example): query: www.shop.example IN A +ED (192.0.2.53)",
      "info: client @0x1 192.0.2.10#40648 (www.shop.example): view inside: query: www.shop.example IN A + (192.0.2.53)",
      "client @0x1 192.0.2.10#40648/key mine (www.shop.example): query: www.shop.example IN A +S (192.0.2.53)",
      "responses: info: client @0x1 192.0.2.10#40648 (www.shop.example): response: www.shop.example IN A NOERROR "
      "+E(0)K (192.0.2.53)",
  };
  const std::string_view times[] = {
      "23-Nov-2026 07:44:19.000 ", "2026-11-23T07:44:19.000Z ", "2026-11-23T07:44:19.000 ",
      "Nov 23 07:44:19 router named[712]: ", "<30>1 2026-11-23T07:44:19Z router named 712 - - "};
  for (const std::string_view time : times)
    for (const std::string_view form : forms) {
      CAPTURE(time);
      CAPTURE(form);
      CHECK(resolutions_of(read_log("bind", fmt::format("{}{}{}\n", received, time, form))) ==
            Lines{"192.0.2.10/40648 www.shop.example 198.51.100.80 30",
                  "192.0.2.10/40648 www.shop.example 198.51.100.81 30"});
    }
}

TEST_CASE("BIND: dnstap-read -p tells the whole answer and who got it") {
  constexpr std::string_view text =
      "23-Nov-2026 07:44:18.331 CR 192.0.2.10:51527 <- 192.0.2.53:53 UDP 113b www.shop.example/IN/A\n"
      ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   7001\n"
      ";; flags: qr rd ra; QUESTION: 1, ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 0\n"
      ";; QUESTION SECTION:\n;www.shop.example.\t\tIN\tA\n\n"
      ";; ANSWER "
      "SECTION:\nwww.shop.example.\t300\tIN\tCNAME\te1.cdn.example.\ne1.cdn.example.\t\t30\tIN\tA\t198.51.100.80\n\n"
      "23-Nov-2026 07:44:18.447 CR 2001:db8::7:59831 <- 2001:db8::53:53 UDP 87b missing.example.com/IN/A\n"
      ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id:   7001\n"
      ";; QUESTION SECTION:\n;missing.example.com.\t\tIN\tA\n\n"
      ";; AUTHORITY SECTION:\n.\t\t\t60\tIN\tSOA\tns.example. post.example. 1 60 60 60 60\n\n"
      "23-Nov-2026 07:44:18.447 RR 192.0.2.10:59831 <- 198.51.100.53:53 UDP 87b ns.example/IN/A\n"
      ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   7001\n"
      ";; QUESTION SECTION:\n;ns.example.\t\tIN\tA\n\n;; ANSWER SECTION:\nns.example.\t60\tIN\tA\t203.0.113.1\n";
  CHECK(sniff_as("bind", text) > 50);
  CHECK(resolutions_of(read_log("bind", text)) == Lines{"192.0.2.10/51527 www.shop.example 198.51.100.80 30"});
  CHECK(resolutions_of(read_log("bind", text.substr(text.find("23-Nov-2026 07:44:18.447 RR")))) ==
        Lines{"0.0.0.0/0 ns.example 203.0.113.1 61"});
}

TEST_CASE("BIND: what a foreign server adds to its answer is no answer") {
  const auto message = [](std::string_view question, const std::vector<std::string_view>& records) {
    std::string text = fmt::format(
        "23-Nov-2026 07:44:18.500 resolver: debug 10: received packet from 192.0.2.53#53\n"
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   5602\n;; QUESTION SECTION:\n;{}.\t\tIN\tA\n\n"
        ";; ANSWER SECTION:\n",
        question);
    for (const std::string_view record : records) text += fmt::format(";{}\n", record);
    return text + "\n";
  };
  const auto ask = [](std::string_view name, int port) {
    return fmt::format(
        "23-Nov-2026 07:44:18.400 queries: info: client @0x1 192.0.2.10#{} ({}): query: {} IN A + (192.0.2.53)\n", port,
        name, name);
  };
  const std::string good = message("api.example", {"api.example.\t300\tIN\tA\t203.0.113.10"});
  const Lines answers{"192.0.2.10/1 api.example 203.0.113.10 301"};

  const auto added = read_log("bind", ask("api.example", 1) + good + ask("x.evil.example", 2) +
                                          message("x.evil.example", {"api.example.\t300\tIN\tA\t203.0.113.66"}));
  CHECK(resolutions_of(added) == answers);
  CHECK(skipped_of(added) == Lines{"2 resolver housekeeping", "1 a record about another name than the question's"});

  // It says too late what it refuses.
  const auto refused =
      read_log("bind", ask("api.example", 1) + message("api.example", {"api.example.\t300\tIN\tA\t203.0.113.66"}) +
                           "23-Nov-2026 07:44:18.500 resolver: notice: DNS format error from 203.0.113.53#53 resolving "
                           "x.evil.example/A for 192.0.2.10#2: question section mismatch: got api.example/A/IN\n" +
                           good);
  CHECK(resolutions_of(refused) == answers);
  CHECK(skipped_of(refused) == Lines{"2 resolver housekeeping", "1 a message that the resolver refused"});

  const auto dnstap = read_log(
      "bind",
      "23-Nov-2026 07:44:18.331 CR 192.0.2.10:1 <- 192.0.2.53:53 UDP 113b api.example/IN/A\n"
      ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   7001\n;; QUESTION SECTION:\n;api.example.\t\tIN\tA\n\n"
      ";; ANSWER SECTION:\nother.example.\t300\tIN\tA\t203.0.113.66\napi.example.\t301\tIN\tA\t203.0.113.10\n\n");
  CHECK(resolutions_of(dnstap) == answers);
}

TEST_CASE("BIND: lines without a resolution, and why") {
  struct Case {
    std::string_view line;
    std::string_view reason;
  };
  const Case cases[] = {
      {"queries: info: client @0x1 192.0.2.10#1 (a.example): query: a.example IN HTTPS + (192.0.2.53)",
       "a question that no address answers"},
      {"responses: info: client @0x1 192.0.2.10#1 (a.example): response: a.example IN A NXDOMAIN + (192.0.2.53)",
       "an answer without an address"},
      {"queries: info: client @0x1 192.0.2.10#1 (a\\032b.example): query: a\\032b.example IN A + (192.0.2.53)",
       "a name that is no host name"},
      {"queries: info: client @0x1 192.0.2.10#0 (a.example): query: a.example IN A + (192.0.2.53)",
       "resolver housekeeping"},
      {"queries: info: client @0x1 192.0.2.10#99999 (a.example): query: a.example IN A + (192.0.2.53)",
       "resolver housekeeping"},
      {"resolver: debug 1: fetch: a.example/A", "resolver housekeeping"},
      {"security: debug 3: client @0x1 192.0.2.10#1 (a.example): reset client", "resolver housekeeping"},
      {"hello", "not a BIND line"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto observations = read_log("bind", fmt::format("23-Nov-2026 07:44:18.331 {}\n", c.line));
    CHECK(observations.resolutions.empty());
    CHECK(skipped_of(observations) == Lines{fmt::format("1 {}", c.reason)});
  }
  CHECK(skipped_of(read_log("bind", "hello\n{\n")) == Lines{"2 not a BIND line"});
  CHECK(skipped_of(read_log(
            "bind", "Nov 23 07:44:18 router evil[1]: named[2]: client @0x1 192.0.2.10#1 (a): query: a IN A +\n")) ==
        Lines{"1 not a BIND line"});
}
