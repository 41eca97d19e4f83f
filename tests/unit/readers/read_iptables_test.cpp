#include "readers/xtables_fixture.h"

using namespace egressc;
using namespace egressc::xtables_tests;

namespace {

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
      {"-f", web, denied},
      {"! -f", web, allowed},
      {"--fragment", web, denied},
      // the packet that opens a flow
      {"-m conntrack --ctstatus SEEN_REPLY,ASSURED", web, denied},
      {"-m conntrack ! --ctstatus CONFIRMED", web, allowed},
      {"-m conntrack --ctstatus WHAT", web, undecided},
      {"-m conntrack --ctproto 6", web, allowed},
      {"-m conntrack --ctproto 17", web, denied},
      {"-m conntrack --ctorigdst 192.0.2.1", web, undecided},
      {"-m conntrack --ctexpire 5:10", web, undecided},
      {"-m conntrack --ctstate RELATED,ESTABLISHED,DNAT", web, undecided},
      {"-m conntrack --ctstate NEW,DNAT", web, allowed},
      {"-m conntrack --ctstate UNTRACKED", web, denied},
      {"-m physdev --physdev-in eth0", web, denied},
      {"-m physdev ! --physdev-is-bridged", web, allowed},
      {"-m physdev ! --physdev-is-bridged --physdev-out eth0", web, denied},
      {"-m pkttype --pkt-type unicast", web, allowed},
      {"-m pkttype --pkt-type broadcast", flow(1000, 17, "255.255.255.255", 67), denied},
      {"-m pkttype ! --pkt-type multicast", flow(1000, 17, "224.0.0.251", 5353), allowed},
      {"-m addrtype --dst-type MULTICAST", web, denied},
      {"-m addrtype --dst-type MULTICAST", flow(1000, 17, "224.0.0.251", 5353), allowed},
      {"-m addrtype ! --dst-type MULTICAST", web, allowed},
      {"-m addrtype --dst-type MULTICAST,LOCAL", flow(1000, 17, "239.255.255.255", 1), allowed},
      {"-m addrtype --dst-type LOCAL", flow(1000, 17, "224.0.0.251", 5353), denied},
      {"-m addrtype --dst-type LOCAL", web, undecided},
      {"-m addrtype ! --dst-type LOCAL", web, undecided},
      {"-m addrtype --dst-type BROADCAST", flow(1000, 17, "255.255.255.255", 67), allowed},
      {"-m addrtype --dst-type BROADCAST", flow(1000, 17, "192.0.2.255", 67), undecided},
      {"-m addrtype --dst-type UNICAST", flow(1000, 17, "255.255.255.255", 67), denied},
      {"-m addrtype --src-type LOCAL", web, undecided},
      {"-m addrtype --dst-type MULTICAST --limit-iface-out", web, denied},
      {"-p tcp -m multiport --ports 80,443", web, allowed},
      {"-p tcp -m multiport --ports 80", web, undecided},
      {"-p tcp -m multiport ! --ports 443", web, denied},
      {"-p tcp -m tcp --tcp-option 8", web, undecided},
      {"-p tcp -m tcp --tcp-option 8", dns, denied},
      {"-p vrrp", web, denied},
      {"-p vrrp", flow(none, 112, "224.0.0.18", 0), allowed},
      {"-4", web, allowed},
      {"-4 -p tcp", dns, denied},
      {"--ipv4", web, allowed},
      {"-6", web, denied},
      {"--ipv6 -p tcp", web, denied},
      {"-m recent --name x --rcheck --seconds 60", web, undecided},
      {"-p udp -m recent ! --rcheck --name x", web, denied},
      {"-m comment --comment -6", web, allowed},
      // refused by iptables-restore, but an option that is passed over could be one of these
      {"! -4", web, undecided},
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
  const FlowPoint multicast = flow(1000, 17, "ff02::fb", 5353);
  CHECK(verdict(only("-m addrtype --dst-type MULTICAST", six), multicast) == allowed);
  CHECK(verdict(only("-m addrtype --dst-type MULTICAST", six), to) == denied);
  CHECK(verdict(only("-m addrtype ! --dst-type MULTICAST", six), to) == allowed);
  // an address is of every type of a list
  CHECK(verdict(only("-m addrtype --dst-type MULTICAST,LOCAL", six), multicast) == undecided);
  CHECK(verdict(only("-m addrtype --dst-type MULTICAST,LOCAL", six), to) == denied);
  CHECK(verdict(only("-m addrtype --dst-type UNICAST", six), multicast) == denied);
  CHECK(verdict(only("-m addrtype --dst-type LOCAL", six), to) == undecided);
  CHECK(verdict(only("-4", six), to) == denied);
  CHECK(verdict(only("-6", six), to) == allowed);
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
  CHECK(meaning.undecided[0].why == "a program decides what becomes of queued packets");
  CHECK(meaning.undecided[0].where.line == 30);
  CHECK(meaning.undecided[1].why == "it depends on what the packet holds");
  CHECK(meaning.undecided[1].text.starts_with("-A OUTPUT -m string"));
}

