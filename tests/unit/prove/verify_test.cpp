#include "prove/verify.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "egressc/lower.h"
#include "egressc/policy.h"

using namespace egressc;

namespace {

constexpr std::string_view policy_text = R"(
egressc: 1
scope: host
deny: reject
mode: enforce
established: keep
baseline: [ndp, mld, dhcp, icmp-errors]
subjects:
  agent:
    uid: 1001
    allow:
      - to: api.example.com
        ports: [tcp/443]
        addresses: [198.51.100.7, "2001:db8::7"]
      - to: 203.0.113.0/25
        ports: [udp/1000-1002]
  builder:
    uid: 1002
    allow:
      - to: 192.0.2.9
        ports: [any/22]
      - to: "2001:db8:1::/64"
        ports: [tcp]
)";

struct Printed {
  Policy policy;
  std::vector<PrintedFile> files;
};

Printed print(const std::string& text) {
  Diagnostics diagnostics;
  Printed printed;
  printed.policy = *read_policy(text, "policy.yaml", nullptr, diagnostics);
  const auto lowered = lower_policy(printed.policy, {"0", std::nullopt, ""}, diagnostics);
  printed.files = print_dialect("all", printed.policy, lowered->ruleset, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return printed;
}

PrintedFile& file_of(Printed& printed, std::string_view dialect) {
  for (PrintedFile& file : printed.files)
    if (file.dialect == dialect) return file;
  FAIL("no such dialect");
  return printed.files.front();
}

}  // namespace

TEST_CASE("every dialect is equal to its policy") {
  std::string text(policy_text);
  for (const std::string_view change : {"", "scope: subjects", "deny: drop", "mode: monitor", "established: cut"}) {
    CAPTURE(change);
    std::string changed = text;
    if (!change.empty()) {
      const std::string key(change.substr(0, change.find(':') + 1));
      const auto start = changed.find("\n" + key) + 1;
      changed.replace(start, changed.find('\n', start) - start, change);
      if (change == "scope: subjects") {
        const auto baseline = changed.find("baseline:");
        changed.erase(baseline, changed.find('\n', baseline) - baseline);
      }
    }
    const Printed printed = print(changed);
    REQUIRE(printed.files.size() == 6);
    CHECK(differences(printed.files, printed.policy, std::nullopt) == "");
  }
}

TEST_CASE("a fault in a backend does not survive") {
  struct Row {
    std::string_view dialect;
    std::string_view fault;
    std::string_view from;
    std::string_view to;
  };
  const Row rows[] = {
      {"nftables", "wrong port", "198.51.100.7 . tcp . 443", "198.51.100.7 . tcp . 444"},
      {"nftables", "missing v6", "\t\tip6 daddr . meta l4proto . th dport @u1001_6 counter accept\n", ""},
      {"nftables", "uid swapped", "1001 : goto u1001,\n\t\t\t1002 : goto u1002",
       "1001 : goto u1002,\n\t\t\t1002 : goto u1001"},
      {"nftables", "final drop forgotten", "counter reject with icmpx admin-prohibited", "counter accept"},
      {"nftables", "final deny forgotten", "@u1002_6 counter accept\n\t\tcounter goto deny",
       "@u1002_6 counter accept\n\t\tcounter accept"},
      {"nftables", "prefix off by one", "203.0.113.0/25", "203.0.113.0/24"},
      {"nftables", "jump lost", "1002 : goto u1002", "1003 : goto u1002"},
      {"iptables-restore", "wrong port", "--dport 443", "--dport 444"},
      {"iptables-restore", "uid swapped", "--uid-owner 1001 -m", "--uid-owner 1002 -m"},
      {"iptables-restore", "final drop forgotten", "-A EGRESSC-U1001 -g EGRESSC-DENY", "-A EGRESSC-U1001 -j ACCEPT"},
      {"iptables-restore", "prefix off by one", "203.0.113.0/25", "203.0.113.0/26"},
      {"iptables-restore", "jump lost", "-A OUTPUT -j EGRESSC-OUT\n", ""},
      {"ip6tables-restore", "missing v6", "2001:db8::7", "2001:db8::8"},
      {"ip6tables-restore", "uid swapped", "--uid-owner 1002 -m", "--uid-owner 1003 -m"},
      {"ip6tables-restore", "final drop forgotten", "-A EGRESSC-U1002 -g EGRESSC-DENY", "-A EGRESSC-U1002 -j ACCEPT"},
      {"ip6tables-restore", "prefix off by one", "2001:db8:1::/64", "2001:db8:1::/63"},
      {"ip6tables-restore", "jump lost", "-A OUTPUT -j EGRESSC-OUT\n", ""},
      {"ferm", "wrong port", "dport 443", "dport 442"},
      {"ferm", "missing v6", "2001:db8::7", "2001:db8::6"},
      {"ferm", "uid swapped", "uid-owner 1001", "uid-owner 1003"},
      {"ferm", "prefix off by one", "203.0.113.0/25", "203.0.113.0/24"},
      {"ferm", "final drop forgotten", "REJECT reject-with tcp-reset", "ACCEPT"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.dialect);
    CAPTURE(row.fault);
    Printed printed = print(std::string(policy_text));
    PrintedFile& file = file_of(printed, row.dialect);
    const auto place = file.text.find(row.from);
    CAPTURE(file.text);
    REQUIRE(place != std::string::npos);
    file.text.replace(place, row.from.size(), row.to);
    const std::string report = differences(printed.files, printed.policy, std::nullopt);
    CHECK(report.starts_with(std::string(row.dialect) + ":"));
  }
}

TEST_CASE("what is live is compared by subject, name, family and services") {
  const std::string text = R"(
egressc: 1
scope: subjects
deny: reject
mode: enforce
established: keep
subjects:
  agent:
    uid: 1001
    allow:
      - to: api.example.com
        ports: [tcp/443]
        addresses: [198.51.100.7]
        live: true
      - to: "*.cdn.example.com"
        ports: [tcp/443, icmpv6]
        live: true
)";
  struct Row {
    std::string_view from;
    std::string_view to;
  };
  const Row rows[] = {
      {"comment \"api.example.com\"\n", "comment \"apl.example.com\"\n"},
      {"comment \"below cdn.example.com\"\n", "comment \"cdn.example.com\"\n"},
      {"_4 tcp dport { 443 }", "_4 tcp dport { 444 }"},
      {"_6 tcp dport { 443 }", "_6 udp dport { 443 }"},
      {"1001 : goto u1001", "1002 : goto u1001"},
      {"flags timeout", "flags interval"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from);
    Diagnostics diagnostics;
    const Policy policy = *read_policy(text, "policy.yaml", nullptr, diagnostics);
    const auto lowered = lower_policy(policy, {"0", std::nullopt, ""}, diagnostics);
    auto files = print_dialect("nftables", policy, lowered->ruleset, diagnostics);
    REQUIRE(files.size() == 1);
    CHECK(differences(files, policy, std::nullopt) == "");
    const auto place = files.front().text.find(row.from);
    CAPTURE(files.front().text);
    REQUIRE(place != std::string::npos);
    files.front().text.replace(place, row.from.size(), row.to);
    CHECK(differences(files, policy, std::nullopt) != "");
  }
}
