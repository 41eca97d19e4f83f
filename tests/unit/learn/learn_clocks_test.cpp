// What is said of times that do not fit together.
#include <doctest/doctest.h>

#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

constexpr double hour = 3600;

// Twenty connections over half a day, and their answers a second before, `off` seconds later by their own clock.
std::vector<Observations> half_a_day(double off) {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet, "kern.log"));
  inputs.push_back(log("dnsmasq", Trust::packet, "dns.log"));
  for (int i = 0; i < 20; ++i) {
    const std::string to = "198.51.100." + std::to_string(i);
    inputs[0].add(packet(i * 2100.0, 1001, to, 443));
    answer(inputs[1], i * 2100.0 - 1 + off, "n" + std::to_string(i) + ".example", to);
  }
  return inputs;
}

std::string said(std::vector<Observations>& inputs) {
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  learn_policy(inputs, {}, diagnostics);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all())
    text += diagnostic.where.file + ": " + diagnostic.message + " (" + diagnostic.hint + ")\n";
  return text;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a resolver's log in another time zone is told, with the offset to give") {
  struct Case {
    double off;
    std::optional<int> resolver;  // the offset that was assumed
    std::optional<int> packets;
    std::string_view hint;
  };
  const Case cases[] = {
      {2 * hour, 0, std::nullopt, "if dns.log is in local time, say --timezone +02:00"},
      {-5 * hour, 0, std::nullopt, "if dns.log is in local time, say --timezone -05:00"},
      {5.75 * hour, 0, std::nullopt, "if dns.log is in local time, say --timezone +05:45"},
      {1 * hour, 60, std::nullopt, "if dns.log is in local time, say --timezone +02:00"},
      {14 * hour, 0, std::nullopt, "if dns.log is in local time, say --timezone +14:00"},
      {-2 * hour, std::nullopt, 0, "if kern.log is in local time, say --timezone +02:00"},
      {2 * hour, 0, 0, "--timezone is of all times without a zone"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.off);
    auto inputs = half_a_day(c.off);
    inputs[1].assumed_offset = c.resolver;
    inputs[0].assumed_offset = c.packets;
    const std::string text = said(inputs);
    CHECK(has(text, "dns.log: it seems to be in another time zone"));
    CHECK(has(text, "0 fit in time, and 20 would if its times were"));
    CHECK(has(text, c.hint));
  }
}

TEST_CASE("of times that fit, or do not for another reason, no zone is said") {
  for (const double off : {0.0, -30.0, -1200.0, 1000.0, 1800.0 + 400.0, 20 * hour}) {
    auto inputs = half_a_day(off);
    const std::string text = said(inputs);
    CAPTURE(off);
    CAPTURE(text);
    CHECK_FALSE(has(text, "time zone"));
  }
  SUBCASE("or of too few") {
    auto inputs = half_a_day(2 * hour);
    inputs[1].resolutions.resize(4);
    CHECK_FALSE(has(said(inputs), "time zone"));
  }
  SUBCASE("or of what nobody vouches for") {
    auto inputs = half_a_day(2 * hour);
    inputs[1].trust = Trust::claimed;
    CHECK_FALSE(has(said(inputs), "time zone"));
  }
}

TEST_CASE("answers without a time are said to name nothing") {
  auto inputs = half_a_day(0);
  for (Resolution& resolution : inputs[1].resolutions) resolution.at = no_time;
  CHECK(has(said(inputs), "dns.log: none of its answers has a time, so its 20 answer(s) name nothing"));
  SUBCASE("or some of them") {
    auto mixed = half_a_day(0);
    mixed[1].resolutions[3].at = no_time;
    CHECK(has(said(mixed), "dns.log: 1 of its 20 answers have no time and name nothing"));
  }
  SUBCASE("and connections without one, where there are names") {
    auto untimed = half_a_day(0);
    Connection connection = packet(0, 1002, "203.0.113.1", 443);
    connection.at = no_time;
    untimed[0].add(connection);
    CHECK(has(said(untimed), "kern.log: 1 of its 21 connections have no time that is understood"));
    untimed.pop_back();
    CHECK_FALSE(has(said(untimed), "no time"));
  }
}
