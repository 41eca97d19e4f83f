#include <doctest/doctest.h>

#include "model/policy_fixture.h"
#include "policies.h"

namespace egressc {
namespace {

using policies::grant;
using policies::named;
using policies::subject;

Policy sample() {
  Policy policy;
  policy.scope = Scope::subjects;
  policy.log = LogRule{};
  policy.resolvers = {ipv4(0x7f000035)};
  Grant api = named("API.example.com", {"tcp/443", "udp/443"}, {"198.51.100.7", "2001:db8::7"});
  api.live = true;
  api.evidence = {412,       *parse_iso_time("2026-11-20T08:00:01.9Z"), *parse_iso_time("2026-11-23T06:59:58Z"),
                  {"audit"}, {"/usr/bin/python3", "/tmp/a b\n"},        {100},
                  {}};
  Grant prefix = grant("2001:db8::/32", {"tcp"});
  prefix.expires = CivilDate{2026, 12, 31};
  prefix.comment = "until the move: see OPS-12";
  policy.subjects = {subject("research-agent", {{1001, 1001}}, {}, {prefix, api}),
                     subject("null", {{2000, 2999}, {5000, 5000}}, {{7, 7}}, {})};
  policy.subjects[0].review.push_back({named("claimed.example", {}, {}), Reason::claimed});
  policy.review.push_back({grant("198.51.100.9", {"tcp/443"}), Reason::no_subject});
  normalize(policy);
  return policy;
}

TEST_CASE("YAML has one form") {
  CHECK(write_policy_yaml(sample()) == R"(egressc: 1
scope: subjects
deny: reject
mode: enforce
established: keep
log: {nflog: 5, rate: 10/second}
resolvers: [127.0.0.53]
subjects:
  research-agent:
    uid: 1001
    allow:
      - to: API.example.com
        ports: [tcp/443, udp/443]
        addresses: [198.51.100.7, "2001:db8::7"]
        live: true
        evidence: {seen: 412, first: 2026-11-20T08:00:01Z, last: 2026-11-23T06:59:58Z, by: [audit], exe: ["/tmp/a b\n", /usr/bin/python3], gid: [100]}
      - to: "2001:db8::/32"
        ports: [tcp]
        expires: 2026-12-31
        comment: "until the move: see OPS-12"
    review:
      - to: claimed.example
        reason: claimed
  "null":
    uid: [2000-2999, 5000]
    gid: 7
review:
  - to: 198.51.100.9
    ports: [tcp/443]
    reason: no-subject
)");
}

TEST_CASE("JSON is the same document") {
  Policy policy = sample();
  policy.subjects[0].allow.erase(policy.subjects[0].allow.begin());
  policy.subjects.pop_back();
  policy.review.clear();
  policy.resolvers.clear();
  CHECK(write_policy_json(policy) == R"({
  "egressc": 1,
  "scope": "subjects",
  "deny": "reject",
  "mode": "enforce",
  "established": "keep",
  "log": {
    "nflog": 5,
    "rate": "10/second"
  },
  "subjects": {
    "research-agent": {
      "uid": 1001,
      "allow": [
        {
          "to": "2001:db8::/32",
          "ports": [
            "tcp"
          ],
          "expires": "2026-12-31",
          "comment": "until the move: see OPS-12"
        }
      ],
      "review": [
        {
          "to": "claimed.example",
          "reason": "claimed"
        }
      ]
    }
  }
}
)");
}

TEST_CASE("Quotes stand where YAML needs them, and nowhere else") {
  static const struct {
    std::string comment, written;
  } cases[] = {
      {"for the build, see OPS-12 (Ada's)", "for the build, see OPS-12 (Ada's)"},
      {"\xc3\xa4rger", "\"\xc3\xa4rger\""},  // cautious about the first character
      {"f\xc3\xbcr Ada", "f\xc3\xbcr Ada"},
      {"true", "\"true\""},
      {"No", "\"No\""},
      {"null", "\"null\""},
      {"~", "\"~\""},
      {"1001", "\"1001\""},
      {"0x1f", "\"0x1f\""},
      {"1e3", "\"1e3\""},
      {"2026-11-20", "\"2026-11-20\""},
      {"-1", "\"-1\""},
      {"192.0.2.1", "192.0.2.1"},
      {"a: b", "\"a: b\""},
      {"a #b", "\"a #b\""},
      {"a ", "\"a \""},
      {"a  b", "\"a  b\""},
      {"*x", "\"*x\""},
      {"say \"x\" \\ y", R"("say \"x\" \\ y")"},
      {"two\nlines\tand\r", R"("two\nlines\tand\x0d")"},
      {"\x01\x7f", R"("\x01\x7f")"},
      {"\xff/\xc3", R"("\\xff/\\xc3")"},         // no UTF-8: the escape is text
      {"\xe2\x80\xae", R"("\u202e")"},           // right-to-left override
      {"\xf3\xa0\x80\x81", R"("\U000e0001")"},   // a tag character
      {"\xed\xa0\x80", R"("\\xed\\xa0\\x80")"},  // a surrogate is no UTF-8
      {"---", "\"---\""},
  };
  for (const auto& entry : cases) {
    CAPTURE(entry.written);
    Policy policy;
    policy.subjects = {subject("a", {{1, 1}}, {}, {})};
    policy.subjects[0].comment = entry.comment;
    normalize(policy);
    const std::string yaml = write_policy_yaml(policy);
    CHECK(yaml.find("    comment: " + entry.written + "\n") != std::string::npos);
    const auto again = policy_tests::read(yaml);
    REQUIRE(again.policy.has_value());
    CHECK(again.policy->subjects[0].comment == policy.subjects[0].comment);
    const std::string json = write_policy_json(policy);
    CHECK(std::all_of(json.begin(), json.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    CHECK(policy_tests::read(json).policy.value().subjects[0].comment == policy.subjects[0].comment);
  }
}

TEST_CASE("JSON is ASCII") {
  Policy policy;
  policy.subjects = {subject("a", {{1, 1}}, {}, {})};
  policy.subjects[0].comment = "\xc3\xa4\xf0\x9f\x98\x80\xff";
  CHECK(write_policy_json(policy).find(R"("\u00E4\uD83D\uDE00\\xff")") != std::string::npos);
}

TEST_CASE("The hash is that of the meaning") {
  const Policy policy = sample();
  const std::string hash = policy_hash(policy);
  // sha256sum of the document in compact JSON
  CHECK(hash == "e04932662bfe5fa5e503df3104d7dd85f37a92d363d2837e5f7ab0b28b1bec42");

  Policy same = policy;
  same.subjects[0].comment = "x";
  same.subjects[0].allow[0].comment = "y";
  same.subjects[0].allow[0].evidence = {};
  same.subjects[0].allow[0].names[0] = same.subjects[0].allow[0].names[0].lower();
  same.subjects[0].review.clear();
  same.review.clear();
  CHECK(policy_hash(same) == hash);

  // Two grants that only a comment tells apart mean what one does.
  Policy apart = policy;
  Grant half = apart.subjects[0].allow[1];
  half.comment = "the same again";
  apart.subjects[0].allow.push_back(half);
  normalize(apart);
  REQUIRE(apart.subjects[0].allow.size() == 3);
  CHECK(policy_hash(apart) == hash);

  const auto differs = [&](auto change) {
    Policy other = policy;
    change(other);
    return policy_hash(other) != hash;
  };
  CHECK(differs([](Policy& p) { p.scope = Scope::host; }));
  CHECK(differs([](Policy& p) { p.deny = Deny::drop; }));
  CHECK(differs([](Policy& p) { p.mode = Mode::monitor; }));
  CHECK(differs([](Policy& p) { p.established = Established::cut; }));
  CHECK(differs([](Policy& p) { p.log.reset(); }));
  CHECK(differs([](Policy& p) { p.resolvers.clear(); }));
  CHECK(differs([](Policy& p) { p.subjects[0].label = "b"; }));
  CHECK(differs([](Policy& p) { p.subjects[0].uids[0].last = 1002; }));
  CHECK(differs([](Policy& p) { p.subjects[0].allow[0].live = false; }));
  CHECK(differs([](Policy& p) { p.subjects[0].allow[0].addresses.pop_back(); }));
  CHECK(differs([](Policy& p) { p.subjects[0].allow[1].expires.reset(); }));
}

}  // namespace
}  // namespace egressc
