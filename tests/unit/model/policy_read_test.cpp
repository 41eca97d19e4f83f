#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/policy_fixture.h"

namespace egressc {
namespace {

using policy_tests::read;
using policy_tests::same;
using policy_tests::with_allow;

Policy good(std::string_view text) {
  auto result = read(text);
  REQUIRE_MESSAGE(result.policy.has_value(), result.diagnostics.render(false));
  CHECK(result.diagnostics.all().empty());
  return std::move(*result.policy);
}

constexpr std::string_view everything = R"(egressc: 1                        # version of this format
scope: subjects
deny: drop
mode: monitor
established: keep
log: {nflog: 7, rate: 3/hour}
resolvers: [127.0.0.53, "::1"]
subjects:
  research-agent:
    comment: |
      ask Ada
    uid: [1001, 2000-2999]
    gid: 100
    allow:
      - to: API.example.com
        ports: [tcp/443, udp/443]
        addresses: [198.51.100.7, "2001:db8::7"]
        live: true
        evidence: {seen: 412, first: 2026-11-20T08:00:01Z, last: 2026-11-23T07:59:58+01:00, by: [netfilter, audit],
                   exe: ["/usr/bin/a b"], gid: [100], claimed: [x.example]}
      - to: [b.example, a.example]
        ports: [any/53, icmp]
        addresses: [203.0.113.0/24]
      - {to: "*.example.org", ports: [tcp/1000-2000], live: true}
      - to: "2001:db8::/32"
        ports: [tcp]
        expires: 2026-12-31
        comment: until the move
    review:
      - to: 169.254.169.254
        ports: [tcp/80]
        reason: metadata
      - {to: claimed.example, reason: claimed}
review:
  - {to: 198.51.100.9, ports: [tcp/443], reason: no-subject}
)";

TEST_CASE("Every key of the format is read") {
  const Policy policy = good(everything);
  CHECK(policy.scope == Scope::subjects);
  CHECK(policy.deny == Deny::drop);
  CHECK(policy.mode == Mode::monitor);
  CHECK(policy.established == Established::keep);
  CHECK(policy.log == LogRule{7, 3, "hour"});
  CHECK(policy.resolvers == std::vector<Address>{ipv4(0x7f000035), *parse_address("::1")});
  REQUIRE(policy.subjects.size() == 1);

  const Subject& agent = policy.subjects[0];
  CHECK(agent.label == "research-agent");
  CHECK(agent.comment == "ask Ada");
  CHECK(agent.uids == std::vector<IdRange>{{1001, 1001}, {2000, 2999}});
  CHECK(agent.gids == std::vector<IdRange>{{100, 100}});
  CHECK(agent.where == Location{"p.yaml", 9, 3});
  REQUIRE(agent.allow.size() == 4);

  const Grant& wildcard = agent.allow[0];
  CHECK(wildcard.names[0].key() == "*.example.org");
  CHECK(wildcard.services == std::vector<Service>{{Protocol::tcp, {1000, 2000}}});
  const Grant& ambiguous = agent.allow[1];
  CHECK(ambiguous.names[0].key() == "a.example");
  CHECK(ambiguous.names[1].key() == "b.example");
  CHECK(ambiguous.services == std::vector<Service>{{Protocol::any, {53, 53}}, {Protocol::icmp, {}}});
  const Grant& api = agent.allow[2];
  CHECK(api.names[0].spelling() == "API.example.com");
  CHECK(api.live);
  CHECK(api.addresses.size() == 2);
  CHECK(api.where == Location{"p.yaml", 15, 9});
  CHECK(api.evidence == Evidence{412,
                                 *parse_iso_time("2026-11-20T08:00:01Z"),
                                 *parse_iso_time("2026-11-23T06:59:58Z"),
                                 {"audit", "netfilter"},
                                 {"/usr/bin/a b"},
                                 {100},
                                 {"x.example"}});
  const Grant& prefix = agent.allow[3];
  CHECK(prefix.prefix == parse_prefix("2001:db8::/32"));
  CHECK(prefix.expires == CivilDate{2026, 12, 31});
  CHECK(prefix.comment == "until the move");

  REQUIRE(agent.review.size() == 2);
  CHECK(agent.review[0].what.services.empty());
  CHECK(agent.review[1].reason == Reason::metadata);
  CHECK(policy.review[0].reason == Reason::no_subject);
}

TEST_CASE("The least policy has defaults for the rest") {
  const Policy policy = good("egressc: 1\nscope: host\n");
  Policy defaults;
  defaults.scope = Scope::host;
  CHECK(same(policy, defaults));
}

TEST_CASE("How it is written does not change what is read") {
  const Policy policy = good(with_allow("      - to: 192.0.2.1\n        ports: [tcp/22]\n"));
  for (const std::string_view text : {
           // as a flow map, in one line
           "{egressc: 1, scope: subjects, subjects: {a: {uid: 1, allow: [{to: 192.0.2.1, ports: [tcp/22]}]}}}",
           // JSON, where numbers may be strings
           R"({"egressc": 1, "scope": "subjects", "subjects": {"a": {"uid": "1",
               "allow": [{"to": "192.0.2.1", "ports": ["tcp\/22"]}]}}})",
           // lists at the indent of their key, quoted numbers, carriage returns
           "egressc: '1'\r\nscope: subjects\r\nsubjects:\r\n  a:\r\n    uid: \"1\"\r\n    allow:\r\n    - to: "
           "192.0.2.1\r\n"
           "      ports:\r\n      - tcp/22\r\n",
           // a byte order mark, a directive, a document's start and end
           "\xef\xbb\xbf%YAML 1.2\n---\negressc: 1\nscope: subjects\nsubjects: {a: {uid: 1, allow: [{to: 192.0.2.1, "
           "ports: [tcp/22]}]}}\n...\n",
           // a mapped address is IPv4, a list of one id is that id, and what is there twice counts once
           "egressc: 1\nscope: subjects\nsubjects:\n  a:\n    uid: [1, 1-1]\n    allow:\n      - to: ::ffff:192.0.2.1\n"
           "        ports: [tcp/22, tcp/22]\n      - to: 192.0.2.1/32\n        ports: [tcp/22]\n",
       }) {
    CAPTURE(text);
    const Policy other = good(text);
    CHECK(same(other, policy));
  }
}

