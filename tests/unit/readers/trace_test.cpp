// The way of a flow through a filter, and that it tells what evaluate() tells.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "egressc/filter.h"
#include "flow_space_universe.h"
#include "readers/filter_fixture.h"

using namespace egressc;
using namespace filter_tests;

namespace {

FlowPoint to_port(unsigned port) { return {0, 0, false, 6, ipv4(1), static_cast<std::uint16_t>(port)}; }

// "OUT:jump C:accept": the chain and verdict of every step, "?" behind an undecided one, and the policy if it decided.
std::string way(const HookTrace& hook) {
  constexpr const char* words[] = {"accept", "drop", "jump", "go", "ret", "none"};
  std::string text;
  for (const TraceStep& step : hook.steps) {
    text += (text.empty() ? "" : " ") + step.chain + ":" + words[static_cast<std::size_t>(step.verdict)];
    if (!step.undecided.empty()) text += "?";
  }
  if (hook.by_policy)
    text += std::string(text.empty() ? "" : " ") + (hook.policy == Verdict::drop ? "policy drop" : "policy accept");
  return text;
}

std::string way(const Filter& filter, unsigned port) { return way(trace(filter, to_port(port)).hooks.front()); }

const FlowSpace everything = FlowSpace::all();

}  // namespace

TEST_CASE("the rule that decides, or the policy") {
  const Filter some = filter(Verdict::drop, {rule(ports(5, 9), Verdict::none), rule(ports(5, 9), Verdict::accept),
                                             rule(ports(4, 4), Verdict::ret), rule(ports(1, 8), Verdict::accept)});
  CHECK(way(some, 5) == "OUT:accept");
  CHECK(way(some, 4) == "OUT:ret policy drop");
  CHECK(way(some, 10) == "policy drop");
  CHECK(trace(some, to_port(5)).ends == Ends{true, false, false});
  CHECK(trace(some, to_port(10)).ends == Ends{false, true, false});
  CHECK(trace(Filter{}, to_port(10)).ends == Ends{true, false, false});
}

TEST_CASE("the jumps that lead to the rule, and those that a rule sends back from") {
  const FilterChain inner{"IN", {rule(ports(3, 4), Verdict::drop)}, Verdict::ret};
  const FilterChain middle{
      "MID",
      {rule(everything, Verdict::jump, "IN"), rule(ports(5, 5), Verdict::go, "IN"), rule(ports(5, 6), Verdict::accept)},
      Verdict::ret};
  const Filter some = filter(
      Verdict::accept, {rule(ports(0, 9), Verdict::jump, "MID"), rule(ports(8, 8), Verdict::drop)}, {inner, middle});
  CHECK(way(some, 3) == "OUT:jump MID:jump IN:drop");
  CHECK(way(some, 5) == "OUT:jump MID:go policy accept");  // gone to IN, and from there back behind the jump
  CHECK(way(some, 6) == "OUT:jump MID:accept");
  CHECK(way(some, 8) == "OUT:drop");
  CHECK(way(some, 7) == "policy accept");
}

TEST_CASE("a rule that returns tells why the rest of its chain is not met") {
  const FilterChain grants{"GRANTS", {rule(ports(1, 4), Verdict::ret), rule(everything, Verdict::drop)}, Verdict::ret};
  const FilterChain all{"ALL", {rule(ports(0, 5), Verdict::go, "GRANTS")}, Verdict::ret};
  const Filter some = filter(Verdict::accept, {rule(everything, Verdict::jump, "ALL")}, {grants, all});
  CHECK(way(some, 3) == "OUT:jump ALL:go GRANTS:ret policy accept");
  CHECK(way(some, 5) == "OUT:jump ALL:go GRANTS:drop");
  CHECK(way(some, 6) == "policy accept");
}

TEST_CASE("undecided rules are on the way, with what they would do") {
  const FilterChain denies{"D", {rule(ports(3, 9), Verdict::drop)}, Verdict::ret};
  const Filter some = filter(Verdict::accept,
                             {maybe(ports(1, 5), Verdict::jump, "D"), maybe(ports(5, 6), Verdict::accept),
                              rule(ports(6, 7), Verdict::jump, "NFQUEUE")},
                             {denies});
  CHECK(way(some, 1) == "policy accept");  // D lets it go on: the same, match or not
  const Trace three = trace(some, to_port(3));
  CHECK(way(three.hooks.front()) == "OUT:jump? policy accept");
  CHECK(three.hooks.front().steps.front().undecided == "a test");
  CHECK(three.hooks.front().steps.front().ends == Ends{false, true, false});
  CHECK(three.ends == Ends{true, true, false});
  CHECK(way(some, 7) == "OUT:jump? policy accept");
  CHECK(trace(some, to_port(7)).hooks.front().steps.front().undecided == "there is no chain \"NFQUEUE\"");
}

