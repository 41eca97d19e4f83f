#include "deploy/plan.h"

#include <doctest/doctest.h>

#include "deploy/change.h"
#include "deploy/change_fixture.h"
#include "egressc/flow_space.h"

using namespace egressc;
using namespace egressc::deploy;
using namespace egressc::test;

namespace {

const std::string text = policy_text("198.51.100.1");

std::string accept(std::string_view prio) {
  return fmt::format(
      R"({{"table": {{"family": "inet", "name": "open", "handle": 1}}}}, {{"chain": {{"family": "inet", "table": "open", "name": "out", "handle": 1, "type": "filter", "hook": "output", "prio": {}, "policy": "accept"}}}}, {{"rule": {{"family": "inet", "table": "open", "chain": "out", "handle": 2, "expr": [{{"accept": null}}]}}}})",
      prio);
}

// The table of egressc, as far as it matters: user 1001 may reach what stands in a live set, and no more.
std::string live_table(std::string_view elements, std::string_view verdict = "drop") {
  return fmt::format(
      R"({{"table": {{"family": "inet", "name": "egressc", "handle": 9}}}}, {{"set": {{"family": "inet", "name": "n_1_4", "table": "egressc", "type": "ipv4_addr", "handle": 1, "comment": "api.example.com", "flags": ["timeout"], "timeout": 3600{}}}}}, {{"chain": {{"family": "inet", "table": "egressc", "name": "output", "handle": 2, "type": "filter", "hook": "output", "prio": 0, "policy": "accept"}}}}, {{"rule": {{"family": "inet", "table": "egressc", "chain": "output", "handle": 3, "expr": [{{"match": {{"op": "==", "left": {{"payload": {{"protocol": "ip", "field": "daddr"}}}}, "right": "@n_1_4"}}}}, {{"accept": null}}]}}}}, {{"rule": {{"family": "inet", "table": "egressc", "chain": "output", "handle": 4, "expr": [{{"match": {{"op": "==", "left": {{"meta": {{"key": "skuid"}}}}, "right": 1001}}}}, {{"{}": null}}]}}}})",
      elements, verdict);
}

constexpr std::string_view an_element = R"(, "elem": [{"elem": {"val": "198.51.100.7", "expires": 3599}}])";
constexpr std::string_view two_elements =
    R"(, "elem": [{"elem": {"val": "198.51.100.7", "expires": 9}}, {"elem": {"val": "198.51.100.8", "expires": 3599}}])";

std::optional<Plan> plan(const Listing& listing, Side side, LiveMarkers& markers) {
  Diagnostics diagnostics;
  auto plan = plan_change(listing, std::nullopt, std::move(side), markers, diagnostics);
  CHECK(plan.has_value() != diagnostics.has_errors());
  return plan;
}

Plan policy_plan(const Listing& listing, LiveMarkers& markers) {
  auto made = plan(listing, side_of(target_of_text(text).operand, markers), markers);
  REQUIRE(made);
  return std::move(*made);
}

}  // namespace

