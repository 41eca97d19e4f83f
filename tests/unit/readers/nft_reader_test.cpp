#include <doctest/doctest.h>
#include <fmt/core.h>

#include <chrono>
#include <string>
#include <vector>

#include "readers/nft_reader_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

enum class Answer { denied, undecided, allowed };

Answer ask(const Meaning& meaning, const FlowPoint& point) {
  if (meaning.least.contains(point)) return Answer::allowed;
  return meaning.most.contains(point) ? Answer::undecided : Answer::denied;
}

FlowPoint flow(std::uint32_t uid, std::uint8_t protocol, std::string_view to, unsigned port, bool loopback = false) {
  return {uid,      uid == no_id ? no_id : 100, loopback,
          protocol, parse_address(to).value(),  static_cast<std::uint16_t>(port)};
}

constexpr std::uint8_t tcp = 6, udp = 17, icmp = 1, icmpv6 = 58;

struct Case {
  const char* what;
  FlowPoint point;
  Answer answer;
};

void check(const Meaning& meaning, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.what);
    CHECK(static_cast<int>(ask(meaning, one.point)) == static_cast<int>(one.answer));
  }
}

constexpr Answer allowed = Answer::allowed, denied = Answer::denied, undecided = Answer::undecided;

constexpr std::string_view subjects = R"(	comment "egressc 0.1.0 policy sha256 00ff"
	set u1001_4 {
		typeof ip daddr . meta l4proto . th dport
		flags interval
		counter
		elements = {
			192.0.2.53 . udp . 53,
			198.51.100.0/24 . tcp . 443-445
		}
	}
	set u1001_6 {
		typeof ip6 daddr . meta l4proto . th dport
		flags interval
		elements = {
			2001:db8::/32 . tcp . 0-65535
		}
	}
	set u1001_echo_4 {
		typeof ip daddr
		flags interval
		elements = {
			203.0.113.0/25
		}
	}
	set n_0123456789abcdef_6 {
		typeof ip6 daddr
		size 65536
		flags interval, timeout
		timeout 1h
		comment "api.example"
		elements = {
			fd00::/8
		}
	}
	set n_0123456789abcdef_4 {
		typeof ip daddr
		size 65536
		flags timeout
		timeout 1h
	}
	chain u1001 {
		comment "agent # one"
		ip daddr . meta l4proto . th dport @u1001_4 counter accept
		ip6 daddr . meta l4proto . th dport @u1001_6 counter accept
		ip daddr @u1001_echo_4 icmp type echo-request counter accept
		ip daddr @n_0123456789abcdef_4 tcp dport { 443 } counter accept comment "api.example"
		ip6 daddr @n_0123456789abcdef_6 tcp dport { 443, 8000-8002 } counter accept comment "api.example"
		ip6 daddr @n_0123456789abcdef_6 meta l4proto udp counter accept
		goto deny
	}
	chain u1002 {
		meta skgid vmap {
			7 : goto u1001,
			8-9 : goto u1001
		}
		goto deny
	}
	chain deny {
		limit rate 10/second burst 50 packets log prefix "egressc-deny: " group 5
		meta l4proto tcp counter reject with tcp reset
		counter reject with icmpx admin-prohibited
	}
	chain output {
		type filter hook output priority filter; policy accept;
		ct direction reply ct state established,related counter accept
		meta skuid vmap {
			1001 : goto u1001,
			1002-1003 : goto u1002
		}
	}
)";

}  // namespace

TEST_CASE("subjects, their sets and their groups") {
  const Meaning meaning = meaning_of(table(subjects));
  FlowPoint grouped = flow(1003, tcp, "198.51.100.9", 443);
  grouped.gid = 9;
  FlowPoint beside = grouped;
  beside.gid = 10;
  check(meaning, {{"an element", flow(1001, udp, "192.0.2.53", 53), allowed},
                  {"with another protocol", flow(1001, tcp, "192.0.2.53", 53), denied},
                  {"the first of a range", flow(1001, tcp, "198.51.100.0", 443), allowed},
                  {"the last", flow(1001, tcp, "198.51.100.255", 445), allowed},
                  {"behind it", flow(1001, tcp, "198.51.100.255", 446), denied},
                  {"beside the prefix", flow(1001, tcp, "198.51.101.0", 443), denied},
                  {"IPv6", flow(1001, tcp, "2001:db8::1", 65535), allowed},
                  {"an echo request", flow(1001, icmp, "203.0.113.127", 8 << 8), allowed},
                  {"an echo reply", flow(1001, icmp, "203.0.113.127", 0), denied},
                  {"behind its prefix", flow(1001, icmp, "203.0.113.128", 8 << 8), denied},
                  {"a set without elements", flow(1001, tcp, "203.0.113.1", 443), denied},
                  {"a port of a live set", flow(1001, tcp, "fd00::1", 8001), allowed},
                  {"none of it", flow(1001, tcp, "fd00::1", 8003), denied},
                  {"every port of udp", flow(1001, udp, "fd00::1", 8003), allowed},
                  {"a group", grouped, allowed},
                  {"another group", beside, denied},
                  {"another user", flow(1004, tcp, "198.51.101.0", 1), allowed},
                  {"nobody", flow(no_id, tcp, "198.51.101.0", 1), allowed}});
  CHECK(meaning.undecided.empty());
}

