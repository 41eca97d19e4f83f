#include <doctest/doctest.h>

#include "guard_fixture.h"

using namespace egressc;
using namespace egressc::test;

TEST_CASE("what stands for a forbidden address is as forbidden") {
  struct Row {
    const char* guard;
    const char* address;
    bool is_forbidden;
  };
  const Row rows[] = {
      {"never: [{to: 203.0.113.0/24}]", "64:ff9b::cb00:7105", true},
      {"never: [{to: 203.0.113.0/24}]", "64:ff9b::cb00:7205", false},
      {"never: [{to: 203.0.113.0/24}]", "64:ff9b:1::cb00:7105", true},
      {"never: [{to: 203.0.113.0/24}]", "64:ff9b:1:7::cb00:7105", true},
      {"never: [{to: 203.0.113.0/24}]", "64:ff9b:1:cb00:71:500::", true},
      {"never: [{to: 203.0.113.0/24}]", "64:ff9b:1:0:cb:71:500:0", true},
      {"never: [{to: 203.0.113.0/24}]", "2002:cb00:7105::1", true},
      {"never: [{to: 203.0.113.0/24}]", "2001:0:c633:6401::34ff:8efa", true},
      {"never: [{to: 203.0.113.0/24}]", "::cb00:7105", true},
      {"never: [{to: 203.0.113.0/24}]", "::ffff:0:cb00:7105", true},
      {"never: [{to: 203.0.113.0/24}]", "2001:db8::5efe:cb00:7105", true},
      {"never: [{to: 203.0.113.0/24}]", "2001:db8::cb00:7105", false},
      {"never: [{to: metadata}]", "64:ff9b::a9fe:a9fe", true},
      {"never: [{to: private}]", "2002:a00:5::", true},
      {"never: [{to: loopback}]", "64:ff9b::7f00:1", true},
      {"never: [{to: 0.0.0.0/0}]", "64:ff9b::1", true},
      {"never: [{to: 0.0.0.0/0}]", "::1", false},
      // What is excepted, is in that form too, or only in it.
      {"never: [{to: 203.0.113.0/24, except: [203.0.113.5]}]", "64:ff9b::cb00:7105", false},
      {"never: [{to: 203.0.113.0/24, except: [203.0.113.5]}]", "2001:0:c633:6401::34ff:8efa", false},
      {"never: [{to: 203.0.113.0/24, except: [\"64:ff9b::cb00:7105\"]}]", "64:ff9b::cb00:7105", false},
      {"never: [{to: 203.0.113.0/24, except: [\"2001:db8::5efe:cb00:7105\"]}]", "2001:db8::5efe:cb00:7105", false},
      {"never: [{to: 203.0.113.0/24, except: [\"64:ff9b::cb00:7105\"]}]", "203.0.113.5", true},
      // Nobody is allowed more for it.
      {"allow: [{to: 203.0.113.0/24}]", "64:ff9b::cb00:7105", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.guard);
    CAPTURE(row.address);
    const Ceiling ceiling({guard_of(row.guard)});
    Policy granted = policy("[{to: \"" + std::string(row.address) + "\", ports: [tcp/443]}]");
    CHECK(!excess_of(granted, ceiling).empty() == row.is_forbidden);
    CHECK(!flows_beyond(granted, ceiling.guards()).empty() == row.is_forbidden);
    CHECK(cut(granted, ceiling) == (row.is_forbidden ? 1 : 0));
    CHECK(flows_beyond(granted, ceiling.guards()).empty());
  }
}

TEST_CASE("a prefix loses what stands for a forbidden address") {
  const Ceiling ceiling({guard_of("never: [{to: 203.0.113.128/25}]")});
  Policy granted = policy("[{to: \"64:ff9b::cb00:7100/120\", ports: [tcp/443]}]");
  CHECK(!flows_beyond(granted, ceiling.guards()).empty());
  CHECK(cut(granted, ceiling) == 1);
  CHECK(describe(granted) == "a: 64:ff9b::cb00:7100/121 tcp/443; [guard] 64:ff9b::cb00:7180/121 tcp/443;\n");
  CHECK(flows_beyond(granted, ceiling.guards()).empty());
}

TEST_CASE("whom a guard limits") {
  const Policy granted = policy("[{to: 192.0.2.7, ports: [tcp/443]}]");
  const auto is_limited = [&](const char* text) { return limits(Ceiling({guard_of(text)}), granted.subjects.front()); };
  CHECK(is_limited("never: [{to: private}]"));
  CHECK(is_limited("never: [{to: private, subjects: {uid: 1000-59999}}]"));
  CHECK_FALSE(is_limited("never: [{to: private, subjects: {uid: 1001-59999}}]"));
  CHECK(is_limited("never: [{to: private, subjects: {uid: 1001-59999}}, {to: loopback, subjects: {uid: 1000}}]"));
  CHECK_FALSE(is_limited("subjects: {uid: 1001}\nnever: [{to: private}]"));
  CHECK(is_limited("allow: [{to: private, subjects: {uid: 1001}}]"));
  CHECK_FALSE(limits(Ceiling(), granted.subjects.front()));
}
