#include <doctest/doctest.h>

#include "extend/extend_fixture.h"

namespace egressc {
namespace {

using extend_tests::extended;
using extend_tests::learnt;

constexpr std::string_view base = R"(# what the agent may do
egressc: 1
scope: subjects

subjects:
  agent:   # the one
    uid: 1001

    allow:
      # the API
      - to: api.example.com   # main
        ports: [ tcp/443 ]
        addresses:
          - 198.51.100.7  # first
        evidence: {seen: 4, first: 2026-10-01T00:00:00Z, last: 2026-10-02T00:00:00Z, by: [audit]}

      # the mirror
      - ports: [tcp/22]   # ssh
        to: 203.0.113.0/24
    # end of it
)";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  REQUIRE(text.find(what) != text.npos);
  return text.replace(text.find(what), what.size(), with);
}

TEST_CASE("Nothing new leaves every byte") {
  CHECK(extended(base, learnt("  uid-1001:\n    uid: 1001\n")) == base);
  Extended result;
  CHECK(extended(base,
                 learnt("  uid-1001:\n    uid: 1001\n    allow:\n"
                        "      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7],\n"
                        "         evidence: {seen: 3, first: 2026-10-01T00:00:00Z, last: 2026-10-02T00:00:00Z}}\n"),
                 {}, &result) == base);
  CHECK(result.summary.known == 1);
}

TEST_CASE("A known name gets its new addresses, marked, and the evidence") {
  const Policy logs = learnt(
      "  uid-1001:\n    uid: 1001\n    allow:\n"
      "      - {to: API.example.com, ports: [tcp/443], addresses: [198.51.100.7, 198.51.100.9],\n"
      "         evidence: {seen: 3, first: 2026-10-03T00:00:00Z, last: 2026-10-04T00:00:00Z, by: [netfilter], exe: [/a "
      "b]}}\n");
  std::string wanted = replaced(std::string(base), "7  # first\n",
                                "7  # first\n          - 198.51.100.9\n        new: [198.51.100.9]\n");
  wanted = replaced(wanted, "seen: 4", "seen: 7");
  wanted = replaced(wanted, "last: 2026-10-02T00:00:00Z, by: [audit]}",
                    "last: 2026-10-04T00:00:00Z, by: [audit, netfilter], exe: [\"/a b\"]}");
  CHECK(extended(base, logs) == wanted);
  CHECK(extended(wanted, logs) == wanted);
}

TEST_CASE("A new port of a known name is a grant of its own; what a prefix holds is known") {
  Extended result;
  const std::string text =
      extended(base,
               learnt("  uid-1001:\n    uid: 1001\n    allow:\n"
                      "      - {to: api.example.com, ports: [tcp/8443], addresses: [198.51.100.7]}\n"
                      "      - {to: 203.0.113.8, ports: [tcp/22]}\n      - {to: 203.0.113.7, ports: [tcp/80]}\n"),
               {}, &result);
  CHECK(text == replaced(std::string(base), "    # end of it\n",
                         "      - to: api.example.com\n        ports: [tcp/8443]\n        addresses: [198.51.100.7]\n"
                         "        new: true\n      - to: 203.0.113.7\n        ports: [tcp/80]\n        new: true\n"
                         "    # end of it\n"));
  CHECK(result.summary.grants == 2);
  CHECK(result.summary.known == 1);
}

TEST_CASE("Denials are proposed in review, and accepted from there") {
  const Policy logs = learnt(
      "  uid-1001:\n    uid: 1001\n    review:\n"
      "      - {to: 192.0.2.9, ports: [tcp/443], reason: denied, evidence: {seen: 1, by: [netfilter]}}\n"
      "      - {to: 203.0.113.1, ports: [tcp/22], reason: denied}\n");
  CHECK(extended(base, logs) == base);
  const std::string proposed = extended(base, logs, {true, false, false});
  CHECK(proposed ==
        replaced(std::string(base), "    # end of it\n",
                 "    review:\n      - to: 192.0.2.9\n        ports: [tcp/443]\n        new: true\n"
                 "        reason: denied\n        evidence: {seen: 1, by: [netfilter]}\n    # end of it\n"));
  CHECK(extended(proposed, logs, {true, false, false}) == proposed);
  const std::string accepted = extended(proposed, logs, {true, true, false});
  CHECK(accepted == replaced(std::string(base), "    # end of it\n",
                             "      - to: 192.0.2.9\n        ports: [tcp/443]\n        new: true\n"
                             "        evidence: {seen: 1, by: [netfilter]}\n    review: []\n    # end of it\n"));
  const std::string at_once = extended(base, logs, {true, true, false});
  CHECK(at_once == replaced(accepted, "    review: []\n", ""));
  CHECK(extended(at_once, logs, {true, true, false}) == at_once);
  // A person who took `new` out has decided.
  const std::string declined = replaced(proposed, "        new: true\n", "");
  CHECK(extended(declined, logs, {true, true, false}) == declined);
}

