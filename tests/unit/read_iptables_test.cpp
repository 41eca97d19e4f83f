#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "egressc/readers.h"

using namespace egressc;

namespace {

enum class Verdict3 { allowed, denied, undecided };
constexpr auto allowed = Verdict3::allowed;
constexpr auto denied = Verdict3::denied;
constexpr auto undecided = Verdict3::undecided;

constexpr std::uint32_t none = no_id;

FlowPoint flow(std::uint32_t uid, std::uint8_t protocol, std::string_view to, unsigned port, std::uint32_t gid = 100) {
  return {uid, uid == none ? none : gid, false, protocol, parse_address(to).value(), static_cast<std::uint16_t>(port)};
}

FlowPoint local(FlowPoint point) {
  point.loopback = true;
  return point;
}

FlowSpace universe(Family family) {
  FlowBox box;
  box.addresses = range_of(parse_prefix(family == Family::ipv4 ? "0.0.0.0/0" : "::/0").value());
  return FlowSpace(box);
}

Meaning meaning_of(std::string_view text, Family family) {
  Diagnostics diagnostics;
  const auto filter = read_iptables(text, "rules", family, diagnostics);
  INFO(diagnostics.render(false));
  REQUIRE(filter);
  return evaluate(*filter, universe(family));
}

Verdict3 verdict(const Meaning& meaning, const FlowPoint& point) {
  if (meaning.least.contains(point)) return allowed;
  return meaning.most.contains(point) ? undecided : denied;
}

// OUTPUT drops all but what `rule` accepts.
Meaning only(std::string_view rule, Family family = Family::ipv4) {
  std::string text = "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT ";
  text += rule;
  text += " -j ACCEPT\nCOMMIT\n";
  return meaning_of(text, family);
}

const FlowPoint web = flow(1000, 6, "192.0.2.1", 443);
const FlowPoint dns = flow(1000, 17, "192.0.2.53", 53);
const FlowPoint ping = flow(1000, 1, "192.0.2.1", 8 << 8);
const FlowPoint unowned = flow(none, 6, "192.0.2.1", 443);

}  // namespace

