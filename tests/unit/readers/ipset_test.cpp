#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "readers/xtables_fixture.h"

using namespace egressc;
using namespace egressc::xtables_tests;

namespace {

// OUTPUT drops all but what one of the `matches` accepts.
Meaning only(std::string_view match, std::string_view sets, Family family = Family::ipv4) {
  const IpSets given = sets_of(sets);
  return meaning_of(fmt::format("*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT {} -j ACCEPT\nCOMMIT\n", match), family,
                    &given);
}

FlowPoint tcp(std::string_view to, unsigned port) { return flow(1000, 6, to, port); }
FlowPoint udp(std::string_view to, unsigned port) { return flow(1000, 17, to, port); }

struct Row {
  std::string_view set;  // lines, of which the first creates "x"
  std::string_view match;
  FlowPoint point;
  Verdict3 expected;
};

}  // namespace

TEST_CASE("what a packet has to be to be in a set") {
  const Row rows[] = {
      {"create x hash:ip\nadd x 192.0.2.1", "x dst", tcp("192.0.2.1", 1), allowed},
      {"create x hash:ip\nadd x 192.0.2.1", "x dst", tcp("192.0.2.2", 1), denied},
      {"create x hash:ip\nadd x 192.0.2.1-192.0.2.3", "x dst", tcp("192.0.2.2", 1), allowed},
      {"create x hash:ip\nadd x 192.0.2.0/30", "x dst", tcp("192.0.2.3", 1), allowed},
      {"create x hash:ip\nadd x 192.0.2.1", "x src", tcp("192.0.2.1", 1), undecided},
      {"create x hash:ip", "x src", tcp("192.0.2.1", 1), denied},
      {"create x hash:ip", "x dst", tcp("192.0.2.1", 1), denied},
      {"create x hash:ip family inet hashsize 64 maxelem 9 netmask 28 counters comment skbinfo\n"
       "add x 192.0.2.16 packets 1 bytes 2 comment \"a ; b\" skbmark 0x1/0x2 skbprio 1:2 skbqueue 3",
       "x dst", tcp("192.0.2.31", 1), allowed},
      {"create x hash:ip netmask 28\nadd x 192.0.2.16", "x dst", tcp("192.0.2.32", 1), denied},
      {"create x hash:ip family inet6\nadd x 2001:db8::1", "x dst", tcp("192.0.2.1", 1), denied},
      {"create x hash:ip timeout 60\nadd x 192.0.2.1 timeout 7", "x dst", tcp("192.0.2.1", 1), undecided},
      {"create x hash:ip timeout 60\nadd x 192.0.2.1", "x dst", tcp("192.0.2.1", 1), undecided},
      {"create x hash:ip timeout 60\nadd x 192.0.2.1 timeout 0", "x dst", tcp("192.0.2.1", 1), allowed},
      {"create x hash:ip timeout 0\nadd x 192.0.2.1", "x dst", tcp("192.0.2.1", 1), allowed},
      {"create x hash:ip timeout 60\nadd x 192.0.2.1 timeout 7", "x dst", tcp("192.0.2.2", 1), denied},
      {"create x hash:net\nadd x 192.0.2.0/24", "x dst", tcp("192.0.2.200", 1), allowed},
      {"create x hash:net\nadd x 192.0.2.0/24\nadd x 192.0.2.64/26 nomatch", "x dst", tcp("192.0.2.65", 1), denied},
      {"create x hash:net\nadd x 192.0.2.0/24\nadd x 192.0.2.64/26 nomatch", "x dst", tcp("192.0.2.63", 1), allowed},
      {"create x hash:net\nadd x 192.0.2.64/26 nomatch\nadd x 192.0.2.0/24", "x dst", tcp("192.0.2.128", 1), allowed},
      {"create x hash:net\nadd x 192.0.2.64/26 nomatch\nadd x 192.0.2.0/24\nadd x 192.0.2.65", "x dst",
       tcp("192.0.2.65", 1), allowed},
      {"create x hash:net\nadd x 192.0.2.0/24 nomatch", "x dst", tcp("192.0.2.65", 1), denied},
      {"create x hash:net timeout 9\nadd x 192.0.2.0/24 timeout 5\nadd x 192.0.2.0/26 nomatch timeout 0", "x dst",
       tcp("192.0.2.1", 1), undecided},
      {"create x hash:net\nadd x 192.0.2.0/24", "x src", tcp("192.0.2.65", 1), undecided},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x dst,dst", tcp("192.0.2.1", 80), allowed},
      {"create x hash:ip,port\nadd x 192.0.2.1,80", "x dst,dst", tcp("192.0.2.1", 80), allowed},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x dst,dst", udp("192.0.2.1", 80), denied},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80-90", "x dst,dst", tcp("192.0.2.1", 85), allowed},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x dst,src", tcp("192.0.2.1", 81), undecided},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x dst,src", udp("192.0.2.1", 81), denied},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x src,dst", tcp("203.0.113.1", 80), undecided},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x src,dst", tcp("203.0.113.1", 81), denied},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x dst", tcp("192.0.2.1", 80), denied},
      {"create x hash:ip,port\nadd x 192.0.2.1,tcp:80", "x dst,dst,dst", tcp("192.0.2.1", 80), allowed},
      {"create x hash:ip,port\nadd x 192.0.2.1,icmp:echo-request", "x dst,dst", flow(1, 1, "192.0.2.1", 8 << 8),
       allowed},
      {"create x hash:ip,port\nadd x 192.0.2.1,icmp:8/1", "x dst,dst", flow(1, 1, "192.0.2.1", 8 << 8), denied},
      {"create x hash:ip,port\nadd x 192.0.2.1,gre:0", "x dst,dst", flow(1, 47, "192.0.2.1", 0), allowed},
      {"create x hash:ip,port\nadd x 192.0.2.1,gre:5", "x dst,dst", flow(1, 47, "192.0.2.1", 0), denied},
      {"create x hash:ip,port\nadd x 192.0.2.1,sctp:5", "x dst,dst", flow(1, 132, "192.0.2.1", 0), undecided},
      {"create x hash:net,port\nadd x 192.0.2.0/24,udp:53\nadd x 192.0.2.9,udp:53 nomatch", "x dst,dst",
       udp("192.0.2.9", 53), denied},
      {"create x hash:net,port\nadd x 192.0.2.0/24,udp:53\nadd x 192.0.2.9,udp:54 nomatch", "x dst,dst",
       udp("192.0.2.9", 53), allowed},
      {"create x hash:ip,port,net\nadd x 192.0.2.1,tcp:80,192.0.2.0/24", "x dst,dst,dst", tcp("192.0.2.1", 80),
       allowed},
      {"create x hash:ip,port,net\nadd x 192.0.2.1,tcp:80,192.0.3.0/24", "x dst,dst,dst", tcp("192.0.2.1", 80), denied},
      {"create x hash:ip,port,ip\nadd x 192.0.2.1,tcp:80,192.0.3.1", "x src,dst,dst", tcp("192.0.3.1", 80), undecided},
      {"create x hash:ip,port,ip\nadd x 192.0.2.1,tcp:80,192.0.3.1", "x src,dst,dst", tcp("192.0.3.2", 80), denied},
      {"create x hash:net,net\nadd x 0.0.0.0/0,192.0.2.0/24", "x src,dst", tcp("192.0.2.1", 80), allowed},
      {"create x hash:net,net\nadd x 10.0.0.0/8,192.0.2.0/24", "x src,dst", tcp("192.0.2.1", 80), undecided},
      {"create x hash:net,net\nadd x 0.0.0.0/0,192.0.2.0/24\nadd x 0.0.0.0/0,192.0.2.0/28 nomatch", "x src,dst",
       tcp("192.0.2.1", 80), undecided},
      {"create x hash:net,iface\nadd x 192.0.2.0/24,lo", "x dst,dst", local(tcp("192.0.2.1", 80)), allowed},
      {"create x hash:net,iface\nadd x 192.0.2.0/24,lo", "x dst,dst", tcp("192.0.2.1", 80), denied},
      {"create x hash:net,iface\nadd x 192.0.2.0/24,eth0", "x dst,dst", tcp("192.0.2.1", 80), undecided},
      {"create x hash:net,iface\nadd x 192.0.2.0/24,eth0", "x dst,dst", local(tcp("192.0.2.1", 80)), denied},
      {"create x hash:net,iface\nadd x 192.0.2.0/24,l wildcard", "x dst,dst", local(tcp("192.0.2.1", 80)), undecided},
      {"create x hash:net,iface\nadd x 192.0.2.0/24,eth0", "x dst,src", tcp("192.0.2.1", 80), denied},
      {"create x hash:mac\nadd x 00:11:22:33:44:55", "x dst", tcp("192.0.2.1", 80), undecided},
      {"create x hash:mac", "x dst", tcp("192.0.2.1", 80), denied},
      {"create x hash:ip,mark markmask 0xff\nadd x 192.0.2.1,0x5", "x dst,dst", tcp("192.0.2.1", 80), undecided},
      {"create x hash:ip,mark\nadd x 192.0.2.1,0x5", "x dst,dst", tcp("192.0.2.2", 80), denied},
      {"create x bitmap:ip range 192.0.2.0-192.0.2.255 netmask 30\nadd x 192.0.2.4", "x dst", tcp("192.0.2.7", 1),
       allowed},
      {"create x bitmap:ip,mac range 192.0.2.0/24\nadd x 192.0.2.4,00:11:22:33:44:55", "x dst,dst", tcp("192.0.2.4", 1),
       undecided},
      {"create x bitmap:port range 0-65535\nadd x 80-90", "x dst", tcp("192.0.2.4", 85), allowed},
      {"create x bitmap:port range 0-65535\nadd x 80-90", "x dst", udp("192.0.2.4", 85), allowed},
      {"create x bitmap:port range 0-65535\nadd x 80-90", "x dst", flow(1, 1, "192.0.2.4", 85), denied},
      {"create x bitmap:port range 0-65535\nadd x 80-90", "x src", udp("192.0.2.4", 1), undecided},
      {"create x list:set size 8\ncreate y hash:ip\nadd y 192.0.2.1\nadd x y", "x dst", tcp("192.0.2.1", 1), allowed},
      {"create x list:set size 8\ncreate y hash:ip\nadd y 192.0.2.1\nadd x y", "x dst", tcp("192.0.2.2", 1), denied},
      {"create x list:set timeout 9\ncreate y hash:ip\nadd y 192.0.2.1\nadd x y timeout 5", "x dst",
       tcp("192.0.2.1", 1), undecided},
      {"create x list:set size 8\ncreate y list:set\ncreate z hash:ip\nadd z 192.0.2.1\nadd x y\nadd y x\nadd y z",
       "x dst", tcp("192.0.2.1", 1), undecided},
      {"create x list:set size 8\nadd x x", "x dst", tcp("192.0.2.1", 1), undecided},
      {"create x list:set size 8\nadd x y", "x dst", tcp("192.0.2.1", 1), undecided},
      {"create x hash:ip\nadd x 192.0.2.1", "x dst --return-nomatch", tcp("192.0.2.2", 1), undecided},
      {"create x hash:ip\nadd x 192.0.2.1", "x dst ! --update-counters --packets-gt 5", tcp("192.0.2.1", 1), undecided},
      {"create x hash:ip\nadd x 192.0.2.1", "x dst ! --update-counters", tcp("192.0.2.1", 1), allowed},
      {"create x hash:future\nadd x 192.0.2.1", "x dst", tcp("192.0.2.1", 1), undecided},
      {"create x hash:ip bitmask 255.0.255.0\nadd x 192.0.2.1", "x dst", tcp("192.0.2.1", 1), undecided},
      {"create other hash:ip", "x dst", tcp("192.0.2.1", 1), undecided},
  };
  for (const Row& row : rows) {
    CAPTURE(row.set);
    CAPTURE(row.match);
    const Meaning meaning = only(fmt::format("-m set --match-set {}", row.match), row.set);
    CHECK(verdict(meaning, row.point) == row.expected);
    if (row.expected == undecided) CHECK(meaning.undecided.size() == 1);
    // a set is tested the other way round by "!", but for what an option after it turns back
    if (row.match.find("--") != std::string_view::npos) continue;
    const Meaning negated = only(fmt::format("-m set ! --match-set {}", row.match), row.set);
    const Verdict3 opposite = row.expected == allowed ? denied : row.expected == denied ? allowed : undecided;
    CHECK(verdict(negated, row.point) == opposite);
  }
}

