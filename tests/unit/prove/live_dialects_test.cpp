#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "egressc/lower.h"
#include "egressc/readers.h"
#include "intake/inputs.h"
#include "prove/verify.h"

using namespace egressc;

namespace {

constexpr std::string_view policy_text = R"(
egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - to: api.example.com
        ports: [tcp/443, udp/8000-8001, icmp]
        addresses: [198.51.100.7, "2001:db8::7"]
        live: true
      - to: "*.example.org"
        ports: [tcp/443]
        live: true
      - to: cdn.example.org
        ports: [tcp/80]
        live: true
  other:
    uid: 1002
    allow:
      - to: api.example.com
        ports: [tcp]
        live: true
)";

Policy policy_of(std::string_view text) {
  Diagnostics diagnostics;
  auto policy = read_policy(text, "policy.yaml", nullptr, diagnostics);
  INFO(diagnostics.render(false));
  REQUIRE(policy);
  return *policy;
}

struct Printed {
  Policy policy = policy_of(policy_text);
  Ruleset ruleset;
  std::vector<PrintedFile> files;

  Printed() {
    Diagnostics diagnostics;
    ruleset = lower_policy(policy, {"0", std::nullopt, ""}, diagnostics)->ruleset;
    files = print_dialect("all", policy, ruleset, diagnostics, true);
    REQUIRE_FALSE(diagnostics.has_errors());
  }

  std::string& text(std::string_view dialect) {
    for (PrintedFile& file : files)
      if (file.dialect == dialect) return file.text;
    FAIL("no such dialect");
    return files.front().text;
  }

  std::string report(std::string_view dialect) {
    const std::vector<PrintedFile> one{*find_printed(files, dialect)};
    return differences(one, policy, std::nullopt, files);
  }
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != text.npos, text);
  return text.replace(at, from.size(), to);
}

// The line with `part` in it is left out.
std::string without_line(const std::string& text, std::string_view part) {
  const auto at = text.find(part);
  REQUIRE_MESSAGE(at != text.npos, text);
  const auto begin = text.rfind('\n', at) + 1;
  return text.substr(0, begin) + text.substr(text.find('\n', at) + 1);
}

}  // namespace

TEST_CASE("live sets are equal to the policy in every dialect") {
  Printed printed;
  CHECK(printed.files.size() == 9);
  CHECK(differences(printed.files, printed.policy, std::nullopt) == "");
}

TEST_CASE("each text is found wrong by itself") {
  struct Row {
    std::string_view dialect;
    std::string_view from;
    std::string_view to;
    std::string_view what;
  };
  const Row rows[] = {
      {"iptables-restore", "--dport 443", "--dport 444", "allows it, the output may deny"},
      {"iptables-restore", " -m set --match-set", " -m comment --comment x -m set ! --match-set", "may allow it"},
      {"ipset", "add n_", "#add n_", "198.51.100.7"},
      {"ipset", ": api.example.com", ": evil.example.com", "evil.example.com"},
      {"dnsmasq", "nftset=/api.example.com/", "nftset=/evil.example.com/", "evil.example.com"},
      {"dnsmasq", "nftset=/api.example.com/", "nftset=/com/", "\"com\""},
      {"dnsmasq", "/4#inet#", "/6#inet#", "may deny it"},
      {"dnsmasq-ipset", "ipset=/api.example.com/", "ipset=/evil.example.com/", "evil.example.com"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from);
    Printed printed;
    CHECK(printed.report(row.dialect) == "");
    std::string& text = printed.text(row.dialect);
    text = replaced(text, row.from, row.to);
    const std::string report = printed.report(row.dialect);
    CHECK_MESSAGE(has(report, row.what), report);
    CHECK(report.starts_with(std::string(row.dialect) + ":\n"));
  }
}

TEST_CASE("the nearer name alone is heeded, so it fills the wildcard's set too") {
  Printed printed;
  Diagnostics diagnostics;
  std::string& text = printed.text("dnsmasq");
  const auto told = read_dnsmasq(text, "conf", SetKind::nftables, diagnostics);
  REQUIRE(told);
  CHECK(diagnostics.all().empty());
  const auto line = text.find("nftset=/cdn.example.org/");
  REQUIRE(line != text.npos);
  const std::string end = text.substr(line, text.find('\n', line) - line);
  CHECK(std::count(end.begin(), end.end(), ',') == 3);
  // Without the wildcard's set at the nearer name, what is below it would stay closed.
  text = text.substr(0, line) + end.substr(0, end.find(',', end.find(',') + 1)) + "\n";
  CHECK(has(printed.report("dnsmasq"), "may deny it"));
}

TEST_CASE("a line that is lost opens nothing, and is found") {
  for (const std::string_view dialect : {"dnsmasq", "dnsmasq-ipset"}) {
    Printed printed;
    printed.text(dialect) = without_line(printed.text(dialect), "set=/api.example.com/");
    const std::string report = printed.report(dialect);
    CHECK(has(report, "the policy allows it, the output may deny it"));
    CHECK_FALSE(has(report, "the policy denies it"));
  }
}

