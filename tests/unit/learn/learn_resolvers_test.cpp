#include <doctest/doctest.h>

#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

TEST_CASE("an answer that holds at any time names all connections, before and after") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("hosts", Trust::packet));
  answer(inputs[1], 0, "db.example", "203.0.113.1");
  inputs[1].resolutions.back().at = any_time;
  inputs[0].add(packet(-1e8, 1001, "203.0.113.1", 5432));
  inputs[0].add(packet(1e8, 1002, "203.0.113.1", 5432));
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  const Learnt learnt = learn_policy(inputs, {}, diagnostics);
  CHECK(describe(learnt.policy) ==
        "uid-1001: db.example tcp/5432 @203.0.113.1;\nuid-1002: db.example tcp/5432 @203.0.113.1;\n");
  CHECK(diagnostics.all().empty());  // times that do not overlap would be said here

  SUBCASE("but not those of a file that nobody vouches for") {
    inputs[1].trust = Trust::claimed;
    CHECK(describe(learn_policy(inputs, {}, diagnostics).policy) ==
          "uid-1001: 203.0.113.1 tcp/5432;\nuid-1002: 203.0.113.1 tcp/5432;\n");
  }
}

TEST_CASE("an answer whose asker's user is known names that user's connections only") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("resolved", Trust::packet));
  answer(inputs[1], 0, "one.example", "203.0.113.1");
  inputs[1].resolutions.back().uid = 1001;
  answer(inputs[1], 0, "two.example", "203.0.113.1");
  inputs[1].resolutions.back().uid = 1002;
  for (const std::uint32_t uid : {1001U, 1002U, 1003U}) inputs[0].add(packet(1, uid, "203.0.113.1", 443));
  CHECK(learn_text(inputs) ==
        "uid-1001: one.example tcp/443 @203.0.113.1;\nuid-1002: two.example tcp/443 @203.0.113.1;\n"
        "uid-1003: 203.0.113.1 tcp/443;\n");
}
