// What a policy answers.
#include "egressc/explain.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "egressc/policy.h"

using namespace egressc;

namespace {

constexpr std::string_view text = R"(egressc: 1
scope: subjects
resolvers: [127.0.0.53]
subjects:
  agent:
    uid: 1001
    allow:
      - to: api.example.com
        ports: [tcp/443]
        addresses: [198.51.100.7, "2001:db8::7"]
      - to: four.example.com
        ports: [tcp/443]
        addresses: [198.51.100.8]
      - to: "*.pkg.example.org"
        ports: [tcp/443]
        addresses: [203.0.113.9]
      - to: 192.0.2.0/25
        ports: [tcp/22, icmp]
        expires: 2026-12-31
    review:
      - to: 169.254.169.254
        ports: [tcp/80]
        reason: metadata
  other:
    uid: 1002
    allow:
      - to: live.example.net
        ports: [udp/53]
        live: true
      - to: 203.0.113.5
        ports: [tcp/25]
  group-7:
    uid: 3000-3001
    gid: 7
    allow:
      - to: 0.0.0.0/0
        ports: [tcp/80]
review:
  - to: 198.51.100.99
    ports: [tcp/443]
    reason: no-subject
)";

Policy policy_of(std::string_view yaml) {
  Diagnostics diagnostics;
  auto policy = read_policy(yaml, "policy.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(policy.has_value(), diagnostics.render(false));
  return *policy;
}

// Keeps the policy that its pointers are into.
struct Asked {
  Policy policy;
  Answer answer;
};

Asked ask(std::string_view flow, std::string_view yaml = text,
          std::optional<CivilDate> today = CivilDate{2026, 11, 26}) {
  Asked asked{policy_of(yaml), {}};
  FlowNames names;
  for (const Subject& subject : asked.policy.subjects) names.labels.push_back(subject.label);
  Diagnostics diagnostics;
  const auto question = read_flow(flow, names, diagnostics);
  REQUIRE_MESSAGE(question.has_value(), diagnostics.render(false));
  asked.answer = explain_flow(asked.policy, *question, today);
  return asked;
}

Ruling ruling(std::string_view flow) { return ask(flow).answer.ruling; }

std::string nearest_why(std::string_view flow) {
  const Asked asked = ask(flow);
  return asked.answer.near.empty() ? "" : asked.answer.near.front().why;
}

std::string paste(std::string_view yaml, const Remedy& remedy) {
  if (remedy.before == 0) return std::string(yaml) + remedy.yaml;
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < remedy.before; ++line) at = yaml.find('\n', at) + 1;
  std::string whole(yaml);
  return whole.insert(at, remedy.yaml);
}

// That the remedy, put where it says, allows it.
void check_remedy(std::string_view flow, std::string_view yaml) {
  CAPTURE(flow);
  const Asked before = ask(flow, yaml);
  CHECK(before.answer.ruling != Ruling::allowed);
  REQUIRE(before.answer.remedy.has_value());
  const std::string after = paste(yaml, *before.answer.remedy);
  CAPTURE(after);
  CHECK(ask(flow, after).answer.ruling == Ruling::allowed);
}

}  // namespace

TEST_CASE("what allows a flow is told") {
  const Asked name = ask("uid 1001 tcp api.example.com:443");
  CHECK(name.answer.ruling == Ruling::allowed);
  REQUIRE(name.answer.judgements.size() == 2);  // both families
  const Judgement& four = name.answer.judgements.front();
  CHECK(to_string(four.flow.to) == "198.51.100.7");
  CHECK(four.basis == Basis::grant);
  REQUIRE(four.grants.size() == 1);
  CHECK(four.grants.front()->where == Location{"policy.yaml", 8, 9});
  CHECK_FALSE(name.answer.remedy);

  const auto basis = [](std::string_view flow) { return ask(flow).answer.judgements.front().basis; };
  CHECK(basis("agent udp 127.0.0.53:53") == Basis::resolver);
  CHECK(basis("uid 7 tcp 192.0.2.1:1") == Basis::scope);
  CHECK(ask("uid 7 tcp 192.0.2.1:1").answer.judgements.front().why ==
        "uid 7 is no subject: scope subjects leaves it alone");
  CHECK(ruling("uid 7 tcp never-heard-of.example:1") == Ruling::allowed);

  const Asked address = ask("uid 1001 tcp 198.51.100.7:443");
  REQUIRE(address.answer.names.size() == 1);
  CHECK(address.answer.names.front().spelling() == "api.example.com");
}

