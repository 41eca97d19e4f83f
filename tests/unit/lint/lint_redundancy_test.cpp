#include <random>

#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "lint/coverage.h"
#include "lint/lint_fixture.h"

namespace egressc {
namespace {

using namespace lint;
using namespace lint_tests;

std::string found(std::string_view grants, std::string_view settings = "") {
  return ids_but(ids(findings_of(with_grants(grants, settings))),
                 {"pinned-name", "live-name", "one-family-name", "one-family-subject", "wide-prefix", "dns-tunnel",
                  "any-port", "dns-elsewhere", "any-protocol"});
}

TEST_CASE("A grant within a wider prefix is shadowed, and the message names it") {
  const auto findings = findings_of(
      with_grants("      - {to: 203.0.113.0/24, ports: [tcp/443]}\n      - {to: 203.0.113.7, ports: [tcp/443]}\n"));
  const Finding& finding = only(findings, "shadowed");
  CHECK(finding.where.line == 8 + 1);
  CHECK(finding.message == "1 grant is allowed by 203.0.113.0/24 (line 8) already: 203.0.113.7");
}

TEST_CASE("What covers a grant") {
  // not where a port, a protocol or the family differs
  CHECK(found("      - {to: 203.0.113.0/24, ports: [tcp/443]}\n      - {to: 203.0.113.7, ports: [tcp/444]}\n") == "");
  CHECK(found("      - {to: 203.0.113.0/24, ports: [tcp/443]}\n      - {to: 203.0.113.7, ports: [any/443]}\n") == "");
  CHECK(found("      - {to: 203.0.113.0/24, ports: [any/443]}\n      - {to: 203.0.113.7, ports: [udp/443]}\n") ==
        "shadowed");
  // two halves together
  CHECK(found("      - {to: 203.0.113.0/25, ports: [tcp]}\n      - {to: 203.0.113.128/25, ports: [tcp/1-500]}\n"
              "      - {to: 203.0.113.0/24, ports: [tcp/443]}\n") == "redundant");
  CHECK(found("      - {to: 203.0.113.0/25, ports: [tcp]}\n      - {to: 203.0.113.128/25, ports: [tcp/1-442]}\n"
              "      - {to: 203.0.113.0/24, ports: [tcp/443]}\n") == "");
  // a name with its addresses; one that has another address besides
  CHECK(found("      - {to: 203.0.113.0/24, ports: [tcp/443]}\n"
              "      - {to: a.example.com, ports: [tcp/443], addresses: [203.0.113.7]}\n") == "shadowed");
  CHECK(found("      - {to: 203.0.113.0/24, ports: [tcp/443]}\n"
              "      - {to: a.example.com, ports: [tcp/443], addresses: [203.0.113.7, 198.51.100.7]}\n") == "");
  // two names that mean the same: one is told of
  CHECK(found("      - {to: a.example.com, ports: [tcp/443], addresses: [203.0.113.7]}\n"
              "      - {to: b.example.com, ports: [tcp/443], addresses: [203.0.113.7]}\n") == "redundant");
  // resolvers
  CHECK(found("      - {to: 203.0.113.53, ports: [udp/53]}\n", "resolvers: [203.0.113.53]\n") == "redundant");
  // a live name covers nothing and is not covered
  CHECK(found("      - {to: 203.0.113.7, ports: [tcp/443]}\n"
              "      - {to: a.example.com, ports: [tcp/443], addresses: [203.0.113.7], live: true}\n") == "");
}

TEST_CASE("Many grants that are the same are told of in one finding") {
  std::string grants;
  for (int i = 0; i < 200; ++i)
    grants += "      - {to: h" + std::to_string(i) + ".example, ports: [tcp/443], addresses: [203.0.113.7]}\n";
  const auto findings = findings_of(with_grants(grants));
  const Finding& finding = only(findings, "redundant");
  CHECK(finding.count == 199);
  CHECK(finding.message ==
        "199 grants are allowed by h0.example (line 8) already: h1.example, h10.example, h100.example and 196 more");
}

TEST_CASE("What expires covers nothing that stays") {
  LintOptions at;
  at.now = parse_iso_time("2026-01-01T00:00:00Z").value();
  const auto with = [&](std::string_view wide, std::string_view narrow) {
    return ids_but(
        ids(findings_of(with_grants("      - {to: 203.0.113.0/24, ports: [tcp/443]" + std::string(wide) +
                                    "}\n      - {to: 203.0.113.7, ports: [tcp/443]" + std::string(narrow) + "}\n"),
                        at)),
        {"expired"});
  };
  CHECK(with("", "") == "shadowed");
  CHECK(with(", expires: 2027-01-01", "") == "");
  CHECK(with("", ", expires: 2027-01-01") == "shadowed");
  CHECK(with("", ", expires: 2025-01-01") == "");
}

TEST_CASE("Live names below a live wildcard") {
  const std::string wildcard = "      - {to: \"*.example.com\", ports: [tcp/443, udp/1000-1098], live: true}\n";
  const auto with = [&](std::string_view grant) { return found(wildcard + "      - " + std::string(grant) + "\n"); };
  CHECK(with("{to: a.b.example.com, ports: [tcp/443, udp/1053-1054], live: true}") == "redundant");
  CHECK(with("{to: \"*.a.example.com\", ports: [tcp/443], live: true}") == "redundant");
  CHECK(with("{to: example.com, ports: [tcp/443], live: true}") == "");
  CHECK(with("{to: xexample.com, ports: [tcp/443], live: true}") == "");
  CHECK(with("{to: a.example.com, ports: [any/443], live: true}") == "");
  CHECK(with("{to: a.example.com, ports: [tcp/444], live: true}") == "");
  CHECK(with("{to: a.example.com, ports: [tcp/443], addresses: [203.0.113.7]}") == "");
}

TEST_CASE("Subjects do not cover each other") {
  CHECK(ids_but(ids(findings_of(with_grants("      - {to: 203.0.113.0/24, ports: [tcp/443]}\n") +
                                "  b:\n    uid: 1002\n    allow:\n      - {to: 203.0.113.7, ports: [tcp/443]}\n")),
                {}) == "");
}

// Both against their definitions, on many small random subjects.
TEST_CASE("Overlaps and coverage are what their definitions say") {
  std::mt19937 random(20261126);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const char* services[] = {"tcp/1-4", "tcp/2", "tcp/3-9", "any/2", "udp/2", "tcp"};
  int covered_sets = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Grant> grants(1 + pick(9));
    std::vector<PlaceOf> places;
    std::vector<Coverable> sets;
    for (std::uint32_t i = 0; i < grants.size(); ++i) {
      grants[i].services = {parse_service(services[pick(6)]).value()};
      for (unsigned n = 1 + pick(3); n != 0; --n) {
        const auto length = static_cast<std::uint8_t>(29 + pick(4));
        grants[i].addresses.push_back(prefix_around(ipv4(0xcb007100 + pick(16)), length));
        places.push_back({grants[i].addresses.back(), i});
      }
      sets.push_back({flows_of(grants[i]), pick(4) != 0, pick(4) != 0});
    }
    const Overlaps overlaps(places, grants.size());
    const auto original = sets;
    const auto result = covered(sets);
    for (std::uint32_t i = 0; i < grants.size(); ++i) {
      bool any = false;
      bool all = true;
      for (const Prefix& mine : grants[i].addresses) {
        bool met = false;
        for (const PlaceOf& other : places)
          met = met || (other.grant != i && (contains(other.place, mine) || contains(mine, other.place)));
        any = any || met;
        all = all && met;
        for (const std::uint32_t number : overlaps.around(mine, 100)) {
          const auto& theirs = grants[number].addresses;
          CHECK(std::any_of(theirs.begin(), theirs.end(), [&](const Prefix& wider) { return contains(wider, mine); }));
        }
      }
      CHECK(overlaps.touches(i) == any);
      CHECK(overlaps.may_be_covered(i) == (any && all));
      FlowSpace others;
      for (std::uint32_t j = 0; j < grants.size(); ++j)
        if (j != i && original[j].covers) others |= original[j].flows;
      const bool expected = original[i].asked && (original[i].flows - others).empty();
      CHECK((result[i] != 0) == expected);
      covered_sets += expected;
      if (expected) CHECK(overlaps.may_be_covered(i));
    }
  }
  CHECK(covered_sets > 100);
}

}  // namespace
}  // namespace egressc