TEST_CASE("a file for both families, as a person writes it") {
  constexpr std::string_view text = R"(*filter
-N own
-P OUTPUT DROP
-4 -A OUTPUT -p icmp -j ACCEPT
-6 -A OUTPUT -p ipv6-icmp -j ACCEPT
[1:2] -A OUTPUT -j own
-A own -4 -d 192.0.2.0/24 -j ACCEPT
-A own -6 -d 2001:db8::/32 -j ACCEPT
COMMIT
)";
  const Meaning four = meaning_of(text, Family::ipv4);
  CHECK(four.undecided.empty());
  CHECK(verdict(four, ping) == allowed);
  CHECK(verdict(four, web) == allowed);
  CHECK(verdict(four, flow(1000, 6, "198.51.100.1", 443)) == denied);
  const Meaning six = meaning_of(text, Family::ipv6);
  CHECK(six.undecided.empty());
  CHECK(verdict(six, flow(1000, 58, "2001:db8:1::", 128 << 8)) == allowed);
  CHECK(verdict(six, flow(1000, 6, "2001:db8::1", 443)) == allowed);
  CHECK(verdict(six, flow(1000, 6, "2001:db9::1", 443)) == denied);
}

TEST_CASE("rules that a dump leaves out") {
  for (const std::string_view line :
       {"# Table `filter' is incompatible, use 'nft' tool.",
        "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them"}) {
    CAPTURE(line);
    const std::string text = std::string(line) + "\n*mangle\n-A OUTPUT -d 192.0.2.1 -j DROP\nCOMMIT\n";
    const Meaning meaning = meaning_of(text, Family::ipv4);
    CHECK(verdict(meaning, web) == denied);
    CHECK(verdict(meaning, dns) == undecided);
    REQUIRE(meaning.undecided.size() == 1);
    CHECK(meaning.undecided.front().why == "the dump leaves rules out");
    Diagnostics diagnostics;
    read_iptables(text, "rules", Family::ipv4, diagnostics);
    REQUIRE(diagnostics.all().size() == 1);
    CHECK(diagnostics.all().front().severity == Severity::warning);
  }
  const Meaning nat = meaning_of("# Table `nat' is incompatible, use 'nft' tool.\n*filter\nCOMMIT\n", Family::ipv4);
  CHECK(verdict(nat, web) == allowed);
}

TEST_CASE("packets that are kept from connection tracking") {
  const auto rules = [](std::string_view raw, std::string_view rule) {
    return meaning_of("*raw\n" + std::string(raw) + "COMMIT\n*filter\n:OUTPUT DROP\n-A OUTPUT -m conntrack " +
                          std::string(rule) + " -j ACCEPT\nCOMMIT\n",
                      Family::ipv4);
  };
  for (const std::string_view raw : {"-A OUTPUT -p udp -j CT --notrack\n", "-A OUTPUT -j NOTRACK\n"}) {
    CHECK(verdict(rules(raw, "--ctstate NEW"), dns) == undecided);
    CHECK(verdict(rules(raw, "--ctstate UNTRACKED"), dns) == undecided);
    CHECK(verdict(rules(raw, "--ctstate NEW,UNTRACKED"), dns) == allowed);
    CHECK(verdict(rules(raw, "--ctstate ESTABLISHED"), dns) == denied);
    CHECK(verdict(rules(raw, "--ctdir ORIGINAL"), dns) == undecided);
    CHECK(verdict(rules(raw, "! --ctstatus ASSURED"), dns) == undecided);
    CHECK(verdict(rules(raw, "--ctproto 17"), dns) == undecided);
  }
  CHECK(verdict(rules("-A PREROUTING -p udp -j CT --notrack\n", "--ctstate NEW"), dns) == allowed);
}

TEST_CASE("targets after which the next rule follows, and those that leave it to others") {
  for (const std::string_view target : {"LOG --log-prefix -j",
                                        "NFLOG --nflog-prefix \"-j DROP\"",
                                        "ULOG --ulog-prefix -j",
                                        "AUDIT --type drop",
                                        "TRACE",
                                        "MARK --set-xmark 0x1/0xff",
                                        "CONNMARK --save-mark",
                                        "CT --zone 5",
                                        "NOTRACK",
                                        "TCPMSS --clamp-mss-to-pmtu",
                                        "DSCP --set-dscp 0x0a",
                                        "TOS --set-tos 0x10/0x3f",
                                        "TTL --ttl-set 64",
                                        "HL --hl-set 64",
                                        "CLASSIFY --set-class 0:1",
                                        "SET --add-set x dst --exist",
                                        "CHECKSUM --checksum-fill",
                                        "SECMARK --selctx x",
                                        "CONNSECMARK --save",
                                        "TEE --gateway 192.0.2.9",
                                        "IDLETIMER --timeout 5 --label x",
                                        "ECN --ecn-tcp-remove",
                                        "RATEEST --rateest-name x --rateest-interval 250ms --rateest-ewmalog 0.5s"}) {
    CAPTURE(target);
    const Meaning meaning =
        meaning_of("*filter\n-A OUTPUT -j " + std::string(target) + "\n-A OUTPUT -j DROP\nCOMMIT\n", Family::ipv4);
    CHECK(verdict(meaning, web) == denied);
    CHECK(meaning.undecided.empty());
  }
  for (const std::string_view target : {"NFQUEUE --queue-num 0 --queue-bypass", "QUEUE", "TPROXY --on-port 1",
                                        "SYNPROXY --mss 1460", "WHATEVER --option value"}) {
    CAPTURE(target);
    const Meaning meaning = meaning_of("*filter\n-A OUTPUT -j " + std::string(target) + "\nCOMMIT\n", Family::ipv4);
    CHECK(verdict(meaning, web) == undecided);
    CHECK(meaning.undecided.size() == 1);
  }
}

TEST_CASE("a remark within a rule leaves the rest of it") {
  const Meaning meaning = meaning_of(
      "*filter\n-A OUTPUT -p tcp -m recent # recent: UPDATE seconds: 60 name: x side: source -j DROP\nCOMMIT\n",
      Family::ipv4);
  CHECK(verdict(meaning, web) == undecided);
  CHECK(verdict(meaning, dns) == allowed);
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