TEST_CASE("matches of IPv4") {
  struct Row {
    std::string_view rule;
    FlowPoint point;
    Verdict3 expected;
  };
  const Row rows[] = {
      {"", web, allowed},
      {"-p tcp", web, allowed},
      {"-p tcp", dns, denied},
      {"-p 17", dns, allowed},
      {"! -p tcp", web, denied},
      {"! -p tcp", ping, allowed},
      {"-p all", ping, allowed},
      {"-p nonsense", web, undecided},
      {"-d 192.0.2.0/24", web, allowed},
      {"-d 192.0.2.77/255.255.255.0", web, allowed},
      {"-d 192.0.2.0/255.0.255.0", web, undecided},
      {"! -d 192.0.2.0/24", web, denied},
      {"-d 198.51.100.1,192.0.2.1", web, allowed},
      {"-d 198.51.100.1,192.0.2.1", dns, denied},
      {"-d example.com", web, undecided},
      {"-d 2001:db8::1", web, undecided},
      {"-s 0.0.0.0/0", web, allowed},
      {"-s 192.0.2.9/32", web, undecided},
      {"! -s 192.0.2.9/32", web, undecided},
      {"-o lo", local(web), allowed},
      {"-o lo", web, denied},
      {"! -o lo", web, allowed},
      {"! -o lo", local(web), denied},
      {"-o eth0", web, undecided},
      {"-o eth0", local(web), denied},
      {"! -o eth0", local(web), allowed},
      {"! -o eth0", web, undecided},
      {"-o +", web, allowed},
      {"-i eth0", web, denied},
      {"! -i eth0", web, allowed},
      {"-p tcp -m tcp --dport 443", web, allowed},
      {"-p tcp --dport 443", web, allowed},
      {"-p tcp -m tcp ! --dport 443", web, denied},
      {"-p tcp -m tcp --dport 400:500", web, allowed},
      {"-p tcp -m tcp --dport 444:", web, denied},
      {"-p tcp -m tcp --dport :443", web, allowed},
      {"-p tcp -m tcp --dport https", web, undecided},
      {"-p tcp -m tcp --dport 0443", web, undecided},
      {"-p tcp -m tcp --dport 443", dns, denied},
      {"-p tcp -m tcp --sport 1024:65535", web, undecided},
      {"-p tcp -m tcp --sport 1024:65535 --dport 80", web, denied},
      {"-p tcp -m multiport --dports 80,400:450,8443", web, allowed},
      {"-p tcp -m multiport ! --dports 80,400:450", web, denied},
      {"-p udp -m multiport --dports 80,443", web, denied},
      {"-p sctp -m multiport --dports 80", flow(1000, 132, "192.0.2.1", 0), undecided},
      {"-m multiport --dports 80", web, undecided},
      {"-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN", web, allowed},
      {"-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN", web, denied},
      {"-p tcp -m tcp --tcp-flags ALL NONE", web, denied},
      {"-p tcp -m tcp --tcp-flags PSH PSH", web, undecided},
      {"-p tcp -m tcp ! --syn", web, denied},
      {"-p icmp -m icmp --icmp-type 8", ping, allowed},
      {"-p icmp -m icmp --icmp-type echo-request", ping, allowed},
      {"-p icmp -m icmp --icmp-type any", ping, allowed},
      {"-p icmp -m icmp --icmp-type 3/1", ping, denied},
      {"-p icmp -m icmp --icmp-type 3/1", flow(none, 1, "192.0.2.1", 3 << 8 | 1), allowed},
      {"-p icmp -m icmp ! --icmp-type 8", ping, denied},
      {"-m owner --uid-owner 1000", web, allowed},
      {"-m owner --uid-owner 1001", web, denied},
      {"-m owner --uid-owner 900-1000", web, allowed},
      {"-m owner --uid-owner 0-4294967294", unowned, denied},
      {"-m owner ! --uid-owner 1001", unowned, allowed},
      {"-m owner ! --uid-owner 1000", web, denied},
      {"-m owner --gid-owner 100", web, allowed},
      {"-m owner --gid-owner 101", web, denied},
      {"-m owner --gid-owner 101 --suppl-groups", web, undecided},
      {"-m owner --uid-owner alice", web, undecided},
      {"-m owner --socket-exists", web, allowed},
      {"-m owner --socket-exists", unowned, undecided},
      {"-m owner ! --socket-exists", web, denied},
      {"-m conntrack --ctstate NEW,ESTABLISHED", web, allowed},
      {"-m conntrack --ctstate RELATED,ESTABLISHED", web, denied},
      {"-m conntrack ! --ctstate NEW", web, denied},
      {"-m conntrack --ctstate DNAT", web, undecided},
      {"-m conntrack --ctdir ORIGINAL", web, allowed},
      {"-m conntrack --ctdir REPLY", web, denied},
      {"-m state --state NEW", web, allowed},
      {"-m state --state INVALID", web, denied},
      {"-m comment --comment \"-j DROP \\\" !\"", web, allowed},
      {"-m comment --comment -j", web, allowed},
      {"-m limit --limit 5/min --limit-burst 9", web, undecided},
      {"-m iprange --dst-range 192.0.2.0-192.0.2.9", web, allowed},
      {"-m iprange ! --dst-range 192.0.2.0-192.0.2.9", web, denied},
      {"-m iprange --src-range 192.0.2.0-192.0.2.9", web, undecided},
      {"-m set --match-set good dst", web, undecided},
      {"-m set ! --match-set good dst,dst", web, undecided},
      {"-m ttl --ttl-eq 64", web, undecided},
      {"-m mark --mark 0x1/0xff", web, undecided},
      {"-p tcp -m policy --dir out --pol none -m tcp --dport 80", web, denied},
      {"-f", web, undecided},
      {"stray", web, undecided},
      {"-p", web, undecided},
      {"! -m tcp", web, undecided},
      {"-jDROP", web, undecided},
      {"--jum DROP", web, undecided},
      {"-j DROP", web, undecided},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    const Meaning meaning = only(row.rule);
    CHECK(verdict(meaning, row.point) == row.expected);
    if (row.expected == undecided) CHECK(meaning.undecided.size() == 1);
  }
}