TEST_CASE("What stands in review stays there, and gets the evidence") {
  const std::string with_review =
      std::string(base) + "    review:\n      - {to: 192.0.2.9, ports: [tcp], reason: claimed}  # no\n";
  CHECK(
      extended(with_review, learnt("  uid-1001:\n    uid: 1001\n    allow:\n"
                                   "      - {to: 192.0.2.9, ports: [tcp/443], evidence: {seen: 2, by: [audit]}}\n")) ==
      replaced(with_review, "claimed}", "claimed, evidence: {seen: 2, by: [audit]}}"));
}

TEST_CASE("A user that is no subject is added at the end") {
  CHECK(
      extended(base, learnt("  uid-7:\n    uid: 7\n    allow:\n      - {to: 192.0.2.9, ports: [tcp/443]}\n")) ==
      replaced(std::string(base), "    # end of it\n",
               "  uid-7:\n    uid: 7\n    allow:\n      - to: 192.0.2.9\n        ports: [tcp/443]\n        new: true\n"
               "    # end of it\n"));
}

TEST_CASE("A wildcard holds the names below it: a pinned one gets their addresses, a live one does not") {
  const auto with = [](std::string_view rest) {
    return "egressc: 1\nscope: subjects\nsubjects:\n  a: {uid: 1, allow: [{to: \"*.example.com\", ports: [tcp/443], " +
           std::string(rest) + "}]}\n";
  };
  const Policy logs = learnt(
      "  uid-1:\n    uid: 1\n    allow:\n      - {to: a.b.example.com, ports: [tcp/443], addresses: [192.0.2.1]}\n");
  CHECK(extended(with("live: true"), logs) == with("live: true"));
  CHECK(extended(with("addresses: [192.0.2.2]"), logs) == with("addresses: [192.0.2.2, 192.0.2.1], new: [192.0.2.1]"));
}

TEST_CASE("Evidence of the same logs counts once, and what overlaps is not counted twice") {
  const auto seen = [](std::string_view known, std::string_view gained) {
    Extended result;
    const std::string head =
        "egressc: 1\nscope: subjects\nsubjects:\n  a:\n    uid: 1\n    allow:\n"
        "      - {to: 192.0.2.1, ports: [tcp/443], evidence: {" +
        std::string(known) + "}}\n";
    REQUIRE(extended(head,
                     learnt("  uid-1:\n    uid: 1\n    allow:\n      - {to: 192.0.2.1, ports: [tcp/443], "
                            "evidence: {" +
                            std::string(gained) + "}}\n"),
                     {}, &result) != "");
    return result.policy.subjects[0].allow[0].evidence.seen;
  };
  const std::string week = "seen: 5, first: 2026-10-01T00:00:00Z, last: 2026-10-07T00:00:00Z";
  CHECK(seen(week, week) == 5);
  CHECK(seen(week, "seen: 2, first: 2026-10-07T00:00:00Z, last: 2026-10-07T00:00:00Z") == 5);
  CHECK(seen(week, "seen: 2, first: 2026-10-07T00:00:01Z, last: 2026-10-08T00:00:00Z") == 7);
  CHECK(seen(week, "seen: 6, first: 2026-10-01T00:00:00Z, last: 2026-10-08T00:00:00Z") == 6);
  CHECK(seen(week, "seen: 2, first: 2026-10-06T00:00:00Z, last: 2026-10-08T00:00:00Z") == 5);
  CHECK(seen("seen: 5", "seen: 3") == 5);
  CHECK(seen("by: [audit]", "seen: 3") == 3);
}

TEST_CASE("Subjects that tell groups apart") {
  constexpr std::string_view text =
      "egressc: 1\nscope: subjects\nsubjects:\n  a:\n    uid: 1\n    gid: 10\n    allow:\n"
      "      - {to: 192.0.2.1, ports: [tcp/443]}\n  b:\n    uid: [5, 6]\n    gid: 10\n";
  const auto grant = [](std::string_view ids) {
    return learnt("  x:\n" + std::string(ids) + "    allow:\n      - {to: 192.0.2.1, ports: [tcp/443]}\n");
  };
  CHECK(extended(text, grant("    uid: 1\n    gid: 10\n")) == text);
  CHECK(extended(text, grant("    uid: 1\n    gid: 11\n")) ==
        std::string(text) +
            "  uid-1-gid-11:\n    uid: 1\n    gid: 11\n    allow:\n      - to: 192.0.2.1\n"
            "        ports: [tcp/443]\n        new: true\n");
  CHECK(extended(text, grant("    uid: 5\n    gid: 11\n")) ==
        std::string(text) +
            "review:\n  - to: 192.0.2.1\n    ports: [tcp/443]\n    comment: uid 5, gid 11\n"
            "    new: true\n    reason: no-subject\n");
}

}  // namespace
}  // namespace egressc