TEST_CASE("rulings of several flows") {
  CHECK(ruling("uid 1001 api.example.com:443") == Ruling::partly);  // tcp, but not udp
  CHECK(ruling("uid 1001 tcp api.example.com:444") == Ruling::denied);
  CHECK(ruling("uid 1001 icmp 192.0.2.1") == Ruling::allowed);
  CHECK(ruling("uid 1001 icmpv6 api.example.com") == Ruling::denied);
  CHECK(ruling("uid 1001 tcp unknown.example:443") == Ruling::undecided);
  CHECK(ruling("uid 1002 udp live.example.net:53") == Ruling::undecided);
}

TEST_CASE("what a question leaves open is undecided where it matters") {
  CHECK(ruling("uid 3000 gid 7 tcp 192.0.2.1:80") == Ruling::allowed);
  CHECK(ruling("group-7 tcp 192.0.2.1:80") == Ruling::allowed);
  CHECK(ruling("uid 3000 gid 8 tcp 192.0.2.1:80") == Ruling::denied);
  const Asked open = ask("uid 3000 tcp 192.0.2.1:80");
  CHECK(open.answer.ruling == Ruling::undecided);
  REQUIRE(open.answer.notes.size() == 1);
  CHECK(open.answer.notes.front() == "it depends on the group: say `gid N`");
  CHECK(ruling("uid 3000 tcp 192.0.2.1:81") == Ruling::denied);
  CHECK(ruling("gid 7 tcp 192.0.2.1:80") == Ruling::undecided);
}

TEST_CASE("what is nearest, and why it is not it") {
  CHECK(nearest_why("uid 1001 tcp 198.51.100.7:444") == "the same destination, but tcp/443 only");
  CHECK(nearest_why("uid 1001 udp api.example.com:443") == "the same destination, but tcp/443 only");
  CHECK(nearest_why("uid 1001 tcp four.example.com:443 2001:db8::8") == "the same name, but it lists no IPv6 address");
  CHECK(nearest_why("uid 1001 tcp four.example.com:443 198.51.100.200") ==
        "the same name, but it does not list 198.51.100.200");
  CHECK(nearest_why("uid 1001 tcp a.pkg.example.org:443 203.0.113.77") ==
        "*.pkg.example.org matches the name, but it does not list 203.0.113.77");
  CHECK(nearest_why("uid 1001 tcp pkg.example.org:443 203.0.113.77") ==
        "*.pkg.example.org means the names below pkg.example.org, not that name itself");
  CHECK(nearest_why("uid 1001 tcp 192.0.2.129:22") == "192.0.2.0/25 is one bit off 192.0.2.129");
  CHECK(nearest_why("uid 1001 tcp 198.51.100.6:443") == "198.51.100.7 is one bit off 198.51.100.6");
  CHECK(nearest_why("uid 1001 tcp [2001:db8::6]:443") == "2001:db8::7 is one bit off 2001:db8::6");
  CHECK(nearest_why("uid 1001 tcp api.exmple.com:443 192.0.2.200") == "api.example.com is spelled almost like it");
  CHECK(nearest_why("uid 1001 tcp 203.0.113.5:25") == "other may: tcp/25 203.0.113.5");
  const Asked expired = ask("uid 1001 tcp 192.0.2.1:22", text, CivilDate{2027, 1, 1});
  CHECK(expired.answer.ruling == Ruling::denied);
  CHECK(expired.answer.near.front().why == "it expired with 2026-12-31");
  CHECK(ask("uid 1001 tcp 192.0.2.1:22").answer.ruling == Ruling::allowed);
}

TEST_CASE("review is searched") {
  const Asked own = ask("uid 1001 tcp 169.254.169.254:80");
  REQUIRE(own.answer.review.size() == 1);
  CHECK(own.answer.review.front().review->reason == Reason::metadata);
  CHECK(ask("uid 1002 tcp 169.254.169.254:80").answer.review.empty());
  const Asked nobodys = ask("uid 1002 tcp 198.51.100.99:443");
  REQUIRE(nobodys.answer.review.size() == 1);
  CHECK(nobodys.answer.review.front().subject == nullptr);
}