TEST_CASE("matches of IPv6") {
  const FlowPoint to = flow(1000, 6, "2001:db8::1", 443);
  const auto six = Family::ipv6;
  CHECK(verdict(only("-d 2001:db8::/32", six), to) == allowed);
  CHECK(verdict(only("-d 2001:db8::/ffff:ffff::", six), to) == allowed);
  CHECK(verdict(only("! -d 2001:db8::/32", six), to) == denied);
  CHECK(verdict(only("-d ::/0", six), to) == allowed);
  CHECK(verdict(only("-s fe80::/10", six), to) == undecided);
  CHECK(verdict(only("-p tcp -m tcp --dport 443", six), to) == allowed);
  const FlowPoint solicit = flow(none, 58, "ff02::1:ff00:1", 135 << 8);
  CHECK(verdict(only("-p ipv6-icmp -m icmp6 --icmpv6-type 135", six), solicit) == allowed);
  CHECK(verdict(only("-p ipv6-icmp -m icmp6 --icmpv6-type neighbour-solicitation", six), solicit) == allowed);
  CHECK(verdict(only("-p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255", six), solicit) == undecided);
  CHECK(verdict(only("-p ipv6-icmp -m icmp6 --icmpv6-type 136 -m hl --hl-eq 255", six), solicit) == denied);
  // a mapped address is an IPv6 address here
  CHECK(verdict(only("! -d ::ffff:192.0.2.1/128", six), to) == allowed);
  CHECK(only("-d ::ffff:192.0.2.1/128", six).most.any()->to == Address{six, 0, 0xffffc0000201});
}

TEST_CASE("a dump of a live machine") {
  const Meaning meaning = meaning_of(R"(# Generated by iptables-save v1.8.9 on Mon Nov 23 2026
*mangle
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [7:420]
[7:420] -A OUTPUT -m comment --comment "seen" -j MARK --set-xmark 0x1/0xffffffff
-A OUTPUT -d 203.0.113.9/32 -j DROP
COMMIT
*nat
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:audit - [0:0]
:strict - [0:0]
-A INPUT -i lo -j ACCEPT
-A FORWARD -m recent --name x --rcheck -j DROP
-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT -p tcp -m limit --limit 5/min -j LOG --log-prefix -j --log-uid
-A OUTPUT -m owner --uid-owner 1000 -j audit
-A OUTPUT -m owner --uid-owner 1001 -g strict
-A OUTPUT -p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset
-A OUTPUT -m string --string "bad" --algo bm --to 65535 -j DROP
-A audit -p udp -m udp --dport 53 -j RETURN
-A audit -p udp -j DROP
-A strict -d 192.0.2.0/24 -j ACCEPT
-A strict -j NFQUEUE --queue-num 1
-I audit -d 198.51.100.7/32 -j DROP
COMMIT
)",
                                     Family::ipv4);
  CHECK(verdict(meaning, web) == undecided);  // the string
  CHECK(verdict(meaning, dns) == undecided);
  CHECK(verdict(meaning, flow(1000, 17, "192.0.2.1", 54)) == denied);
  CHECK(verdict(meaning, flow(1000, 17, "198.51.100.7", 53)) == denied);
  CHECK(verdict(meaning, flow(1000, 6, "192.0.2.1", 25)) == denied);
  CHECK(verdict(meaning, flow(1001, 6, "192.0.2.1", 25)) == allowed);
  CHECK(verdict(meaning, flow(1001, 6, "203.0.113.9", 25)) == denied);
  CHECK(verdict(meaning, flow(1001, 6, "198.51.100.1", 25)) == undecided);
  REQUIRE(meaning.undecided.size() == 2);
  CHECK(meaning.undecided[0].why == "there is no chain \"NFQUEUE\"");
  CHECK(meaning.undecided[0].where.line == 30);
  CHECK(meaning.undecided[1].why == "match string is not understood");
  CHECK(meaning.undecided[1].text.starts_with("-A OUTPUT -m string"));
}

