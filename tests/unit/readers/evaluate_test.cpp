#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "egressc/filter.h"
#include "readers/filter_fixture.h"

using namespace egressc;
using namespace filter_tests;

namespace {

const FlowSpace everything = FlowSpace::all();

FlowSpace exact(const Filter& filter) {
  const Meaning meaning = evaluate(filter, everything);
  CHECK(meaning.undecided.empty());
  CHECK(meaning.least == meaning.most);
  return meaning.least;
}

}  // namespace

TEST_CASE("the first verdict counts, then the policy") {
  CHECK(exact(filter(Verdict::accept, {})) == everything);
  CHECK(exact(filter(Verdict::drop, {})).empty());
  CHECK(exact(filter(Verdict::drop, {rule(ports(5, 9), Verdict::drop), rule(ports(1, 7), Verdict::accept)})) ==
        ports(1, 4));
  CHECK(exact(filter(Verdict::accept, {rule(ports(5, 9), Verdict::none), rule(ports(1, 7), Verdict::drop)})) ==
        ~ports(1, 7));
  CHECK(exact(filter(Verdict::accept, {rule(ports(5, 9), Verdict::ret), rule(everything, Verdict::drop)})) ==
        ports(5, 9));
}

TEST_CASE("jump comes back, goto comes back to the caller") {
  const FilterChain callee{
      "C",
      {rule(ports(1, 3), Verdict::accept), rule(ports(4, 5), Verdict::ret), rule(ports(6, 7), Verdict::drop)},
      Verdict::ret};
  const auto by = [&callee](Verdict verdict) {
    return filter(Verdict::drop, {rule(ports(2, 20), verdict, "C"), rule(ports(0, 10), Verdict::accept)}, {callee});
  };
  CHECK(exact(by(Verdict::jump)) == (ports(0, 5) | ports(8, 10)));
  CHECK(exact(by(Verdict::go)) == ports(0, 3));

  // a goto in a chain that was jumped to returns to the one that jumped
  const FilterChain middle{"M", {rule(everything, Verdict::go, "C"), rule(everything, Verdict::drop)}, Verdict::ret};
  CHECK(exact(filter(Verdict::drop, {rule(ports(2, 20), Verdict::jump, "M"), rule(ports(5, 9), Verdict::accept)},
                     {middle, callee})) == (ports(2, 3) | ports(5, 5) | ports(8, 9)));
}

TEST_CASE("undecided rules part what surely passes from what possibly does") {
  const Meaning accept = evaluate(filter(Verdict::drop, {maybe(ports(1, 5), Verdict::accept)}), everything);
  CHECK(accept.least.empty());
  CHECK(accept.most == ports(1, 5));
  REQUIRE(accept.undecided.size() == 1);
  CHECK(accept.undecided.front().why == "a test");

  const Meaning drop = evaluate(filter(Verdict::accept, {maybe(ports(1, 5), Verdict::drop)}), everything);
  CHECK(drop.least == ~ports(1, 5));
  CHECK(drop.most == everything);

  // it passes either way
  const Meaning both = evaluate(filter(Verdict::accept, {maybe(ports(1, 5), Verdict::accept)}), everything);
  CHECK(both.least == everything);
  CHECK(both.undecided.empty());

  const FilterChain denies{"D", {rule(ports(3, 9), Verdict::drop)}, Verdict::ret};
  const Meaning jump =
      evaluate(filter(Verdict::accept, {maybe(ports(1, 5), Verdict::jump, "D")}, {denies}), everything);
  CHECK(jump.least == ~ports(3, 5));
  CHECK(jump.most == everything);
}

TEST_CASE("rules that end a chain alike make up for each other's doubts") {
  const auto after = [](Verdict second) {
    return evaluate(filter(Verdict::accept, {maybe(ports(1, 5), Verdict::drop), rule(ports(1, 9), second)}),
                    everything);
  };
  CHECK(after(Verdict::drop).undecided.empty());
  CHECK(after(Verdict::drop).most == ~ports(1, 9));
  CHECK(after(Verdict::accept).undecided.size() == 1);
}

TEST_CASE("a target that is no chain may do anything") {
  const Meaning meaning =
      evaluate(filter(Verdict::drop, {rule(ports(1, 5), Verdict::jump, "NFQUEUE"), rule(ports(4, 9), Verdict::accept)}),
               everything);
  CHECK(meaning.least == ports(6, 9));
  CHECK(meaning.most == ports(1, 9));
  REQUIRE(meaning.undecided.size() == 1);
  CHECK(meaning.undecided.front().why == "there is no chain \"NFQUEUE\"");
}

TEST_CASE("loops are undecided") {
  const FilterChain a{"A", {rule(ports(1, 1), Verdict::accept), rule(ports(2, 4), Verdict::jump, "B")}, Verdict::ret};
  const FilterChain b{"B", {rule(ports(2, 2), Verdict::drop), rule(ports(3, 3), Verdict::go, "A")}, Verdict::ret};
  const Meaning meaning = evaluate(filter(Verdict::accept, {rule(everything, Verdict::jump, "A")}, {a, b}), everything);
  CHECK(meaning.least == ~ports(2, 3));
  CHECK(meaning.most == ~ports(2, 2));
  REQUIRE(meaning.undecided.size() == 1);
  CHECK(meaning.undecided.front().why == "chain \"A\" leads back to itself");
}

TEST_CASE("every hook has to accept") {
  Filter two = filter(Verdict::drop, {rule(ports(1, 6), Verdict::accept)},
                      {{"FIRST", {rule(ports(5, 9), Verdict::drop)}, Verdict::accept}});
  two.hooks = {"FIRST", "OUT"};
  CHECK(exact(two) == ports(1, 4));
  two.hooks = {};
  CHECK(exact(two) == everything);
  CHECK(evaluate(two, ports(7, 8)).most == ports(7, 8));
}

TEST_CASE("chains that lead to two others each take linear time, and depth is no matter") {
  Filter deep = filter(Verdict::drop, {rule(everything, Verdict::jump, "C0")});
  constexpr unsigned depth = 20000;
  for (unsigned i = 0; i < depth; ++i) {
    const std::string next = "C" + std::to_string(i + 1);
    deep.chains.push_back({"C" + std::to_string(i),
                           {rule(ports(0, 99), Verdict::jump, next), rule(ports(50, 200), Verdict::jump, next)},
                           Verdict::ret});
  }
  deep.chains.push_back({"C" + std::to_string(depth), {rule(ports(60, 70), Verdict::accept)}, Verdict::ret});
  CHECK(exact(deep) == ports(60, 70));
}

TEST_CASE("many rules that take turns") {
  std::vector<FilterRule> rules;
  for (unsigned i = 0; i < 5000; ++i)
    rules.push_back(rule(ports(i * 10, i * 10 + 15), i % 2 == 0 ? Verdict::accept : Verdict::drop));
  const FlowSpace result = exact(filter(Verdict::drop, std::move(rules)));
  CHECK(result.contains({0, 0, false, 6, {}, 15}));
  CHECK_FALSE(result.contains({0, 0, false, 6, {}, 16}));
  CHECK(result.contains({0, 0, false, 6, {}, 26}));
  CHECK_FALSE(result.contains({0, 0, false, 6, {}, 49999}));
}
