#include "intake/guards.h"

#include <doctest/doctest.h>

#include "guard_fixture.h"

using namespace egressc;
using namespace egressc::test;

TEST_CASE("flows beyond a guard are told of, and none where there is none") {
  const Policy granted = policy("[{to: 10.0.0.5, ports: [tcp/443]}, {to: 192.0.2.7, ports: [tcp/443]}]");
  CHECK(beyond_guard(granted, Ceiling({guard_of("never: [{to: private}]")})) ==
        "  uid 1000 gid 0-4294967294 tcp 10.0.0.5 443\n");
  CHECK(beyond_guard(granted, Ceiling({guard_of("never: [{to: 10.0.1.0/24}]")})).empty());
  CHECK(beyond_guard(granted, Ceiling()).empty());
}

TEST_CASE("only what stands in a file is refused: what was learnt has been cut") {
  const Ceiling ceiling({guard_of("never: [{to: private}]")});
  Policy granted = policy("[{to: 10.0.0.5, ports: [tcp/443]}]");
  Diagnostics of_file;
  refuse_excess(granted, ceiling, of_file);
  REQUIRE(of_file.all().size() == 2);
  CHECK(of_file.all()[0].severity == Severity::error);
  CHECK(of_file.all()[0].where.file == "p.yaml");
  CHECK(of_file.all()[1].where == Location{"g.yaml", 2, 9});
  granted.subjects[0].allow[0].where = {};
  Diagnostics of_learnt;
  refuse_excess(granted, ceiling, of_learnt);
  CHECK(of_learnt.all().empty());
}

TEST_CASE("live names are warned of where a guard forbids a part of the addresses") {
  const Policy granted = policy("[{to: a.example, ports: [tcp/443], live: true}]");
  const auto warnings = [&](const char* text) {
    Diagnostics diagnostics;
    refuse_excess(granted, Ceiling({guard_of(text)}), diagnostics);
    CHECK(!diagnostics.has_errors());
    return diagnostics.all().size();
  };
  CHECK(warnings("never: [{to: private}]") == 1);
  CHECK(warnings("never: [{to: b.example}]") == 0);
  CHECK(warnings("allow: [{to: any, ports: [tcp/443]}]") == 0);
}

TEST_CASE("a guard that is named has to be there, and the system's may be missing") {
  Diagnostics diagnostics;
  const auto none = read_guards({{}, "/nonexistent/guard.yaml"}, nullptr, diagnostics);
  REQUIRE(static_cast<bool>(none));
  REQUIRE(none->has_value());
  CHECK((*none)->empty());
  CHECK(!static_cast<bool>(read_guards({{"/nonexistent/guard.yaml"}, ""}, nullptr, diagnostics)));
  CHECK(diagnostics.all().empty());
}

TEST_CASE("a guard that limits nobody is told of, and whom it does not limit") {
  const Policy two = policy(
      "subjects:\n  a: {uid: 1000, allow: [{to: 192.0.2.7, ports: [tcp/443]}]}\n"
      "  b: {uid: 61200, allow: [{to: 192.0.2.7, ports: [tcp/443]}]}\n");
  const auto told_of = [&](std::vector<Guard> guards) {
    Diagnostics diagnostics;
    tell_unlimited(two, Ceiling(std::move(guards)), diagnostics);
    return diagnostics.render(false);
  };
  const auto told = [&](const char* text) { return told_of({guard_of(text)}); };
  const std::string hint = "  hint: name their users in the guard, or leave `subjects` out: then it limits everybody\n";
  CHECK(told("never: [{to: private, subjects: {uid: 0}}]") ==
        "g.yaml: warning: the guard limits nobody here: it is not about a, b\n" + hint);
  CHECK(told("never: [{to: private, subjects: {uid: 1000-59999}}]") ==
        "egressc: note: the guard does not limit b: it is about other users\n" + hint);
  CHECK(told("never: [{to: private}]").empty());
  Policy cut = two;
  cut.subjects[0].allow.clear();
  Diagnostics of_cut;
  tell_unlimited(cut, Ceiling({guard_of("subjects: {uid: 1000}\nallow: [{to: loopback}]")}), of_cut);
  CHECK(of_cut.render(false) == "egressc: note: the guard does not limit b: it is about other users\n" + hint);
  // One that limits nobody is told of beside others that do.
  CHECK(told_of({guard_of("never: [{to: private}]"), guard_of("subjects: {uid: 7}\nallow: [{to: any}]")}) ==
        "g.yaml: warning: the guard limits nobody here: it is not about a, b\n" + hint);
  Diagnostics diagnostics;
  tell_unlimited(two, Ceiling(), diagnostics);
  CHECK(diagnostics.all().empty());
}