TEST_CASE("sets of IPv6") {
  constexpr std::string_view set =
      "create x hash:net,port family inet6\nadd x 2001:db8::/32,tcp:443\n"
      "add x 2001:db8::/48,tcp:443 nomatch\nadd x 2001:db8:1::1,ipv6-icmp:echo-request";
  const Meaning meaning = only("-m set --match-set x dst,dst", set, Family::ipv6);
  CHECK(verdict(meaning, tcp("2001:db8:1::1", 443)) == allowed);
  CHECK(verdict(meaning, tcp("2001:db8::1", 443)) == denied);
  CHECK(verdict(meaning, flow(1, 58, "2001:db8:1::1", 128 << 8)) == allowed);
  CHECK(verdict(only("-m set ! --match-set x dst,dst", set, Family::ipv4), tcp("192.0.2.1", 443)) == allowed);
  const Meaning all = only("-m set --match-set x dst",
                           "create x hash:net family inet6\nadd x 8000::/1\n"
                           "add x ffff::/16 nomatch\nadd x ffff:ffff::/32",
                           Family::ipv6);
  CHECK(verdict(all, tcp("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1)) == allowed);
  CHECK(verdict(all, tcp("ffff::1", 1)) == denied);
  CHECK(verdict(all, tcp("8000::", 1)) == allowed);
  CHECK(verdict(all, tcp("::", 1)) == denied);
}

TEST_CASE("why a set is undecided") {
  const auto why = [](std::string_view sets, std::string_view more = "") {
    const IpSets given = sets_of(sets);
    const Meaning meaning =
        meaning_of(fmt::format("*filter\n-A OUTPUT -m set --match-set x dst -j DROP\n{}COMMIT\n", more), Family::ipv4,
                   sets.empty() ? nullptr : &given);
    REQUIRE(!meaning.undecided.empty());
    return meaning.undecided.front().why;
  };
  CHECK(why("") == "it depends on what set x holds: give what \"ipset save\" prints as well");
  CHECK(why("create y hash:ip\n") == "set x is not among those given");
  CHECK(why("create x hash:new\n") == "set x: it is of type hash:new, which is not understood");
  CHECK(why("create x hash:ip new\n") == "set x: option new is not understood");
  CHECK(why("create x hash:ip timeout 5\nadd x 192.0.2.1 timeout 5\n") == "set x: its elements time out");
  CHECK(why("create x hash:ip\nadd x 192.0.2.1\n", "-A OUTPUT -j SET --add-set x dst\n") ==
        "a rule changes what set x holds");
  CHECK(why("create x list:set\ncreate y list:set\nadd x y\n") == "list y is in a list, which no kernel has");
  CHECK(why("create x list:set timeout 9\ncreate y hash:ip\nadd y 192.0.2.1\nadd x y timeout 9\n") ==
        "members of a list time out");
}

TEST_CASE("text that is no dump of sets") {
  const std::string_view rows[] = {
      "flush x\n",
      "create x hash:ip\ndestroy x\n",
      "create x hash:ip\nswap x y\n",
      "create x hash:ip\ndel x 192.0.2.1\n",
      "create x\n",
      "create x hash:ip\ncreate x hash:ip\n",
      "create x hash:ip family inet7\n",
      "create x hash:ip timeout long\n",
      "create x hash:ip netmask 33\n",
      "add x 192.0.2.1\n",
      "create x hash:ip\nadd x\n",
      "create x hash:ip\nadd x example.com\n",
      "create x hash:ip\nadd x 192.0.2.1,tcp:80\n",
      "create x hash:ip\nadd x 2001:db8::1\n",
      "create x hash:ip\nadd x 192.0.2.9-192.0.2.1\n",
      "create x hash:ip\nadd x 192.0.2.1 unheard-of\n",
      "create x hash:ip,port\nadd x 192.0.2.1\n",
      "create x hash:ip,port\nadd x 192.0.2.1,tcp:http\n",
      "create x hash:ip,port\nadd x 192.0.2.1,what:80\n",
      "create x hash:ip,port\nadd x 192.0.2.1,all:80\n",
      "hash:ip\n",
  };
  for (const std::string_view row : rows) {
    CAPTURE(row);
    Diagnostics diagnostics;
    CHECK_FALSE(read_ipsets(row, "sets", diagnostics));
    REQUIRE(diagnostics.all().size() == 1);
    CHECK(diagnostics.all().front().where.line == static_cast<std::uint32_t>(std::count(row.begin(), row.end(), '\n')));
    CHECK(!diagnostics.all().front().hint.empty());
  }
}

TEST_CASE("a million elements") {
  constexpr unsigned count = 1'000'000;
  std::string text = "create x hash:ip maxelem 2000000\n";
  for (unsigned i = 0; i < count; ++i)
    fmt::format_to(std::back_inserter(text), "add x {}.{}.{}.{}\n", 11 + (i >> 15), i >> 7 & 255, i & 127,
                   2 * (i & 127));
  const std::clock_t begin = std::clock();
  const Meaning meaning = only("-m set --match-set x dst", text);
  CHECK(verdict(meaning, tcp("11.0.1.2", 80)) == allowed);
  CHECK(verdict(meaning, tcp("11.0.1.3", 80)) == denied);
  CHECK(std::clock() - begin < 30 * CLOCKS_PER_SEC);
}
