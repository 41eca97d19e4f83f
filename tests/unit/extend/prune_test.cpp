#include <doctest/doctest.h>

#include "extend/extend_fixture.h"

namespace egressc {
namespace {

using extend_tests::normal_json;
using extend_tests::written;

constexpr std::string_view text = R"(egressc: 1
scope: subjects
subjects:
  a:
    uid: [2, 1]
    allow:
      # by hand
      - {to: 192.0.2.1, ports: [tcp/443]}

      # old, said Bob
      - to: 192.0.2.2  # two
        ports: [tcp/443]
        evidence: {seen: 1, last: 2026-01-01T00:00:00Z}
      - to: a.example.com
        ports: [tcp/443]
        live: true
        evidence: {seen: 1, last: 2026-01-01T00:00:00Z}
      - {to: 192.0.2.4, ports: [tcp/443], evidence: {seen: 1, last: 2026-02-01T00:00:00Z}}
    # the end
)";
constexpr std::string_view moved = R"(egressc: 1
scope: subjects
subjects:
  a:
    uid: [2, 1]
    allow:
      # by hand
      - {to: 192.0.2.1, ports: [tcp/443]}

      - to: a.example.com
        ports: [tcp/443]
        live: true
        evidence: {seen: 1, last: 2026-01-01T00:00:00Z}
      - {to: 192.0.2.4, ports: [tcp/443], evidence: {seen: 1, last: 2026-02-01T00:00:00Z}}
    review:
      # old, said Bob
      - to: 192.0.2.2  # two
        ports: [tcp/443]
        evidence: {seen: 1, last: 2026-01-01T00:00:00Z}
        reason: unused
    # the end
)";

std::string pruned(std::string_view before_text, std::string_view before, const GrantCounters* counters = nullptr,
                   std::vector<Location> seen = {}) {
  const Policy base = written(before_text);
  Extended extended{base, std::move(seen), {}};
  prune(extended, *parse_iso_time(before), counters);
  const std::string edited = edit_policy(before_text, base, extended.policy);
  return normal_json(written(edited)) == normal_json(extended.policy) ? edited : "";
}

GrantCounters counters(std::string_view grants, std::string_view since = "2025-01-01T00:00:00Z") {
  Diagnostics diagnostics;
  return *read_grant_counters("{\"current\":{\"since\":\"" + std::string(since) +
                                  "\"},\"usage\":{\"subjects\":[{\"uids\":[\"1-2\"],\"gids\":[],\"grants\":[" +
                                  std::string(grants) + "]}]}}",
                              "s.json", diagnostics);
}

TEST_CASE("What was not seen since goes to review, as it is written") {
  CHECK(pruned(text, "2026-01-15T00:00:00Z") == moved);
  CHECK(pruned(moved, "2026-01-15T00:00:00Z") == moved);
  CHECK(pruned(text, "2026-01-01T00:00:00Z") == text);
  CHECK(pruned(text, "2026-01-15T00:00:00Z", nullptr, {{"p.yaml", 11, 9}}) == text);
}

TEST_CASE("Packets keep a grant, and their lack is what takes a live one") {
  const auto two = counters(R"({"names":[],"prefix":"192.0.2.2","services":["tcp/443"],"packets":7})");
  CHECK(pruned(text, "2026-01-15T00:00:00Z", &two) == text);
  const auto none = counters(R"({"names":[],"prefix":"192.0.2.2","services":["tcp/443"],"packets":0})");
  CHECK(pruned(text, "2026-01-15T00:00:00Z", &none) == moved);
  constexpr std::string_view live = R"({"names":["A.example.com"],"services":["tcp/443"],"packets":0})";
  const auto old = counters(live);
  const std::string both = pruned(text, "2026-01-15T00:00:00Z", &old);
  CHECK(both.find("    review:") < both.find("to: a.example.com"));
  const auto young = counters(live, "2026-01-16T00:00:00Z");
  CHECK(pruned(text, "2026-01-15T00:00:00Z", &young) == moved);
}

TEST_CASE("A list that loses all it had stays a list") {
  constexpr std::string_view block =
      "egressc: 1\r\nscope: subjects\r\nsubjects:\r\n  a:\r\n    uid: 1\r\n    allow: # all\r\n"
      "    - to: 192.0.2.2\r\n      ports: [tcp/443]\r\n      evidence: {last: 2026-01-01T00:00:00Z}";
  CHECK(pruned(block, "2026-01-15T00:00:00Z") ==
        "egressc: 1\r\nscope: subjects\r\nsubjects:\r\n  a:\r\n    uid: 1\r\n    allow: [] # all\r\n"
        "    review:\r\n      - to: 192.0.2.2\r\n        ports: [tcp/443]\r\n"
        "        evidence: {last: 2026-01-01T00:00:00Z}\r\n        reason: unused\r\n");
  constexpr std::string_view flow =
      "{egressc: 1, scope: subjects, subjects: {a: {uid: 1, allow: [{to: 192.0.2.2, ports: [tcp/443], "
      "evidence: {last: 2026-01-01T00:00:00Z},},]}}}";
  CHECK(pruned(flow, "2026-01-15T00:00:00Z") ==
        "{egressc: 1, scope: subjects, subjects: {a: {uid: 1, allow: [], review: [{to: 192.0.2.2, ports: [tcp/443], "
        "evidence: {last: 2026-01-01T00:00:00Z}, reason: unused,}]}}}");
}

TEST_CASE("What is no status is refused") {
  Diagnostics diagnostics;
  CHECK(!read_grant_counters("{}", "s.json", diagnostics));
  CHECK(!read_grant_counters("[", "s.json", diagnostics));
  CHECK(!read_grant_counters("[1]", "s.json", diagnostics));
  CHECK(!read_grant_counters(R"({"usage":{"subjects":[{"uids":["1"]}]}})", "s.json", diagnostics));
  CHECK(!read_grant_counters(R"({"usage":{"subjects":[7]}})", "s.json", diagnostics));
  CHECK(diagnostics.all().size() == 5);
}

}  // namespace
}  // namespace egressc
