// What iptables-save printed on machines of several kinds, and rulesets as large as theirs.
#include <fmt/core.h>

#include <ctime>
#include <vector>

#include "readers/xtables_fixture.h"

using namespace egressc;
using namespace egressc::xtables_tests;

namespace {

struct Expected {
  FlowPoint point;
  Verdict3 verdict;
};

struct Dump {
  std::vector<std::string_view> names;
  Family family;
  std::size_t undecided;
  std::vector<Expected> expected;
};

FlowPoint tcp(std::string_view to, unsigned port) { return flow(1000, 6, to, port); }
FlowPoint udp(std::string_view to, unsigned port) { return flow(1000, 17, to, port); }

const std::vector<Dump> dumps = {
    {{"docker.v4"}, Family::ipv4, 0, {{tcp("203.0.113.1", 80), allowed}}},
    {{"ufw.v4"},
     Family::ipv4,
     0,
     {{udp("192.0.2.1", 53), allowed},
      {tcp("192.0.2.1", 443), allowed},
      {tcp("192.0.2.1", 444), denied},
      {local(tcp("192.0.2.1", 444)), allowed},
      {tcp("198.51.100.1", 25), denied}}},
    {{"ufw.v6"},
     Family::ipv6,
     4,
     {{tcp("2001:db8::1", 443), undecided},
      {tcp("2001:db8::1", 80), denied},
      {flow(none, 58, "2001:db8::1", 1 << 8), undecided},
      {flow(none, 58, "ff02::2", 133 << 8), undecided}}},
    {{"firewalld-nft.v4", "firewalld-legacy.v4"},
     Family::ipv4,
     2,
     {{tcp("203.0.113.1", 80), undecided},
      {tcp("192.0.2.1", 80), allowed},
      {local(tcp("203.0.113.1", 80)), allowed},
      {flow(1000, 1, "192.0.2.1", 8 << 8), allowed}}},
    {{"kube-nft.v4", "kube-legacy.v4"},
     Family::ipv4,
     5,
     {{tcp("10.96.55.10", 5432), undecided},
      {tcp("10.96.55.10", 5433), allowed},
      {tcp("127.0.0.1", 80), undecided},
      {tcp("192.0.2.1", 80), allowed}}},
    {{"fail2ban.v4"},
     Family::ipv4,
     2,
     {{tcp("203.0.113.9", 80), denied},
      {tcp("203.0.113.65", 80), allowed},
      {tcp("203.0.113.80", 80), denied},
      {udp("198.51.100.200", 53), undecided},
      {udp("198.51.100.1", 53), allowed}}},
    {{"csf-nft.v4", "csf-legacy.v4"},
     Family::ipv4,
     5,
     {{tcp("192.0.2.1", 443), undecided},
      {tcp("192.0.2.1", 53), allowed},
      {tcp("198.51.100.7", 9), allowed},
      {tcp("203.0.113.66", 53), denied},
      {flow(0, 6, "192.0.2.1", 25), allowed},
      {flow(1000, 6, "192.0.2.1", 25, 12), allowed},
      {flow(1000, 6, "192.0.2.1", 25), undecided},  // from port 53
      {flow(1000, 17, "192.0.2.1", 25), denied},
      {flow(1000, 1, "192.0.2.1", 8 << 8), allowed}}},
    {{"openwrt.v4"},
     Family::ipv4,
     5,
     {{tcp("203.0.113.1", 80), denied}, {tcp("192.0.2.1", 80), allowed}, {local(tcp("203.0.113.1", 80)), allowed}}},
    {{"proxmox.v4"},
     Family::ipv4,
     2,
     {{tcp("192.0.2.9", 22), allowed},
      {tcp("192.0.2.9", 8006), allowed},
      {udp("192.0.2.9", 5406), allowed},
      {udp("198.51.100.1", 137), denied},
      {flow(none, 2, "224.0.0.22", 0), allowed},
      {udp("224.0.0.251", 5353), denied},
      {udp("255.255.255.255", 67), denied},
      {udp("198.51.100.1", 67), undecided}}},
    {{"matches.v4"},
     Family::ipv4,
     30,
     {{udp("224.0.0.251", 5353), allowed},
      {tcp("198.51.100.15", 80), denied},
      {udp("192.0.2.1", 1500), denied},
      {tcp("192.0.2.1", 80), undecided}}},
    {{"sets.v4"},
     Family::ipv4,
     3,
     {{tcp("203.0.113.7", 443), allowed},
      {udp("203.0.113.7", 53), allowed},
      {udp("203.0.113.7", 54), undecided},
      {tcp("203.0.113.7", 444), allowed},
      {tcp("203.0.113.64", 444), denied},
      {flow(1000, 1, "203.0.113.7", 8 << 8), allowed},
      {flow(1000, 47, "203.0.113.8", 0), allowed},
      {udp("192.0.2.1", 8002), allowed},
      {tcp("192.0.2.9", 22), allowed},
      {tcp("192.0.2.10", 22), denied},
      {local(tcp("127.0.0.1", 1)), allowed},
      {tcp("198.51.100.70", 1), allowed},
      {udp("198.51.100.70", 1), undecided},
      {tcp("198.51.100.70", 8000), allowed},
      {tcp("203.0.113.201", 1), allowed}}},
    {{"incompatible.v4"}, Family::ipv4, 1, {{tcp("192.0.2.8", 80), denied}, {tcp("192.0.2.9", 80), undecided}}},
};

// 5,000 chains and 20,000 rules, as kube-proxy makes them, but in the filter table.
std::string many_chains(unsigned chains) {
  std::string text = "*filter\n:OUTPUT DROP [0:0]\n:KUBE-SERVICES - [0:0]\n";
  const auto out = std::back_inserter(text);
  for (unsigned i = 0; i < chains; ++i) fmt::format_to(out, ":KUBE-SVC-{:016X} - [0:0]\n", i * 2654435761U);
  text += "-A OUTPUT -m conntrack --ctstate NEW -m comment --comment \"service portals\" -j KUBE-SERVICES\n";
  for (unsigned i = 0; i < chains; ++i)
    fmt::format_to(out,
                   "-A KUBE-SERVICES -d 10.{}.{}.{}/32 -p tcp -m comment --comment \"ns{}/svc:http cluster IP\" -m tcp "
                   "--dport {} -j KUBE-SVC-{:016X}\n",
                   96 + (i >> 16), i >> 8 & 255, i & 255, i % 50, 80 + i % 7, i * 2654435761U);
  for (unsigned i = 0; i < chains; ++i) {
    const std::string chain = fmt::format("KUBE-SVC-{:016X}", i * 2654435761U);
    fmt::format_to(out, "-A {} -m owner --uid-owner {} -j DROP\n", chain, 1000 + i % 100);
    fmt::format_to(out, "-A {} -m mark --mark 0x4000/0x4000 -j RETURN\n", chain);
    fmt::format_to(out, "-A {} -m comment --comment \"ns{}/svc:http\" -j ACCEPT\n", chain, i % 50);
  }
  return text + "COMMIT\n";
}

}  // namespace

