#include <doctest/doctest.h>

#include "model/policy_fixture.h"

namespace egressc {
namespace {

using policy_tests::read;
using policy_tests::with_allow;

struct Case {
  std::string text;
  std::uint32_t line;
  std::uint32_t column;
  std::string message;  // parts of it
  std::string hint;
};

void check(const std::vector<Case>& cases) {
  for (const Case& wrong : cases) {
    CAPTURE(wrong.text);
    const auto result = read(wrong.text);
    REQUIRE_FALSE(result.policy.has_value());
    const Diagnostic& first = result.diagnostics.all().front();
    CAPTURE(result.diagnostics.render(false));
    CHECK(first.where.file == "p.yaml");
    CHECK(first.where.line == wrong.line);
    CHECK(first.where.column == wrong.column);
    CHECK(first.message.find(wrong.message) != std::string::npos);
    CHECK(first.hint.find(wrong.hint) != std::string::npos);
    CHECK(first.source.empty() == (wrong.line == 0));
  }
}

const std::string head = "egressc: 1\nscope: subjects\n";
const std::string json_head = R"({"egressc":1,"scope":"subjects",)";

TEST_CASE("What hides things from a reviewer is refused") {
  check({
      {"", 0, 0, "nothing in this file", "egressc: 1"},
      {"# only a comment\n", 0, 0, "nothing in this file", ""},
      {head + "deny: drop\ndeny: reject\n", 4, 1, "\"deny\" stands here twice; first in line 3", "keep one"},
      {json_head + "\"deny\":\"drop\",\"deny\":\"drop\"}", 1, 47, "stands here twice", ""},
      {head + "subjects:\n  a: {uid: 1}\n  \"a\": {uid: 2}\n", 5, 3, "stands here twice", ""},
      {head + "deny: &x drop\n", 3, 7, "an anchor", "&"},
      {head + "deny: !!str drop\n", 3, 7, "a tag", "!"},
      {head + "deny: ! drop\n", 3, 7, "a tag", "!"},
      {head + "deny: &x drop\nmode: *x\n", 3, 7, "an anchor", "&"},
      {head + "---\negressc: 1\n", 3, 1, "a second document", ""},
      {head + "...\nmode: enforce\n", 4, 1, "a second document", ""},
      {head + "? [deny]\n: drop\n", 3, 3, "a key has to be a word", ""},
      {head + "deny: \"dr\x01op\"\n", 3, 10, "control byte 0x01", "escape"},
      {head + "deny: \"dr\x7fop\"\n", 3, 10, "control byte 0x7f", "escape"},
      {head + "deny: dr\rop\n", 3, 9, "control byte 0x0d", ""},
      {head + "deny: \"\xff\"\n", 3, 8, "not UTF-8", ""},
      {head + std::string("deny: \0", 7), 3, 7, "control byte 0x00", ""},
      {head + "subjects: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]\n", 3, 26, "nested too deeply", ""},
      {head + "deny: \"drop\n", 3, 7, "this quote is never closed", "end of the file"},
      {head + "deny: 'drop", 3, 12, "illegal EOF in scalar", ""},
      {json_head + "\"deny\": \"drop\\\"", 1, 48, "neither YAML nor JSON", ""},
      {json_head, 1, 1, "neither YAML nor JSON", ""},
      {with_allow("      - to: *.example.com\n        ports: [tcp/443]\n"), 7, 13, "unquoted * begins an alias",
       "\"*.example.com\""},
      {with_allow("      - to: fd77::\n        ports: [tcp/443]\n"), 7, 18, "neither YAML nor JSON", "quote the IPv6"},
      {with_allow("      - to: a.example\n        ports: [tcp]\n        addresses: [fd77::, 192.0.2.1]\n"), 9, 21,
       "this is a map", "quote the IPv6"},
  });
}

TEST_CASE("Settings are one of their words") {
  check({
      {"scope: host\n", 1, 1, "does not say that it is a policy", "egressc: 1"},
      {"egressc: 2\nscope: host\n", 1, 10, "version 2", "egressc: 1"},
      {"egressc: 1.0\nscope: host\n", 1, 10, "version 1.0", ""},
      {"egressc: 01\nscope: host\n", 1, 10, "version 01", ""},
      {"egressc: 1\n", 1, 1, "no `scope`", "subjects only those listed"},
      {"[1, 2]\n", 1, 1, "a policy is wanted here, and this is a list", ""},
      {"hello\n", 1, 1, "a policy is wanted here, and this is a single value", ""},
      {"egressc: 1\nscope: hosts\n", 2, 8, "scope: \"hosts\"", "did you mean \"host\"? One of: host, subjects"},
      {head + "deny: allow\n", 3, 7, "deny: \"allow\"", "one of: reject, drop"},
      {head + "deny: Drop\n", 3, 7, "deny: \"Drop\"", "did you mean \"drop\""},
      {head + "denny: drop\n", 3, 1, "key of a policy: \"denny\"", "did you mean \"deny\""},
      {head + "deny:\nmode: enforce\n", 3, 1, "this is nothing", "leave the key out"},
      {head + "deny: ~\n", 3, 7, "this is nothing", "leave the key out"},
      {head + "mode: [enforce]\n", 3, 7, "this is a list", ""},
      {head + "log: {nflog: 65536}\n", 3, 14, "not a number from 1 to 65535", ""},
      {head + "log: {nflog: 0}\n", 3, 14, "not a number from 1 to 65535", ""},
      {head + "log: {rate: 10/sec}\n", 3, 13, "rate: \"10/sec\"", "10/second"},
      {head + "log: {rate: 0/second}\n", 3, 13, "rate: \"0/second\"", ""},
      {head + "log: {rate: 10001/day}\n", 3, 13, "rate: \"10001/day\"", "1 to 10000"},
      {head + "log: {rate: 10}\n", 3, 13, "rate: \"10\"", ""},
      {head + "log: true\n", 3, 6, "log is wanted here", ""},
      {head + "resolvers: [127.0.0.0/8]\n", 3, 13, "not an address", "192.0.2.53"},
      {head + "resolvers: [0.0.0.0]\n", 0, 0, "no resolver can be at 0.0.0.0", ""},
      {head + "baseline: [ndp]\n", 0, 0, "`baseline` is for `scope: host`", ""},
      {"egressc: 1\nscope: host\nbaseline: [icmp]\n", 3, 12, "baseline: \"icmp\"", "icmp-errors"},
      {head + "review:\n  - {to: 192.0.2.1}\n", 4, 5, "no `reason`", "allow"},
      {head + "review:\n  - {to: 192.0.2.1, reason: because}\n", 4, 29, "reason: \"because\"", "no-subject"},
  });
}

TEST_CASE("Ids are decimal numbers of someone") {
  const auto uid = [](const std::string& value) { return head + "subjects:\n  a: {uid: " + value + "}\n"; };
  check({
      {uid("010"), 4, 12, "uid: \"010\"", "without leading zeros: 10"},
      {uid("0x3e9"), 4, 12, "uid: \"0x3e9\"", "decimal: 1001"},
      {uid("1e3"), 4, 12, "uid: \"1e3\"", ""},
      {uid("-1"), 4, 12, "uid: \"-1\"", ""},
      {uid("+1"), 4, 12, "uid: \"+1\"", ""},
      {uid("1_000"), 4, 12, "uid: \"1_000\"", ""},
      {uid("4294967295"), 4, 12, "stands for no one", ""},
      {uid("4294967296"), 4, 12, "not a number from 0 to 4294967294", ""},
      {uid("99999999999999999999999"), 4, 12, "not a number", ""},
      {uid("0-4294967295"), 4, 12, "not a range", ""},
      {uid("9-2"), 4, 12, "not a range", "2-9"},
      {uid("5-"), 4, 12, "not a range", ""},
      {uid("1-2-3"), 4, 12, "not a range", ""},
      {uid("[1, [2]]"), 4, 16, "this is a list", ""},
      {uid("[]"), 4, 12, "an empty list", ""},
      {uid("\"\""), 4, 12, "is a name", ""},
      {uid("agent"), 4, 12, "\"agent\" is a name", "--passwd FILE"},
      {head + "subjects:\n  a: {gid: wheel}\n", 4, 12, "groups have to be given by number", "getent"},
      {head + "subjects:\n  a: {allow: []}\n", 4, 3, "neither `uid` nor `gid`", ""},
      {head + "subjects:\n  a: {uid: 1, alow: []}\n", 4, 15, "key of a subject: \"alow\"", "\"allow\""},
      {head + "subjects:\n  1a: {uid: 1}\n", 4, 3, "cannot be the name of a subject", "a letter"},
      {head + "subjects:\n  " + std::string(65, 'a') + ": {uid: 1}\n", 4, 3, "cannot be the name", ""},
      {head + "subjects:\n  - {uid: 1}\n", 4, 3, "a map of subjects is wanted", ""},
  });

  const UserIds users{{"agent", 1001}};
  CHECK(read(uid("agent"), &users).policy->subjects[0].uids == std::vector<IdRange>{{1001, 1001}});
  const auto unknown = read(uid("agnt"), &users);
  CHECK(unknown.diagnostics.all().front().message == "uid: there is no user \"agnt\"");
  CHECK(unknown.diagnostics.all().front().hint == "did you mean \"agent\"?");
}

TEST_CASE("Destinations are names, addresses and prefixes") {
  const auto to = [](const std::string& value) {
    return with_allow("      - to: " + value + "\n        ports: [tcp]\n        addresses: [192.0.2.1]\n");
  };
  check({
      {to("203.0.113.5/24"), 7, 13, "bits set behind its length", "203.0.113.0/24; the address alone is 203.0.113.5"},
      {to("\"2001:db8::1/32\""), 7, 13, "bits set", "2001:db8::/32"},
      {to("\"2001:db8:0:0:8::1/65\""), 7, 13, "bits set", "2001:db8::/65"},
      {to("1.2.3.4/0"), 7, 13, "bits set", "0.0.0.0/0"},
      {to("\"::ffff:192.0.2.5/120\""), 7, 13, "mapped IPv4", "192.0.2.0/24"},
      {to("192.0.2.0/33"), 7, 13, "not an address or a prefix", ""},
      {to("192.0.2"), 7, 13, "not an address or a prefix", ""},
      {to("192.0.2.256"), 7, 13, "not an address or a prefix", ""},
      {to("192.0.02.1"), 7, 13, "not an address or a prefix", ""},
      {to("https://a.example/"), 7, 13, "not an address", "no scheme"},
      {to("a.example:443"), 7, 13, "not an address", "[tcp/443]"},
      {to("\"[2001:db8::1]\""), 7, 13, "not an address", "without brackets"},
      {to("fe80::1%eth0"), 7, 13, "not an address", "zone"},
      {to("\"*\""), 7, 13, "not a host name", "0.0.0.0/0"},
      {to("\"a.*.example\""), 7, 13, "not a host name", "wildcard"},
      {to("a..example"), 7, 13, "not a host name", ""},
      {to("[a.example]"), 7, 13, "at least two", ""},
      {to("[a.example, 192.0.2.1]"), 7, 25, "not a name", "grant of its own"},
      {to("{a: b}"), 7, 13, "this is a map", ""},
      {to("a.example\n        to: b.example"), 8, 9, "stands here twice", ""},
  });
}

TEST_CASE("Ports, dates and the rest of a grant") {
  const auto with = [](const std::string& line) { return with_allow("      - to: 192.0.2.1\n        " + line + "\n"); };
  check({
      {with("ports: [443]"), 8, 17, "ports: \"443\"", "tcp/443"},
      {with("ports: [udq/53]"), 8, 17, "ports: \"udq/53\"", "did you mean udp/53?"},
      {with("ports: [tcp/70000]"), 8, 17, "ports: \"tcp/70000\"", "1 to 65535"},
      {with("ports: [tcp/080]"), 8, 17, "ports: \"tcp/080\"", ""},
      {with("ports: [tcp/9-3]"), 8, 17, "ports: \"tcp/9-3\"", "smaller one first"},
      {with("ports: [icmp/8]"), 8, 17, "ports: \"icmp/8\"", "no ports"},
      {with("ports: [sctp/1]"), 8, 17, "ports: \"sctp/1\"", ""},
      {with("ports: tcp/443"), 8, 16, "a list is wanted", "[tcp/443]"},
      {with("ports: []"), 8, 16, "an empty list", "[tcp/443]"},
      {with("comment: x"), 7, 9, "no `ports`", "[tcp/443]"},
      {with_allow("      - ports: [tcp]\n"), 7, 9, "no `to`", ""},
      {with_allow("      - 192.0.2.1\n"), 7, 9, "a grant is wanted here", ""},
      {with("ports: [tcp]\n        reason: noise"), 9, 9, "key of a grant: \"reason\"", ""},
      {with("ports: [tcp]\n        expires: 2026-02-30"), 9, 18, "not a date", "2026-12-31"},
      {with("ports: [tcp]\n        expires: 2026-2-3"), 9, 18, "not a date", ""},
      {with("ports: [tcp]\n        live: yes"), 9, 15, "live: \"yes\"", "true, false"},
      {with("ports: [tcp]\n        live: true"), 7, 9, "only a name follows DNS", ""},
      {with("ports: [tcp]\n        evidence: {seen: 18446744073709551616}"), 9, 26, "seen:", ""},
      {with("ports: [tcp]\n        evidence: {seen: 1.5}"), 9, 26, "seen:", ""},
      {with("ports: [tcp]\n        evidence: {first: yesterday}"), 9, 27, "first: \"yesterday\"", "2026-"},
      {with("ports: [tcp]\n        evidence: {first: 2026-01-02, last: 2026-01-01}"), 9, 19, "before `first`", ""},
      {with("ports: [tcp]\n        evidence: {exe: /bin/sh}"), 9, 25, "a list for exe is wanted", ""},
      {with("ports: [tcp]\n        evidence: {exes: []}"), 9, 20, "key of evidence: \"exes\"", "\"exe\""},
      {with("ports: [tcp]\n        evidence: {gid: [4294967295]}"), 9, 26, "stands for no one", ""},
  });
}

TEST_CASE("All errors come in one run, and no more than a person can read") {
  const auto result = read("egressc: 2\nscope: x\ndeny: x\nmode: x\nmode: enforce\n");
  CHECK(result.diagnostics.all().size() == 5);

  std::string text = head + "resolvers:\n";
  for (int i = 0; i < 100'000; ++i) text += "  - x\n";
  const auto flood = read(text);
  CHECK(flood.diagnostics.all().size() == 101);
  CHECK(flood.diagnostics.all().back().message == "too many errors: the rest is not shown");
}

}  // namespace
}  // namespace egressc
