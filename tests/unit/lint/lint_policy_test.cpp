#include <filesystem>
#include <fstream>
#include <iterator>

#include "lint/lint_fixture.h"

namespace egressc {
namespace {

using namespace lint_tests;

std::string found(std::string_view policy, LintOptions options = {}) {
  return joined(ids(findings_of(policy, std::move(options))));
}

constexpr std::string_view one_grant = "      - {to: 203.0.113.7, ports: [tcp/443]}\n";

TEST_CASE("Rules are sorted by id, and each has a summary") {
  for (std::size_t i = 0; i < lint_rules().size(); ++i) {
    CHECK(!lint_rules()[i].summary.empty());
    if (i != 0) CHECK(lint_rules()[i - 1].id < lint_rules()[i].id);
  }
}

TEST_CASE("egressc-check(1) lists every rule with its severity, and no other") {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../man/egressc-check.1");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const char* words[] = {"note", "warning", "error"};
  std::size_t at = page.find(".Ss Findings");
  REQUIRE(at != std::string::npos);
  for (const LintRule& rule : lint_rules()) {
    const std::size_t next = page.find("\n.It Cm ", at);
    const std::string item =
        std::string("\n.It Cm ").append(rule.id).append(" Pq ").append(words[static_cast<std::size_t>(rule.severity)]);
    CHECK_MESSAGE(page.compare(next, item.size() + 1, item + "\n") == 0, rule.id);
    at = next + 1;
  }
  CHECK(page.find("\n.It Cm ", at) > page.find(".Ss JSON"));
}

TEST_CASE("Errors alone are the errors of all") {
  const auto errors = [](std::string_view policy) {
    LintOptions options;
    options.errors_only = true;
    std::vector<Finding> all = findings_of(policy);
    std::erase_if(all, [](const Finding& finding) { return finding.severity != Severity::error; });
    const std::string found = joined(ids(all));
    CHECK(joined(ids(findings_of(policy, std::move(options)))) == found);
    return found;
  };
  CHECK(errors("egressc: 1\nscope: subjects\nsubjects: {}\n") == "no-subjects");
  CHECK(errors(with_grants("      - {to: 169.254.169.254, ports: [tcp/80]}\n"
                           "      - {to: \"*.co.uk\", ports: [tcp], live: true}\n"
                           "      - {to: 0.0.0.0/0, ports: [tcp/25]}\n")) == "metadata public-suffix");
  CHECK(errors("egressc: 1\nscope: host\nsubjects: {}\n") == "");
  for (const LintRule& rule : lint_rules())
    if (rule.severity == Severity::error && rule.id != "guard")
      CHECK_MESSAGE((rule.id == "no-subjects" || rule.id == "metadata" || rule.id == "public-suffix"), rule.id);
}

TEST_CASE("Settings") {
  CHECK(found(with_grants(one_grant)) == "");
  CHECK(found(with_grants(one_grant, "mode: monitor\n")) == "monitor");
  CHECK(found("egressc: 1\nscope: subjects\nsubjects:\n  a:\n    uid: 1\n    allow:\n" + std::string(one_grant)) ==
        "no-log");
}

TEST_CASE("Subjects") {
  const auto subject = [](std::string_view ids, std::string_view scope = "subjects") {
    return "egressc: 1\nscope: " + std::string(scope) +
           "\nlog: {nflog: 5, rate: 10/second}\nsubjects:\n  a:\n    uid: " + std::string(ids) + "\n    allow:\n" +
           std::string(one_grant);
  };
  CHECK(found(subject("1001")) == "");
  CHECK(found(subject("0")) == "root");
  CHECK(found(subject("0-5")) == "root uid-range");
  CHECK(found(subject("[1001, 1003]")) == "uid-range");
  CHECK(found(subject("0", "host")) == "baseline host-time root:note");
  CHECK(found("egressc: 1\nscope: subjects\nlog: {nflog: 5, rate: 10/second}\nsubjects:\n  a:\n    uid: 1\n") ==
        "no-grants");
}

TEST_CASE("A host needs more than its subjects") {
  const auto host = [](std::string_view baseline, std::string_view grants) {
    return "egressc: 1\nscope: host\nlog: {nflog: 5, rate: 10/second}\nbaseline: [" + std::string(baseline) +
           "]\nsubjects:\n  a:\n    uid: 100\n    allow:\n" + std::string(grants);
  };
  constexpr std::string_view whole = "ndp, mld, dhcp, icmp-errors, loopback";
  const std::string needs =
      "      - {to: 203.0.113.9, ports: [udp/123]}\n      - {to: 203.0.113.10, ports: [tcp/80]}\n";
  CHECK(found(host(whole, needs)) == "");
  CHECK(found(host("ndp, mld, dhcp, icmp-errors", needs)) == "baseline:note");
  CHECK(found(host("mld, dhcp, icmp-errors, loopback", needs)) == "baseline");
  CHECK(found(host("ndp, mld, dhcp, loopback", needs)) == "baseline");
  CHECK(found(host(whole, one_grant)) == "host-time");
  CHECK(found(host(whole, "      - {to: 203.0.113.9, ports: [udp/123]}\n")) == "host-updates");
  const std::string named = needs + "      - {to: a.example.com, ports: [tcp/22], live: true}\n";
  CHECK(found(host(whole, named)) == "host-resolver live-name");
  CHECK(found(host(whole, named + "      - {to: 203.0.113.53, ports: [udp/53], comment: forwarder}\n")) ==
        "dns-elsewhere:note live-name");
}

TEST_CASE("Evidence is told of once for a subject, with how many there are") {
  std::string grants;
  for (int i = 1; i <= 5; ++i)
    grants += "      - {to: 203.0.113." + std::to_string(i) + ", ports: [tcp/443], evidence: {seen: 1, by: [audit]}}\n";
  grants += "      - {to: 203.0.113.9, ports: [tcp/443], evidence: {seen: 2, by: [audit]}}\n";
  const auto findings = findings_of(with_grants(grants));
  CHECK(joined(ids(findings)) == "seen-once");
  CHECK(findings[0].count == 5);
  CHECK(findings[0].where == Location{"p.yaml", 8, 9});
  CHECK(findings[0].subject == "a");
  CHECK(findings[0].message == "5 grants seen once: 203.0.113.1, 203.0.113.2, 203.0.113.3 and 2 more");
}

TEST_CASE("Entries of review that are left") {
  const auto findings = findings_of(with_grants(one_grant) +
                                    "    review:\n      - {to: 169.254.169.254, ports: [tcp/80], reason: metadata}\n"
                                    "review:\n  - {to: 203.0.113.8, ports: [tcp/80], reason: no-subject}\n");
  CHECK(joined(ids(findings)) == "review-left review-left");
  CHECK(findings[0].message == "1 entry for review, which grant nothing: 169.254.169.254 (metadata)");
  CHECK(findings[1].subject == "");
}

TEST_CASE("Grants and addresses that are marked new") {
  const auto findings = findings_of(with_grants(
      "      - {to: 203.0.113.9, ports: [tcp/443], new: true}\n"
      "      - {to: a.example.com, ports: [tcp/443], addresses: [203.0.113.10, \"2001:db8::10\"], new: [203.0.113.10], "
      "comment: x}\n"));
  CHECK(joined(ids(findings)) == "new-grant new-grant pinned-name");
  CHECK(findings[0].message == "1 grant marked new: 203.0.113.9");
  CHECK(findings[1].message == "1 grant with addresses marked new: a.example.com");
  CHECK(found(with_grants("      - {to: 203.0.113.9, ports: [tcp/443], new: false}\n")) == "");
}

TEST_CASE("Time: a grant holds through its day") {
  LintOptions at;
  at.now = parse_iso_time("2026-12-01T12:00:00Z").value();
  const auto expiring = [&](std::string_view date) {
    return found(with_grants("      - {to: 203.0.113.7, ports: [tcp/443], expires: " + std::string(date) + "}\n"), at);
  };
  CHECK(expiring("2026-11-30") == "expired");
  CHECK(expiring("2026-12-01") == "expiring");
  CHECK(expiring("2026-12-31") == "expiring");
  CHECK(expiring("2027-01-01") == "");
  const auto last = [&](std::string_view time) {
    return found(with_grants("      - {to: 203.0.113.7, ports: [tcp/443], evidence: {seen: 2, first: " +
                             std::string(time) + ", last: " + std::string(time) + ", by: [audit]}}\n"),
                 at);
  };
  CHECK(last("2026-09-02T00:00:00Z") == "");
  CHECK(last("2026-09-01T00:00:00Z") == "stale");
  CHECK(found(with_grants("      - {to: 203.0.113.7, ports: [tcp/443], expires: 2020-01-01}\n")) == "");
}

TEST_CASE("Ranges of /etc/subuid that a subject does not hold") {
  const auto with = [](std::string_view uid, std::string subuid, std::string_view scope = "subjects") {
    LintOptions options;
    options.host = HostFiles{std::move(subuid), ""};
    options.users = {{"agent", 1001}};
    const auto findings = findings_of(
        "egressc: 1\nscope: " + std::string(scope) +
            "\nlog: {nflog: 5, rate: 10/second}\nbaseline: []\nsubjects:\n  a:\n    uid: " + std::string(uid) +
            "\n    allow:\n" + std::string(one_grant),
        options);
    return ids_but(ids(findings), {"uid-range", "baseline", "host-time", "host-updates"});
  };
  CHECK(with("1001", "1001:100000:65536\n") == "subordinate-ids");
  CHECK(with("1001", "agent:100000:65536\n") == "subordinate-ids");
  CHECK(with("1001", "other:100000:65536\n1002:200000:65536\n") == "");
  CHECK(with("[1001, 100000-165535]", "agent:100000:65536\n") == "");
  CHECK(with("[1001, 100000-165534]", "agent:100000:65536\n") == "subordinate-ids");
  CHECK(with("1001", "agent:100000\nagent:1:x\nagent:1:0\nagent:4294967295:2\n::\n\n") == "");
  CHECK(with("1001", "agent:100000:65536", "host") == "");
}

TEST_CASE("Name servers of resolv.conf that are no resolvers") {
  const auto with = [](std::string resolv_conf) {
    LintOptions options;
    options.host = HostFiles{"", std::move(resolv_conf)};
    return found(with_grants(one_grant, "resolvers: [127.0.0.53, \"2001:db8::53\"]\n"), options);
  };
  CHECK(with("# nameserver 192.0.2.1\nnameserver 127.0.0.53\nnameserver\t2001:db8::53 # six\n") == "dns-tunnel");
  CHECK(with("nameserver 192.0.2.1\noptions edns0\n") == "dns-tunnel resolver-mismatch");
  CHECK(with("nameserver\nnameserverx 192.0.2.1\nnameserver fe80::1%eth0\n") == "dns-tunnel");
}

}  // namespace
}  // namespace egressc