TEST_CASE("what a host needs") {
  const std::string text = table(
      "\tchain deny {\n\t\tcounter drop\n\t}\n" +
      output("\t\tct state established,related counter accept\n"
             "\t\ticmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 counter "
             "accept\n"
             "\t\tip6 hoplimit 1 icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } counter "
             "accept\n"
             "\t\tmeta nfproto ipv4 udp sport 68 udp dport 67 counter accept  # \x1b\n"
             "\t\tip6 saddr fe80::/10 ip6 daddr { fe80::/10, ff02::1:2 } udp sport 546 udp dport 547 counter accept\n"
             "\t\toif \"lo\" counter accept\n"
             "\t\tmeta skuid 0-4294967294 goto deny\n"
             "\t\ticmp type { destination-unreachable, time-exceeded, parameter-problem } counter accept\n"
             "\t\ticmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } counter "
             "accept\n"
             "\t\tgoto deny\n"));
  const Meaning meaning = meaning_of(text);
  check(meaning, {{"a solicitation, by its hop limit", flow(no_id, icmpv6, "ff02::1", 135 << 8), undecided},
                  {"a listener report", flow(no_id, icmpv6, "ff02::16", 143 << 8), undecided},
                  {"no router's advertisement", flow(no_id, icmpv6, "ff02::1", 134 << 8), denied},
                  {"DHCP, by its source port", flow(0, udp, "255.255.255.255", 67), undecided},
                  {"DHCP over IPv6 it is not", flow(0, udp, "fe80::1", 67), denied},
                  {"DHCPv6", flow(0, udp, "ff02::1:2", 547), undecided},
                  {"DHCPv6 to the world", flow(0, udp, "2001:db8::1", 547), denied},
                  {"loopback", flow(1, tcp, "127.0.0.1", 1, true), allowed},
                  {"the kernel's error", flow(no_id, icmp, "192.0.2.1", 3 << 8 | 4), allowed},
                  {"a user's error", flow(1, icmp, "192.0.2.1", 3 << 8 | 4), denied},
                  {"a redirect", flow(no_id, icmp, "192.0.2.1", 5 << 8), denied},
                  {"too big", flow(no_id, icmpv6, "2001:db8::1", 2 << 8), allowed},
                  {"ICMP over IPv6", flow(no_id, icmp, "2001:db8::1", 3 << 8), denied},
                  {"anything else", flow(no_id, tcp, "192.0.2.1", 80), denied}});
  REQUIRE(meaning.undecided.size() == 4);
  CHECK(meaning.undecided[0].why == "a flow has no hop limit");
  CHECK(meaning.undecided[0].where == Location{"policy.nft", 10, 3});
  CHECK(meaning.undecided[2].text == "meta nfproto ipv4 udp sport 68 udp dport 67 counter accept");
}

TEST_CASE("a base chain decides what no rule does, and a log nothing") {
  const FlowPoint any = flow(1, tcp, "192.0.2.1", 80);
  const struct {
    const char* rules;
    Answer answer;
  } cases[] = {{"", denied},
               {"\n\t\t# a remark\n\t\taccept # and another\n", allowed},
               {"\t\tcounter\n", denied},
               {"\t\tlimit rate 1/minute burst 5 packets log prefix \"a: \" level info flags skuid\n", denied},
               {"\t\tlimit rate 1/minute burst 5 packets accept\n", undecided},
               {"\t\treject with tcp reset\n\t\taccept\n", denied},
               {"\t\tmeta l4proto udp accept\n", denied},
               {"\t\tmeta l4proto tcp accept\n", allowed},
               {"\t\tip6 daddr ::/0 accept\n", denied},
               {"\t\tip daddr 192.0.2.0/24 tcp dport 80-81 accept\n", allowed},
               {"\t\toifname \"lo\" accept\n", denied},
               {"\t\tct direction reply accept\n", denied},
               {"\t\tmeta skgid 100 drop\n\t\taccept\n", denied},
               {"\t\tmeta skuid 2-4294967294 drop\n\t\taccept\n", allowed}};
  for (const auto& one : cases) {
    CAPTURE(one.rules);
    CHECK(static_cast<int>(ask(meaning_of(table(output(one.rules))), any)) == static_cast<int>(one.answer));
  }
  // nft narrows a reset to tcp.
  CHECK(ask(meaning_of(table(output("\t\treject with tcp reset\n\t\taccept\n"))), flow(1, udp, "192.0.2.1", 80)) ==
        allowed);
}

TEST_CASE("100,000 elements are read in time that grows with them") {
  std::string text = "\tset s {\n\t\ttypeof ip daddr . meta l4proto . th dport\n\t\tflags interval\n\t\telements = {\n";
  for (std::uint32_t i = 0; i < 100'000; ++i)
    text +=
        fmt::format("\t\t\t{} . tcp . {}{}\n", to_string(ipv4(0x0a000000 + 3 * i)), 1 + i % 9, i == 99'999 ? "" : ",");
  text += "\t\t}\n\t}\n" + output("\t\tip daddr . meta l4proto . th dport @s counter accept\n");
  const auto start = std::chrono::steady_clock::now();
  const Meaning meaning = meaning_of(table(text));
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took < std::chrono::seconds(5));  // a tenth of it on an idle machine
  CHECK(ask(meaning, flow(1, tcp, "10.0.0.3", 2)) == allowed);
  CHECK(ask(meaning, flow(1, tcp, "10.0.0.3", 3)) == denied);
}