TEST_CASE("dumps of machines are read whole") {
  const IpSets sets = sets_of(dump("sets.ipset"));
  for (const Dump& row : dumps) {
    for (const std::string_view name : row.names) {
      CAPTURE(name);
      const std::string text = dump(std::string(name));
      const Meaning meaning = meaning_of(text, row.family, &sets);
      for (const Expected& expected : row.expected) {
        CAPTURE(to_string(single(expected.point)));
        CHECK(verdict(meaning, expected.point) == expected.verdict);
      }
      for (const Undecided& rule : meaning.undecided) {
        CAPTURE(rule.text);
        CHECK(!rule.why.empty());
        CHECK(rule.why.find("not understood") == std::string::npos);
      }
      CHECK(meaning.undecided.size() == row.undecided);
      CHECK(family_of_iptables(text) == row.family);
      CHECK(sniff_ruleset(text) == RulesetDialect::iptables);
    }
  }
}

TEST_CASE("a dump of 5,000 chains") {
  const std::string text = many_chains(5000);
  const std::clock_t begin = std::clock();
  const Meaning meaning = meaning_of(text, Family::ipv4);
  CHECK(std::clock() - begin < 30 * CLOCKS_PER_SEC);
  CHECK(meaning.undecided.size() == 5000);
  CHECK(verdict(meaning, flow(1000, 6, "10.96.0.0", 80)) == denied);
  CHECK(verdict(meaning, flow(999, 6, "10.96.0.0", 80)) == undecided);
  CHECK(verdict(meaning, flow(999, 6, "10.96.0.0", 81)) == denied);
}