TEST_CASE("what dnsmasq cannot say is an error, or told") {
  Printed printed;
  for (const Dialect& dialect : dialects()) {
    CAPTURE(dialect.name);
    Diagnostics refused;
    Diagnostics accepted;
    check_features(printed.ruleset, dialect, false, refused);
    check_features(printed.ruleset, dialect, true, accepted);
    const bool resolver = dialect.kind == DialectKind::resolver;
    CHECK(refused.has_errors() == resolver);
    CHECK_FALSE(accepted.has_errors());
    CHECK(accepted.all().size() == (resolver ? 4 : 0));
    if (resolver) CHECK(has(refused.render(false), "--accept-below"));
    if (resolver) CHECK(has(accepted.render(false), "\"example.org\" too what"));
  }
}

TEST_CASE("a line that dnsmasq would cut is refused") {
  Printed printed;
  LiveSet set = printed.ruleset.groups[0].subjects[0].live[0];
  for (int i = 0; i < 14; ++i) {
    set.identifier = "n_" + std::string(15, '0') + static_cast<char>('a' + i);
    printed.ruleset.groups[0].subjects[0].live.push_back(set);
  }
  Diagnostics diagnostics;
  check_features(printed.ruleset, *find_dialect("dnsmasq"), true, diagnostics);
  CHECK(has(diagnostics.render(false), "1023 bytes"));
  Diagnostics shorter;
  check_features(printed.ruleset, *find_dialect("dnsmasq-ipset"), true, shorter);
  CHECK_FALSE(shorter.has_errors());
}

TEST_CASE("what a configuration of dnsmasq says") {
  struct Row {
    std::string_view text;
    std::string_view complaint;  // "": none
    std::string_view set;        // that it fills
    std::string_view label;
  };
  const Row rows[] = {
      {"cache-size=0\nnftset=/a.example/4#inet#egressc#n_1_4\n", "", "n_1_4", "a.example"},
      {"cache-size=0\nnftset=/a.example/4#inet#egressc#n_1_4\n", "", "n_1_4", "below a.example"},
      {"nftset=/a.example/inet#egressc#n_1_4\n", "warning: an answer from dnsmasq's cache", "n_1_4", "a.example"},
      {"cache-size=0\nnftset=/A.example/b.example/inet#egressc#n_1_4\n", "", "n_1_4", "b.example"},
      {"cache-size=0\nnftset=/a.example/4#ip#filter#x,4#inet#egressc#n_1_4 # x\n", "", "n_1_4", "a.example"},
      {"cache-size=0\nnftset=/a.example/4#inet#other#n_1_4\n", "", "", ""},
      {"cache-size=0\nnftset=/a.example/4#inet#egressc#n_1_4\nnftset=/a.example/4#inet#egressc#n_2_4\n",
       "warning: of two lines", "n_1_4", "a.example"},
      {"nftset=a.example\n", "error: a name has to stand", "", ""},
      {"nftset=/a..example/n\n", "error: \"a..example\"", "", ""},
      {"conf-dir=/etc/dnsmasq.d\nserver=192.0.2.1\n", "warning: what conf-dir names", "", ""},
      {"", "", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    const auto told = read_dnsmasq(row.text, "conf", SetKind::nftables, diagnostics);
    CHECK(told.has_value() != diagnostics.has_errors());
    CHECK_MESSAGE(has(diagnostics.render(false), row.complaint), diagnostics.render(false));
    CHECK(diagnostics.all().empty() == row.complaint.empty());
    if (!told) continue;
    CHECK(told->surely.empty() == row.set.empty());
    if (row.set.empty()) continue;
    const auto& filled = told->surely.find(row.set)->second;
    CHECK(std::any_of(filled.begin(), filled.end(), [&](const Filling& one) { return one.label == row.label; }));
  }
}

TEST_CASE("who vouches for a name decides what follows DNS") {
  const Policy reviewed = policy_of(R"(
egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7]}
      - {to: "*.example.org", ports: [tcp/443], live: true}
)");
  Policy policy = policy_of(R"(
egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - {to: api.example.com, ports: [tcp/8443], addresses: [198.51.100.7]}
      - {to: cdn.example.org, ports: [tcp/443], addresses: [198.51.100.8]}
      - {to: example.org, ports: [tcp/443], addresses: [198.51.100.8]}
      - {to: [api.example.com, b.example.com], ports: [tcp/443], addresses: [198.51.100.9]}
      - {to: 192.0.2.1, ports: [tcp/443]}
  other:
    uid: 1002
    allow:
      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7]}
)");
  Policy pinned = policy;
  Diagnostics diagnostics;
  make_names_live(policy, vouched_for({reviewed}, Ceiling()), diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(diagnostics.all().size() == 3);
  std::vector<std::string> live;
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow)
      if (grant.live) live.push_back(subject.label + " " + grant.names.front().key());
  CHECK(live == std::vector<std::string>{"agent api.example.com", "agent cdn.example.org"});

  Diagnostics refused;
  make_names_live(pinned, vouched_for({}, Ceiling()), refused);
  CHECK(refused.has_errors());
  CHECK(has(refused.render(false), "a governed process chooses"));
}