TEST_CASE("the remedy is the missing text and its place") {
  const Asked asked = ask("uid 1001 tcp four.example.com:443 2001:db8::8");
  REQUIRE(asked.answer.remedy.has_value());
  CHECK(asked.answer.remedy->yaml ==
        "      - to: four.example.com\n        ports: [tcp/443]\n        addresses: [\"2001:db8::8\"]\n");
  CHECK(asked.answer.remedy->before == 8);
  CHECK(asked.answer.remedy->place == "as a grant of agent, before its others");

  for (const std::string_view flow :
       {"uid 1001 tcp four.example.com:443 2001:db8::8", "uid 1001 api.example.com:443", "uid 1001 tcp 192.0.2.1:99",
        "agent icmpv6 api.example.com", "uid 1002 tcp [2001:db8::9]:1", "uid 3000 gid 8 tcp 192.0.2.1:80",
        "group-7 udp 192.0.2.1:80", "uid 3001 gid 9 lo udp 192.0.2.1:80"})
    check_remedy(flow, text);
}

TEST_CASE("the remedy fits policies of other shapes") {
  constexpr std::string_view host = "egressc: 1\nscope: host\n";
  check_remedy("uid 7 tcp 192.0.2.1:80", host);
  check_remedy("uid 7 tcp a.example:80 192.0.2.1", host);
  check_remedy("gid 7 tcp 192.0.2.1:80", host);
  constexpr std::string_view empty =
      "egressc: 1\nscope: host\nbaseline: [dhcp]\nsubjects:\n  uid-8:\n    uid: [1, 5-9]\n";
  check_remedy("uid 8 tcp 192.0.2.1:80", empty);
  check_remedy("uid 2 tcp 192.0.2.1:80", empty);
  check_remedy("uid 2 udp 255.255.255.255:67", empty);  // the baseline only may allow it
  constexpr std::string_view taken = "egressc: 1\nscope: host\nsubjects:\n  uid-7:\n    uid: 8\n";
  check_remedy("uid 7 tcp 192.0.2.1:80", taken);
  constexpr std::string_view deep =
      "egressc: 1\nscope: host\nsubjects:\n    a:\n        uid: 8\n        allow:\n            - {to: 192.0.2.9, "
      "ports: "
      "[tcp]}\n";
  check_remedy("uid 8 udp 192.0.2.1:80", deep);
  check_remedy("uid 9 udp 192.0.2.1:80", deep);
  constexpr std::string_view flat =
      "egressc: 1\nscope: host\nsubjects:\n a:\n  uid: 8\n  allow:\n  - to: 192.0.2.9\n    ports: [tcp]\n";
  check_remedy("uid 8 udp 192.0.2.1:80", flat);
  constexpr std::string_view groups = "egressc: 1\nscope: host\nsubjects:\n  g:\n    gid: 8\n";
  check_remedy("gid 9 tcp 192.0.2.1:80", groups);
  check_remedy("uid 1 gid 9 tcp 192.0.2.1:80", groups);
  CHECK_FALSE(ask("uid 1 tcp 192.0.2.1:80", groups).answer.remedy);  // of which group?
}

TEST_CASE("monitor denies nothing, the baseline something in between") {
  const Asked monitor = ask("uid 7 tcp 192.0.2.1:80", "egressc: 1\nscope: host\nmode: monitor\n");
  CHECK(monitor.answer.ruling == Ruling::allowed);
  CHECK(monitor.answer.judgements.front().basis == Basis::monitor);
  const Asked dhcp = ask("uid 7 udp 255.255.255.255:67", "egressc: 1\nscope: host\nbaseline: [dhcp]\n");
  CHECK(dhcp.answer.ruling == Ruling::undecided);
  const Asked loopback = ask("uid 7 udp 127.0.0.1:67", "egressc: 1\nscope: host\nbaseline: [loopback]\n");
  CHECK(loopback.answer.ruling == Ruling::allowed);
}
