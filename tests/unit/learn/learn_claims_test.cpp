// Whose an agent's claims are, and what becomes of each kind.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include "egressc/learn.h"
#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

struct Logs {
  std::vector<Observations> inputs;

  Logs() {
    inputs.push_back(log("netfilter", Trust::packet, "kern.log"));
    inputs.push_back(log("agent-json", Trust::claimed));
    inputs.push_back(log("dnsmasq", Trust::packet, "dns.log"));
  }
  Observations& packets() { return inputs[0]; }
  Observations& agent() { return inputs[1]; }
  Observations& resolver() { return inputs[2]; }

  Claim& say(std::uint32_t uid, std::string_view host, std::uint16_t port, double when = 0) {
    Claim said = claim(agent(), uid, host, port);
    said.at = at(when);
    agent().claims.push_back(said);
    return agent().claims.back();
  }
  Learnt learn(const LearnOptions& options = {}) {
    for (Observations& input : inputs) input.finish();
    Diagnostics diagnostics;
    return learn_policy(inputs, options, diagnostics);
  }
};

}  // namespace

TEST_CASE("a claim without a user is borne out by what was seen of the one user that it fits") {
  Logs logs;
  logs.packets().add(packet(1, 1001, "203.0.113.1", 443));
  answer(logs.resolver(), 0, "a.example", "203.0.113.1");
  logs.say(no_id, "a.example", 443);
  logs.say(no_id, "203.0.113.1", 443);
  logs.say(no_id, "a.example", 80);
  const Learnt learnt = logs.learn();
  CHECK(describe(learnt.policy) ==
        "uid-1001: a.example tcp/443 @203.0.113.1;\n-: [claimed] a.example tcp/80 @203.0.113.1;\n");
  CHECK(learnt.summary.annotated == 2);
  CHECK(learnt.summary.claimed == 1);
}

TEST_CASE("where several users fit, the time of a claim decides, or nothing does") {
  for (const auto& [when, borne_out] : {std::pair(1.0, true), {100.0, true}, {50.0, false}, {10000.0, false}}) {
    Logs logs;
    logs.packets().add(packet(1, 1001, "203.0.113.1", 443));
    logs.packets().add(packet(100, 1002, "203.0.113.1", 443));
    logs.say(no_id, "203.0.113.1", 443, when);
    CHECK(logs.learn().summary.annotated == (borne_out ? 1 : 0));
  }
}

TEST_CASE("--as-uid, or the only user of --uid, has the claims that tell none") {
  Logs logs;
  logs.packets().add(packet(1, 1001, "203.0.113.1", 443));
  logs.say(no_id, "never.example", 443);
  logs.say(1003, "other.example", 443);
  LearnOptions options;
  options.as_uid = 1002;
  CHECK(describe(logs.learn(options).policy) ==
        "uid-1001: 203.0.113.1 tcp/443;\nuid-1002: [claimed] never.example tcp/443;\n"
        "-: [claimed] other.example tcp/443;\n");
  options = {};
  options.uids = {{1001, 1001}};
  CHECK(describe(logs.learn(options).policy) == "uid-1001: 203.0.113.1 tcp/443; [claimed] never.example tcp/443;\n");
  options.uids = {{1001, 1002}};
  CHECK(describe(logs.learn(options).policy) ==
        "uid-1001: 203.0.113.1 tcp/443;\n-: [claimed] never.example tcp/443;\n");
}

TEST_CASE("what was denied says so, and is neither borne out nor granted") {
  Logs logs;
  logs.packets().add(packet(1, 1001, "203.0.113.1", 443));
  Claim& denied = logs.say(1001, "203.0.113.1", 443);
  denied.kind = ClaimKind::denied;
  denied.note = logs.agent().strings.intern("denied by squid");
  const Learnt learnt = logs.learn();
  CHECK(describe(learnt.policy) == "uid-1001: 203.0.113.1 tcp/443; [denied] 203.0.113.1 tcp/443;\n");
  CHECK(learnt.policy.subjects[0].review[0].what.comment == "denied by squid");
  CHECK(learnt.summary.refused == 1);

  Logs alone;
  alone.say(1001, "203.0.113.1", 443).kind = ClaimKind::denied;
  LearnOptions options;
  options.least = Trust::claimed;
  CHECK(describe(alone.learn(options).policy) == "uid-1001: [denied] 203.0.113.1 tcp/443;\n");
}

TEST_CASE("what was only mentioned is counted once, and annotates nothing") {
  Logs logs;
  logs.packets().add(packet(1, 1001, "203.0.113.1", 443));
  for (const char* const host : {"prose.example", "prose.example", "done.example", "203.0.113.1"})
    logs.say(1001, host, 443).kind = ClaimKind::mentioned;
  logs.say(1001, "done.example", 443);
  const Learnt learnt = logs.learn();
  CHECK(describe(learnt.policy) == "uid-1001: 203.0.113.1 tcp/443; [claimed] done.example tcp/443;\n");
  CHECK(learnt.policy.subjects[0].allow[0].evidence.by == std::vector<std::string>{"agent-json", "netfilter"});
  CHECK(learnt.summary.mentioned == 2);
  CHECK(learnt.summary.mentioned_names == std::vector<std::string>{"prose.example", "203.0.113.1"});
}

TEST_CASE("a name that stands beside an address is shown with it, and of many a few") {
  Logs logs;
  Claim& both = logs.say(1001, "203.0.113.1", 443);
  both.host = logs.agent().strings.intern("a.example");
  LearnOptions options;
  options.uids = {{1001, 1001}};
  const Policy policy = logs.learn(options).policy;
  CHECK(describe(policy) == "uid-1001: [claimed] 203.0.113.1 tcp/443;\n");
  CHECK(policy.subjects[0].review[0].what.evidence.claimed == std::vector<std::string>{"a.example"});

  Logs many;
  for (int i = 0; i < 40; ++i) {
    Claim& one = many.say(1001, "203.0.113.1", 443);
    one.host = many.agent().strings.intern(fmt::format("h{}.example", i));
  }
  const Grant grant = many.learn(options).policy.subjects[0].review[0].what;
  CHECK(grant.evidence.claimed.size() == 32);
  CHECK(grant.comment == "and 8 more names are claimed");
}