TEST_CASE("text that iptables-restore would refuse") {
  const std::string_view rows[] = {
      "-A OUTPUT -j DROP\n",
      "*filter\n-A OUTPUT -j DROP\n",
      "*filter\n*mangle\nCOMMIT\n",
      "*filter\nCOMMIT\n*filter\nCOMMIT\n",
      "*table\nCOMMIT\n",
      "*filter\n-A MISSING -j DROP\nCOMMIT\n",
      "*filter\n:OUTPUT MAYBE [0:0]\nCOMMIT\n",
      "*filter\n:own DROP [0:0]\nCOMMIT\n",
      "*filter\n:own - [0:0]\n:own - [0:0]\nCOMMIT\n",
      "*filter\n: - [0:0]\nCOMMIT\n",
      "*filter\n-D OUTPUT -j DROP\nCOMMIT\n",
      "*filter\n-I OUTPUT 2 -j DROP\nCOMMIT\n",
      "*filter\n-A\nCOMMIT\n",
      "*filter\n[0:0]\nCOMMIT\n",
      "*filter\n\"\"\nCOMMIT\n",
      "*filter\n-A OUTPUT -m comment --comment \"a\\\" -j DROP\nCOMMIT\n",
      "*filter\n-A OUTPUT -m comment --comment a\"b\" -j DROP\nCOMMIT\n",
      "*filter\r\nCOMMIT\r\n",
  };
  for (const std::string_view row : rows) {
    CAPTURE(row);
    Diagnostics diagnostics;
    CHECK_FALSE(read_iptables(row, "rules", Family::ipv4, diagnostics));
    CHECK(diagnostics.all().size() == 1);
    CHECK(diagnostics.all().front().where.line != 0);
  }
  Diagnostics diagnostics;
  const std::string long_line = "*filter\n# " + std::string(20000, 'x') + "\nCOMMIT\n";
  CHECK_FALSE(read_iptables(long_line, "rules", Family::ipv4, diagnostics));
  const std::string_view with_nul("*filter\n-A OUTPUT\0 -j DROP\nCOMMIT\n", 34);
  CHECK_FALSE(read_iptables(with_nul, "rules", Family::ipv4, diagnostics));
}

TEST_CASE("what egressc prints, of one subject beside others") {
  const Meaning meaning = meaning_of(R"(*filter
:EGRESSC-OUT - [0:0]
:EGRESSC-U61301 - [0:0]
:EGRESSC-DENY - [0:0]
-A OUTPUT -j EGRESSC-OUT
-A EGRESSC-OUT -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A EGRESSC-OUT -m owner --uid-owner 61301 -m comment --comment "uid-61301" -g EGRESSC-U61301
-A EGRESSC-U61301 -d 203.0.113.20/32 -p tcp -m multiport --dports 22,443 -j RETURN
-A EGRESSC-U61301 -g EGRESSC-DENY
-A EGRESSC-DENY -m limit --limit 10/second --limit-burst 20 -j NFLOG --nflog-group 5 --nflog-prefix "egressc deny "
-A EGRESSC-DENY -p tcp -j REJECT --reject-with tcp-reset
-A EGRESSC-DENY -j REJECT --reject-with icmp-admin-prohibited
COMMIT
)",
                                     Family::ipv4);
  CHECK(meaning.least == meaning.most);
  CHECK(meaning.undecided.empty());
  CHECK(verdict(meaning, flow(61301, 6, "203.0.113.20", 22)) == allowed);
  CHECK(verdict(meaning, flow(61301, 6, "203.0.113.20", 23)) == denied);
  CHECK(verdict(meaning, flow(61301, 17, "203.0.113.20", 22)) == denied);
  CHECK(verdict(meaning, flow(61302, 17, "203.0.113.20", 22)) == allowed);
  CHECK(verdict(meaning, unowned) == allowed);
}