TEST_CASE("what others deny of what the policy grants is an interference") {
  struct Row {
    std::string name;
    Listing listing;
    std::vector<std::string> where;
  };
  const XtablesListing legacy{"iptables-legacy-save", Family::ipv4, true,
                              "*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m tcp --dport 443 -j DROP\nCOMMIT\n"};
  const Row rows[] = {
      {"nothing", {nft_json(), {}, 1}, {}},
      {"a drop of a grant", {nft_json(foreign_drop("198.51.100.1")), {}, 1}, {"ip mine out"}},
      {"a drop of something else", {nft_json(foreign_drop("198.51.100.2")), {}, 1}, {}},
      {"two of them",
       {nft_json(foreign_drop("198.51.100.1") + ", " + foreign_drop("198.51.100.1", "yours")), {}, 1},
       {"ip mine out", "ip yours out"}},
      {"an accept before", {nft_json(accept("-500")), {}, 1}, {}},
      {"an accept after", {nft_json(accept("500")), {}, 1}, {}},
      {"an accept does not heal a drop",
       {nft_json(accept("-500") + ", " + foreign_drop("198.51.100.1")), {}, 1},
       {"ip mine out"}},
      {"legacy rules", {nft_json(), {legacy}, 1}, {"kernel (iptables-legacy-save)"}},
      {"the own table is none", {nft_json(live_table("")), {}, 1}, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    LiveMarkers markers(true);
    const Plan made = policy_plan(row.listing, markers);
    REQUIRE(made.interferences.size() == row.where.size());
    for (std::size_t i = 0; i < row.where.size(); ++i) {
      CHECK_MESSAGE(made.interferences[i].where.starts_with(row.where[i]), made.interferences[i].where);
      CHECK_FALSE(made.interferences[i].denied.empty());
    }
    CHECK(has_text(describe(made, markers, false, false), "goes on to do so") == !row.where.empty());
  }
}

TEST_CASE("without a policy nobody is told what it grants") {
  LiveMarkers markers(true);
  const auto made =
      plan({nft_json(foreign_drop("198.51.100.1")), {}, 1}, side_of(remove_target().operand, markers), markers);
  REQUIRE(made);
  CHECK(made->interferences.empty());
  CHECK(made->difference.empty());
}

TEST_CASE("a removal opens what the table denied, and not what others deny") {
  LiveMarkers markers(true);
  // All that is left closed is what the other table drops.
  const FlowSpace denied = possible_flows() - plan({nft_json(foreign_drop("198.51.100.1")), {}, 1},
                                                   side_of(remove_target().operand, markers), markers)
                                                  ->after.meaning.most;
  const auto made = plan({nft_json(live_table("") + ", " + foreign_drop("198.51.100.1")), {}, 1},
                         side_of(remove_target().operand, markers), markers);
  REQUIRE(made);
  CHECK_FALSE(made->difference.added.empty());
  CHECK(made->difference.removed.empty());
  CHECK((made->difference.added & denied).empty());
  CHECK_FALSE((made->after.universe & denied).empty());
}

TEST_CASE("elements of live sets come and go, and the rest may not") {
  struct Row {
    std::string name, objects;
    bool runs;
  };
  const Row rows[] = {
      {"the same", live_table(an_element), true},
      {"more elements", live_table(two_elements), true},
      {"no elements", live_table(""), true},
      {"a table without rules besides",
       live_table(an_element) + R"(, {"table": {"family": "ip", "name": "x", "handle": 3}})", true},
      {"an accept besides", live_table(an_element) + ", " + accept("5"), true},
      {"a drop besides", live_table(an_element) + ", " + foreign_drop("203.0.113.1"), false},
      {"another verdict", live_table(an_element, "accept"), false},
      {"no table", "", false},
  };
  LiveMarkers markers(true);
  const Plan made = policy_plan({nft_json(live_table(an_element)), {}, 1}, markers);
  for (const Row& row : rows)
    CHECK_MESSAGE(still_runs({nft_json(row.objects), {}, 2}, made, markers) == row.runs, row.name);
  CHECK_FALSE(still_runs({"garbage", {}, 2}, made, markers));
}

TEST_CASE("rules of others that keep packets from connection tracking are warned of") {
  LiveMarkers markers(true);
  const auto warned = [&](const std::string& rule) {
    const std::string raw =
        R"({"table": {"family": "ip", "name": "r", "handle": 3}}, {"chain": {"family": "ip", "table": "r", "name": "o",
            "handle": 1, "type": "filter", "hook": "output", "prio": -300, "policy": "accept"}}, {"rule": {"family": "ip",
            "table": "r", "chain": "o", "handle": 2, "expr": [)" +
        rule + "]}}";
    Diagnostics diagnostics;
    const auto made =
        plan_change({nft_json(raw), {}, 1}, {}, side_of(target_of_text(text).operand, markers), markers, diagnostics);
    return made && diagnostics.render(false).find("connection tracking") != std::string::npos;
  };
  CHECK(warned(R"({"notrack": null})"));
  CHECK_FALSE(warned(R"({"counter": null})"));
}

TEST_CASE("a listing that cannot be read is no plan") {
  LiveMarkers markers(true);
  CHECK_FALSE(plan({"{", {}, 1}, side_of(target_of_text(text).operand, markers), markers));
}