TEST_CASE("Strings in JSON may be escaped as JSON allows") {
  const Policy policy =
      good(R"({"egressc":1,"scope":"host","subjects":{"a":{"uid":0,"comment":"\uD83D\uDE00\u0007\/"}}})");
  CHECK(policy.subjects[0].comment == "\xf0\x9f\x98\x80\x07/");
}

TEST_CASE("Marks in JSON are those of the values") {
  const auto result = read("{\n\t\"egressc\": 1, \"scope\": \"host\",\n  \"mode\": \"a\\\"\\\\\", \"deny\": 3\n}\n");
  REQUIRE(result.diagnostics.all().size() == 2);
  CHECK(result.diagnostics.all()[0].where == Location{"p.yaml", 3, 11});
  CHECK(result.diagnostics.all()[1].where == Location{"p.yaml", 3, 28});
}

TEST_CASE("Names that YAML takes for something else are names") {
  const Policy policy =
      good(with_allow("      - {to: [null.example, \"null\", 0x1f, yes], ports: [tcp], addresses: [192.0.2.1]}\n"));
  std::vector<std::string> names;
  for (const DomainName& name : policy.subjects[0].allow[0].names) names.push_back(name.key());
  CHECK(names == std::vector<std::string>{"0x1f", "null", "null.example", "yes"});
}

// A file of the source tree. Meson compiles and runs tests in the build directory, from which __FILE__ leads here.
std::string source_file(const std::string& name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../.." / name;
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.is_open(), path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("The example is a policy in its normal form, but for its first comment") {
  const std::string example = source_file("policy-examples/hand-written.yaml");
  const auto result = read(example);
  REQUIRE_MESSAGE(result.policy.has_value(), result.diagnostics.render(false));
  CHECK(result.policy->subjects.size() == 3);
  CHECK(write_policy_yaml(*result.policy) == example.substr(example.find('\n') + 1));
}

TEST_CASE("egressc-policy(5) shows the example as it is") {
  const std::string page = source_file("man/egressc-policy.5");
  constexpr std::string_view begin = ".Bd -literal\n";
  const std::size_t start = page.find(begin, page.find(".Sh EXAMPLES"));
  REQUIRE(start != std::string::npos);
  const std::size_t end = page.find(".Ed\n", start);
  REQUIRE(end != std::string::npos);
  CHECK(page.substr(start + begin.size(), end - start - begin.size()) ==
        source_file("policy-examples/hand-written.yaml"));
}

}  // namespace
}  // namespace egressc