TEST_CASE("every base chain is asked") {
  Filter two = filter(Verdict::drop, {rule(ports(1, 6), Verdict::accept)},
                      {{"FIRST", {rule(ports(5, 9), Verdict::drop)}, Verdict::accept}});
  two.hooks = {"FIRST", "OUT", "GONE"};
  const Trace three = trace(two, to_port(3));
  REQUIRE(three.hooks.size() == 3);
  CHECK(way(three.hooks[0]) == "policy accept");
  CHECK(way(three.hooks[1]) == "OUT:accept");
  CHECK(three.hooks[2].ends == Ends{true, true, false});
  CHECK(way(three.hooks[2]) == "GONE:none?");
}

TEST_CASE("loops, and chains that lead to two others each") {
  const FilterChain a{"A", {rule(ports(2, 4), Verdict::jump, "B")}, Verdict::ret};
  const FilterChain b{"B", {rule(ports(3, 3), Verdict::go, "A")}, Verdict::ret};
  const Filter loop = filter(Verdict::accept, {rule(everything, Verdict::jump, "A")}, {a, b});
  CHECK(trace(loop, to_port(3)).ends == Ends{true, true, false});
  CHECK(way(loop, 3) == "OUT:jump A:jump B:go? policy accept");
  CHECK(trace(loop, to_port(2)).ends == Ends{true, false, false});

  Filter deep = filter(Verdict::drop, {rule(everything, Verdict::jump, "C0")});
  constexpr unsigned depth = 20000;
  for (unsigned i = 0; i < depth; ++i) {
    const std::string next = "C" + std::to_string(i + 1);
    deep.chains.push_back({"C" + std::to_string(i),
                           {maybe(everything, Verdict::jump, next), rule(everything, Verdict::jump, next)},
                           Verdict::ret});
  }
  deep.chains.push_back({"C" + std::to_string(depth), {maybe(ports(60, 70), Verdict::accept)}, Verdict::ret});
  CHECK(trace(deep, to_port(60)).ends == Ends{true, true, false});
  CHECK(trace(deep, to_port(60)).hooks.front().steps.size() == 2 * depth + 2);
  CHECK(trace(deep, to_port(50)).hooks.front().steps.empty());
}

TEST_CASE("what it says of a flow is what evaluate() says, and its way is one that is possible") {
  test::Random random(20261126);
  const auto random_rule = [&random](std::size_t chains) {
    constexpr Verdict verdicts[] = {Verdict::accept, Verdict::drop, Verdict::jump, Verdict::jump,
                                    Verdict::go,     Verdict::ret,  Verdict::none};
    FilterRule made = rule(FlowSpace::from_boxes(test::random_boxes(random, 2)), verdicts[random.below(7)]);
    if (random.below(4) == 0) made = maybe(made.most, made.verdict);
    made.target = "C" + std::to_string(random.below(chains + (random.below(8) == 0 ? 1 : 0)));
    return made;
  };
  std::size_t undecided = 0;
  for (int round = 0; round < 1000; ++round) {
    Filter some;
    const std::size_t chains = 2 + random.below(5);
    for (std::size_t i = 0; i < chains; ++i) {
      FilterChain chain{"C" + std::to_string(i), {}, Verdict::ret};
      for (std::size_t n = random.below(6); n != 0; --n) chain.rules.push_back(random_rule(chains));
      some.chains.push_back(std::move(chain));
    }
    for (std::size_t i = 0; i <= random.below(2); ++i) {
      some.chains[i].policy = random.below(2) == 0 ? Verdict::accept : Verdict::drop;
      some.hooks.push_back(some.chains[i].name);
    }
    const Meaning meaning = evaluate(some, everything);
    for (int n = 0; n < 60; ++n) {
      const FlowPoint flow = test::point(test::cell(random.below(test::cells)));
      const Trace way = trace(some, flow);
      REQUIRE(way.ends.accepted == meaning.most.contains(flow));
      REQUIRE(way.ends.dropped != meaning.least.contains(flow));
      undecided += way.ends.accepted && way.ends.dropped;
      for (const HookTrace& hook : way.hooks) {
        if (hook.ends.accepted != hook.ends.dropped)
          for (std::size_t i = 0; i + 1 < hook.steps.size(); ++i)
            if (hook.steps[i].undecided.empty()) REQUIRE(hook.steps[i].verdict != Verdict::accept);
        if (hook.by_policy) {
          REQUIRE((hook.policy == Verdict::drop ? hook.ends.dropped : hook.ends.accepted));
        } else {
          REQUIRE(!hook.steps.empty());
          const Ends last = hook.steps.back().ends;
          REQUIRE((!last.accepted || hook.ends.accepted));
          REQUIRE((!last.dropped || hook.ends.dropped));
        }
      }
    }
  }
  CHECK(undecided > 500);
}
