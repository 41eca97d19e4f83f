#include "egressc/backends.h"

#include <doctest/doctest.h>

#include "backends/rulesets.h"

using namespace egressc;
using rulesets::box;
using rulesets::one_subject;

namespace {

std::string print(std::string_view dialect, const Ruleset& ruleset) {
  for (const rulesets::Printer& printer : rulesets::printers)
    if (printer.name == dialect) return printer.print(ruleset);
  FAIL("no such dialect");
  return {};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a table of nftables") {
  Ruleset ruleset =
      one_subject({box("198.51.100.7", Protocol::tcp, 443, 443), box("203.0.113.0/24", Protocol::udp, 0, 99),
                   box("2001:db8::/32", Protocol::tcp, 0, 65535)});
  ruleset.groups[0].subjects[0].echo = {*parse_prefix("192.0.2.0/24")};
  ruleset.groups[0].uids = {{1001, 1001}, {2000, 2009}};
  ruleset.groups[0].subjects[0].uids = ruleset.groups[0].uids;
  const std::string text = print("nftables", ruleset);
  const std::size_t table = text.find("add table");
  REQUIRE(table != text.npos);
  CHECK(text.substr(table) ==
        "add table inet egressc\n"
        "delete table inet egressc\n"
        "table inet egressc {\n"
        "\tset u1001_4 {\n"
        "\t\ttypeof ip daddr . meta l4proto . th dport\n"
        "\t\tflags interval\n"
        "\t\tcounter\n"
        "\t\telements = {\n"
        "\t\t\t198.51.100.7 . tcp . 443,\n"
        "\t\t\t203.0.113.0/24 . udp . 0-99\n"
        "\t\t}\n"
        "\t}\n"
        "\tset u1001_6 {\n"
        "\t\ttypeof ip6 daddr . meta l4proto . th dport\n"
        "\t\tflags interval\n"
        "\t\tcounter\n"
        "\t\telements = {\n"
        "\t\t\t2001:db8::/32 . tcp . 0-65535\n"
        "\t\t}\n"
        "\t}\n"
        "\tset u1001_echo_4 {\n"
        "\t\ttypeof ip daddr\n"
        "\t\tflags interval\n"
        "\t\tcounter\n"
        "\t\telements = {\n"
        "\t\t\t192.0.2.0/24\n"
        "\t\t}\n"
        "\t}\n"
        "\tchain u1001 {\n"
        "\t\tcomment \"agent\"\n"
        "\t\tip daddr . meta l4proto . th dport @u1001_4 counter accept\n"
        "\t\tip6 daddr . meta l4proto . th dport @u1001_6 counter accept\n"
        "\t\ticmp type echo-request ip daddr @u1001_echo_4 counter accept\n"
        "\t\tcounter goto deny\n"
        "\t}\n"
        "\tchain deny {\n"
        "\t\tmeta l4proto tcp counter reject with tcp reset\n"
        "\t\tcounter reject with icmpx admin-prohibited\n"
        "\t}\n"
        "\tchain rules {\n"
        "\t\tct state established,related counter accept\n"
        "\t\tmeta skuid vmap {\n"
        "\t\t\t1001 : goto u1001,\n"
        "\t\t\t2000-2009 : goto u1001\n"
        "\t\t}\n"
        "\t}\n"
        "\tchain output {\n"
        "\t\ttype filter hook output priority filter; policy accept;\n"
        "\t\tgoto rules comment \"egressc 0.1.0 policy sha256 00ff\"\n"
        "\t}\n"
        "}\n");
}

TEST_CASE("a file of iptables-restore, and of the other family") {
  Ruleset ruleset =
      one_subject({box("198.51.100.7", Protocol::tcp, 443, 443), box("2001:db8::/32", Protocol::udp, 53, 53)});
  ruleset.log = LogRule{};
  std::string text = print("iptables-restore", ruleset);
  CHECK(text.substr(text.find("*filter")) ==
        "*filter\n"
        ":EGRESSC-OUT - [0:0]\n"
        ":EGRESSC-U1001 - [0:0]\n"
        ":EGRESSC-DENY - [0:0]\n"
        "-A OUTPUT -j EGRESSC-OUT\n"
        "-A EGRESSC-OUT -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN\n"
        "-A EGRESSC-OUT -m owner --uid-owner 1001 -m comment --comment \"agent\" -g EGRESSC-U1001\n"
        "-A EGRESSC-U1001 -d 198.51.100.7/32 -p tcp -m tcp --dport 443 -j RETURN\n"
        "-A EGRESSC-U1001 -g EGRESSC-DENY\n"
        "-A EGRESSC-DENY -m limit --limit 10/second --limit-burst 50 -j NFLOG --nflog-group 5 --nflog-prefix "
        "\"egressc-deny: \"\n"
        "-A EGRESSC-DENY -p tcp -j REJECT --reject-with tcp-reset\n"
        "-A EGRESSC-DENY -j REJECT --reject-with icmp-admin-prohibited\n"
        "COMMIT\n");
  text = print("ip6tables-restore", ruleset);
  CHECK(has(text, "-A EGRESSC-U1001 -d 2001:db8::/32 -p udp -m udp --dport 53 -j RETURN\n"));
  CHECK(has(text, "--reject-with icmp6-adm-prohibited\n"));
  CHECK_FALSE(has(text, "198.51.100.7"));
}

TEST_CASE("ports fill the slots of multiport, a range two of them") {
  struct Row {
    std::vector<PortRange> ports;
    std::vector<std::string_view> rules;
  };
  const Row rows[] = {
      {{{0, 65535}}, {" -p tcp -j RETURN\n"}},
      {{{80, 80}}, {" -p tcp -m tcp --dport 80 -j RETURN\n"}},
      {{{80, 90}}, {" -p tcp -m tcp --dport 80:90 -j RETURN\n"}},
      {{{1, 1}, {3, 3}}, {" -p tcp -m multiport --dports 1,3 -j RETURN\n"}},
      {{{1, 1},
        {3, 3},
        {5, 5},
        {7, 7},
        {9, 9},
        {11, 11},
        {13, 13},
        {15, 15},
        {17, 17},
        {19, 19},
        {21, 21},
        {23, 23},
        {25, 25},
        {27, 27},
        {29, 29},
        {31, 31}},
       {" --dports 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29 -j RETURN\n", " -m tcp --dport 31 -j RETURN\n"}},
      {{{1, 2}, {4, 5}, {7, 8}, {10, 11}, {13, 14}, {16, 17}, {19, 20}, {22, 23}, {25, 25}},
       {" --dports 1:2,4:5,7:8,10:11,13:14,16:17,19:20 -j RETURN\n", " --dports 22:23,25 -j RETURN\n"}},
  };
  for (const Row& row : rows) {
    std::vector<Box> boxes;
    for (const PortRange& range : row.ports) boxes.push_back(box("192.0.2.1", Protocol::tcp, range.first, range.last));
    const std::string text = print("iptables-restore", one_subject(boxes));
    for (const std::string_view rule : row.rules) CHECK_MESSAGE(has(text, rule), text);
    std::size_t rules = 0;
    for (std::size_t at = 0; (at = text.find("-d 192.0.2.1/32", at)) != text.npos; ++at) ++rules;
    CHECK(rules == row.rules.size());
  }
}

TEST_CASE("a range of addresses that is no prefix becomes several") {
  Box odd = box("192.0.2.1", Protocol::tcp, 80, 80);
  odd.addresses.last = *parse_address("192.0.2.4");
  for (const std::string_view prefix : {"192.0.2.1", "192.0.2.2/31", "192.0.2.4"})
    for (const std::string_view dialect : {"nftables", "iptables-restore", "ferm"})
      CHECK(has(print(dialect, one_subject({odd})), prefix));
}

TEST_CASE("the log of denials") {
  struct Row {
    std::optional<LogRule> log;
    Mode mode;
    std::string_view nft;
    std::string_view xtables;
  };
  const Row rows[] = {
      {std::nullopt, Mode::monitor,
       "limit rate 10/second burst 50 packets log prefix \"egressc-monitor: \" level info flags skuid\n",
       "--limit 10/second --limit-burst 50 -j LOG --log-prefix \"egressc-monitor: \" --log-level info --log-uid\n"},
      {LogRule{7, 3, "minute"}, Mode::enforce,
       "limit rate 3/minute burst 15 packets log prefix \"egressc-deny: \" group 7\n",
       "--limit 3/minute --limit-burst 15 -j NFLOG --nflog-group 7 --nflog-prefix \"egressc-deny: \"\n"},
      {LogRule{7, 3, "day"}, Mode::monitor,
       "limit rate 3/day burst 3 packets log prefix \"egressc-monitor: \" group 7\n",
       "--limit 3/day --limit-burst 3 -j NFLOG --nflog-group 7 --nflog-prefix \"egressc-monitor: \"\n"},
      {LogRule{7, 4000000000, "second"}, Mode::enforce, "limit rate 10000/second burst 10000 packets",
       "--limit 10000/second --limit-burst 10000 "},
  };
  for (const Row& row : rows) {
    Ruleset ruleset = one_subject({});
    ruleset.log = row.log;
    ruleset.mode = row.mode;
    CHECK(has(print("nftables", ruleset), row.nft));
    CHECK(has(print("iptables-restore", ruleset), row.xtables));
  }
  CHECK_FALSE(has(print("nftables", one_subject({})), "log prefix"));
}

TEST_CASE("a policy for the host owns OUTPUT, one for subjects leaves it alone") {
  struct Row {
    Scope scope;
    Mode mode;
    std::string_view nft;
    std::string_view xtables;  // ":OUTPUT …"; "" for no line
    std::string_view pass;
  };
  const Row rows[] = {
      {Scope::subjects, Mode::enforce, "policy accept;", "", "RETURN"},
      {Scope::subjects, Mode::monitor, "policy accept;", "", "RETURN"},
      {Scope::host, Mode::enforce, "policy drop;", ":OUTPUT DROP [0:0]\n", "ACCEPT"},
      {Scope::host, Mode::monitor, "policy accept;", ":OUTPUT ACCEPT [0:0]\n", "RETURN"},
  };
  for (const Row& row : rows) {
    Ruleset ruleset = one_subject({box("192.0.2.1", Protocol::tcp, 80, 80)});
    ruleset.scope = row.scope;
    ruleset.mode = row.mode;
    CHECK(has(print("nftables", ruleset), row.nft));
    for (const std::string_view dialect : {"iptables-restore", "ip6tables-restore"}) {
      const std::string text = print(dialect, ruleset);
      CHECK(has(text, ":OUTPUT") == !row.xtables.empty());
      CHECK(has(text, row.xtables));
    }
    CHECK(has(print("iptables-restore", ruleset), "--dport 80 -j " + std::string(row.pass) + "\n"));
    CHECK(has(print("ferm", ruleset), "dport 80 " + std::string(row.pass) + ";\n"));
    if (row.mode == Mode::monitor)
      for (const rulesets::Printer& printer : rulesets::printers) {
        const std::string text = printer.print(ruleset);
        for (const std::string_view denial : {"reject with", "REJECT", "DROP", "policy drop", "counter drop"})
          CHECK_FALSE_MESSAGE(has(text, denial), text);
      }
  }
}

TEST_CASE("each word of the baseline stands for its own rules") {
  struct Row {
    Baseline word;
    std::string_view nft;
    std::string_view v4;
    std::string_view v6;
  };
  const Row rows[] = {
      {Baseline::ndp, "nd-neighbor-solicit", "", "--icmpv6-type 135 -m hl --hl-eq 255"},
      {Baseline::mld, "mld2-listener-report", "", "--icmpv6-type 143 -m hl --hl-eq 1"},
      {Baseline::dhcp, "udp sport 68 udp dport 67", "--sport 68 --dport 67", "--sport 546 --dport 547"},
      {Baseline::icmp_errors, "packet-too-big", "--icmp-type 11", "--icmpv6-type 2"},
      {Baseline::loopback, "oif \"lo\"", "-o lo", "-o lo"},
  };
  for (const Row& with : rows) {
    Ruleset ruleset = one_subject({});
    ruleset.scope = Scope::host;
    ruleset.baseline = {with.word};
    const std::string nft = print("nftables", ruleset);
    const std::string v4 = print("iptables-restore", ruleset);
    const std::string v6 = print("ip6tables-restore", ruleset);
    CHECK(has(v4, with.v4));
    for (const Row& row : rows) {
      CHECK(has(nft, row.nft) == (row.word == with.word));
      CHECK(has(v6, row.v6) == (row.word == with.word));
    }
  }
}
