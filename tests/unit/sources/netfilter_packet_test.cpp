#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sources/netfilter/packet.h"

using namespace egressc;
using namespace egressc::sources;

namespace {

std::string_view parse(std::string_view line, Packet& packet) {
  const auto head = find_packet_head(line);
  if (!head) return "no head";
  AddressMemo addresses;
  packet = {};
  return parse_packet(line.substr(head->fields), addresses, packet);
}

}  // namespace

TEST_CASE("the head is the last plausible one") {
  struct Case {
    std::string_view line;
    std::string_view before;
    bool in;
    bool out;
  };
  const Case cases[] = {
      {"egress: IN= OUT=eth0 SRC=192.0.2.10 ", "egress: ", false, true},
      {"[wan-lan-default-D]IN=eth0 OUT= MAC= SRC=192.0.2.10 ", "[wan-lan-default-D]", true, false},
      {"DESCR=\"[WAN_LOCAL]Block All Traffic\" IN=eth8 OUT= MAC=02:00:5e:00:53:01 SRC=192.0.2.10 ",
       "DESCR=\"[WAN_LOCAL]Block All Traffic\" ", true, false},
      {"IN=eth0.94 OUT=wlan0 PHYSIN=veth1 SRC=192.0.2.10 ", "", true, true},
      {"IN=eth0 OUT=wlan0 MACSRC=02:00:5e:00:53:01 SRC=192.0.2.10 ", "", true, true},
      {"x IN= OUT=eth0 SRC=203.0.113.9 DST=1 [IN= OUT=eth1 SRC=192.0.2.10 ", "x IN= OUT=eth0 SRC=203.0.113.9 DST=1 [",
       false, true},
      {"PHYSIN=br0 IN= OUT=eth0 SRC=192.0.2.10 ", "PHYSIN=br0 ", false, true},
      {"IN= OUT=abcdefghijklmno SRC=192.0.2.10 ", "", false, true},
      {"101 6 PVEFW-HOST-OUT 20/Jun/2026:13:09:14 +0200 policy DROP: OUT=vmbr0 SRC=192.0.2.10 ",
       "101 6 PVEFW-HOST-OUT 20/Jun/2026:13:09:14 +0200 policy DROP: ", false, true},
      {"0 3 PVEFW-HOST-IN 20/Jun/2026:13:09:14 +0200 policy DROP: IN=vmbr0.94 MAC=02:00 SRC=192.0.2.10 ",
       "0 3 PVEFW-HOST-IN 20/Jun/2026:13:09:14 +0200 policy DROP: ", true, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const auto head = find_packet_head(c.line);
    REQUIRE(head);
    CHECK(c.line.substr(0, head->start) == c.before);
    CHECK(head->in == c.in);
    CHECK(head->out == c.out);
  }
}

TEST_CASE("no head") {
  for (const std::string_view line :
       {"", "OUT=", "U", "IN= OUT=", "IN= OUT=eth0", "IN= OUT=eth0 ", "IN= OUT=eth0 DST=1", "OUT=eth0 SRC=192.0.2.10 ",
        "IN=eth0 SRC=192.0.2.10 ", "IN= OUT=sixteen-letters0 SRC=192.0.2.10 ", "PHYSIN=br0 OUT=eth0 SRC=192.0.2.10 ",
        "=abcdefgh OUT=eth0 SRC=192.0.2.10 ", " OUT=eth0 SRC=192.0.2.10 ", "N= OUT=eth0 SRC=192.0.2.10 "}) {
    CAPTURE(line);
    CHECK_FALSE(find_packet_head(line));
  }
}

TEST_CASE("many heads cost no more than their line") {
  std::string line;
  for (int i = 0; i < 50'000; ++i) line += "U= OUT=eth0 SRC=";
  CHECK_FALSE(find_packet_head(line));
}

TEST_CASE("fields") {
  Packet packet;
  REQUIRE(parse("IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=37250 DF PROTO=TCP "
                "SPT=32004 DPT=443 SEQ=2006502246 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT "
                "(020405B40402080A5A2BEFFF000000000103030A) UID=61001 GID=61002 MARK=0x1a0000 ",
                packet) == "");
  CHECK(to_string(packet.from) == "192.0.2.10");
  CHECK(to_string(packet.to) == "203.0.113.10");
  CHECK(packet.from_port == 32004);
  CHECK(packet.to_port == 443);
  CHECK(packet.protocol == ip_protocol::tcp);
  CHECK(packet.has_ports);
  CHECK(packet.syn);
  CHECK_FALSE(packet.ack);
  CHECK_FALSE(packet.other_flags);
  CHECK(packet.uid == 61001);
  CHECK(packet.gid == 61002);
  CHECK(packet.id == 37250);
  CHECK(packet.length == 60);

  REQUIRE(parse("IN= OUT=lab0 SRC=2001:0db8:0000:0001:0000:0000:0000:0010 DST=2001:0db8:000a:0000:0000:0000:0000:0030 "
                "LEN=57 TC=0 HOPLIMIT=64 FLOWLBL=369537 PROTO=UDP SPT=20495 DPT=1008 LEN=17 ",
                packet) == "");
  CHECK(to_string(packet.from) == "2001:db8:0:1::10");
  CHECK(to_string(packet.to) == "2001:db8:a::30");
  CHECK(packet.protocol == ip_protocol::udp);
  CHECK(packet.id == 369537);
  CHECK(packet.length == 57);
  CHECK(packet.uid == no_id);
  CHECK(packet.gid == no_id);

  REQUIRE(parse("IN= OUT=lab0 SRC=192.0.2.10 DST=0000:0000:0000:0000:0000:ffff:cb00:710a PROTO=47", packet) == "");
  CHECK(to_string(packet.to) == "203.0.113.10");
  CHECK(packet.protocol == 47);
  CHECK_FALSE(packet.has_ports);
}

TEST_CASE("what an ICMP error quotes is not the packet") {
  Packet packet;
  REQUIRE(parse("IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 LEN=88 TTL=64 ID=1 PROTO=ICMP TYPE=3 CODE=3 "
                "[SRC=203.0.113.99 DST=192.0.2.99 LEN=60 ID=2 PROTO=UDP INCOMPLETE [8 bytes] SPT=1 DPT=2 UID=9 GID=9 ] "
                "UID=0 GID=0 ",
                packet) == "");
  CHECK(to_string(packet.from) == "192.0.2.10");
  CHECK(to_string(packet.to) == "203.0.113.10");
  CHECK(packet.protocol == ip_protocol::icmp);
  CHECK(packet.has_icmp_type);
  CHECK(packet.icmp_type == 3);
  CHECK_FALSE(packet.has_ports);
  CHECK(packet.uid == 0);
}

TEST_CASE("lines that are refused") {
  constexpr std::string_view cut = "a netfilter packet cut short";
  constexpr std::string_view twice = "a netfilter packet with a field twice";
  constexpr std::string_view range = "a netfilter packet with a value out of range";
  struct Case {
    std::string_view fields;
    std::string_view reason;
  };
  const Case cases[] = {
      {"SRC=192.0.2.10", cut},
      {"SRC=192.0.2.10 DST=203.0.113.10 LEN=60 ", cut},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=2 UID=61", cut},
      {"SRC=192.0.2.10 DST=203.0.113.10 DST=203.0.113.11 PROTO=UDP ", twice},
      {"SRC=192.0.2.10 SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP ", twice},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP PROTO=UDP ", twice},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 SPT=1 DPT=1 ", twice},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=1 DPT=1 ", twice},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP UID=1 UID=1 GID=1 ", twice},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP UID=1 GID=1 GID=1 ", twice},
      {"SRC=192.0.2.256 DST=203.0.113.10 PROTO=UDP ", range},
      {"SRC=192.0.2.10 DST= PROTO=UDP ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=65536 DPT=1 ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=1x ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=-1 ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT= ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=256 ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCPx ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP UID=4294967296 GID=1 ", range},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=ICMP TYPE=300 ", range},
  };
  for (const Case& c : cases) {
    CAPTURE(c.fields);
    Packet packet;
    AddressMemo addresses;
    CHECK(parse_packet(c.fields, addresses, packet) == c.reason);
  }
}

TEST_CASE("what the loggers print besides") {
  for (const std::string_view fields : {
           // nf_log_syslog.c
           "PHYSIN=veth0 PHYSOUT=veth1 MACSRC=02:00:5e:00:53:01 MACDST=02:00:5e:00:53:02 VPROTO=8100 VID=7 "
           "MACPROTO=0800 "
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=0 CE DF MF OPT (94040000) PROTO=TCP "
           "SPT=1 DPT=2 SEQ=1 ACK=0 WINDOW=1 RES=0x00 AE CWR ECE SYN URGP=0 OPT (0204) UID=1 GID=2 MARK=0xa ",
           "MAC=45:00 TUNNEL=192.0.2.1->198.51.100.1 SRC=2001:db8::1 DST=2001:db8::2 LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0 "
           "PROTO=UDP SPT=1 DPT=2 LEN=20 ",
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 ID=1 MF FRAG:0 PROTO=UDP SPT=1 DPT=2 LEN=20 MARK=0x1 ",
           "SRC=2001:db8::1 DST=2001:db8::2 LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0 OPT ( ) OPT ( FRAG:0 INCOMPLETE "
           "ID:00000001 ) OPT ( AH SPI=0x1 ) PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN URGP=0 ",
           "SRC=2001:db8::1 DST=2001:db8::2 LEN=60 FRAG:0 INCOMPLETE ID:0000000a PROTO=UDP SPT=1 DPT=2 LEN=20 ",
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 ID=1 PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=2 UID=1 GID=2 ",
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 ID=1 PROTO=ICMP TYPE=3 CODE=4 [SRC=203.0.113.10 DST=192.0.2.10 "
           "LEN=60 "
           "PROTO=UDP INCOMPLETE [8 bytes] ] MTU=1400 UID=0 GID=0 ",
           "SRC=192.0.2.10 DST=203.0.113.10 PROTO=ICMP TYPE=5 CODE=1 GATEWAY=192.0.2.1 [SRC=192.0.2.10 "
           "DST=203.0.113.10 ] ",
           "SRC=2001:db8::1 DST=2001:db8::2 PROTO=ICMPv6 TYPE=4 CODE=0 POINTER=00000028 [SRC=2001:db8::2 TRUNCATED] ",
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 PROTO=ESP INCOMPLETE [4 bytes] UID=0 GID=0 ",
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 PROTO=AH SPI=0xc0ffee ",
           // printpkt.c
           "MAC= SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=1 DPT=2 SEQ=1 "
           "ACK=0 "
           "WINDOW=1 SYN URGP=0 UID=1 GID=2 MARK=1a0000 ",
           "MAC= SRC=2001:db8::1 DST=2001:db8::2 LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0 FRAG: 0 ID: 0000000a PROTO=SCTP "
           "SPT=1 "
           "DPT=2 MARK=0 ",
           // pvefw-logger.c
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 FRAG=0 DF PROTO=UDP SPT=1 DPT=2 "
           "LEN=20mark=5 ",
           "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 ID=1 PROTO=TCP SPT=1 DPT=2 SEQ=1 ACK=0 WINDOW=1 SYN mark=5 ",
       }) {
    CAPTURE(fields);
    Packet packet;
    AddressMemo addresses;
    CHECK(parse_packet(fields, addresses, packet) == "");
  }
}

TEST_CASE("nothing else may stand among the fields or behind them") {
  constexpr std::string_view other = "a netfilter packet with other text among its fields";
  constexpr std::string_view order = "a netfilter packet with its fields out of order";
  constexpr std::string_view range = "a netfilter packet with a value out of range";
  const std::string packet_text =
      "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=1 DPT=443 WINDOW=1 "
      "RES=0x00 SYN URGP=0 UID=5 GID=6 ";
  struct Case {
    std::string_view behind;
    std::string_view reason;
  };
  const Case cases[] = {
      {"", ""},
      {" ", ""},
      {"MARK=0x1 ", ""},
      {",task_memcg=/user.slice,task=python3,pid=4242,uid=1002", other},
      {"MARK=0x1,task_memcg=/user.slice,task=python3,pid=4242,uid=1002", range},
      {"': -2", other},
      {"MARK=0x1 OPT (00,task=x) ", order},
      {"[x ,task=x ] ", other},
      {"MARK=1 mark=1 ", "a netfilter packet with a field twice"},
      {"UID=0 GID=0 ", order},
      {"DPT=22 ", order},
      {"SRC=192.0.2.99 ", order},
      {"PROTO=TCP ", order},
      {"LEN=5 ", order},
      {"INCOMPLETE [5 bytes] ", order},
      {"OUT=eth0 ", other},
      {") ", other},
      {"\x1b[2K", other},
      {"UNKNOWN ", other},
  };
  for (const Case& c : cases) {
    CAPTURE(c.behind);
    Packet packet;
    AddressMemo addresses;
    CHECK(parse_packet(packet_text + std::string(c.behind), addresses, packet) == c.reason);
  }
  const Case inside[] = {
      {"SRC=192.0.2.10 DST=203.0.113.10 UID=5 GID=6 PROTO=TCP SPT=1 DPT=443 SYN ", order},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP DPT=443 SPT=1 SYN ", order},
      {"DST=203.0.113.10 SRC=192.0.2.10 PROTO=TCP SPT=1 DPT=443 SYN ", order},
      {"SRC=192.0.2.10 DST=203.0.113.10 x PROTO=TCP SPT=1 DPT=443 SYN ", other},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=1 DPT=443 SYN OPT x ", other},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=1 DPT=443 SYN OPT ( UID=1 ", other},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=1 DPT=443 [x] SYN ", other},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=ICMP TYPE=3 CODE=1 [SRC=1 ", "a netfilter packet cut short"},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=1 DPT=443 SYN OPT", "a netfilter packet cut short"},
      {"ARP HTYPE=1 PTYPE=0x0800 OPCODE=1", "an ARP packet"},
      {"SRC=192.0.2.10 DST=203.0.113.10 PROTO=ARP REQUEST ", "an ARP packet"},
  };
  for (const Case& c : inside) {
    CAPTURE(c.behind);
    Packet packet;
    AddressMemo addresses;
    CHECK(parse_packet(c.behind, addresses, packet) == c.reason);
  }
}

TEST_CASE("the fast way reads what the slow one does, or nothing") {
  const std::string packets[] = {
      "SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=3162 DF PROTO=TCP SPT=32016 DPT=443 "
      "SEQ=2687653236 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (020405B4) UID=61101 GID=4294967295 MARK=0x1a",
      "MAC=02:00:5e:00:53:01:02:00:5e:00:53:02:08:00 SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0xC0 TTL=64 "
      "ID=0 PROTO=TCP SPT=1 DPT=65535 WINDOW=1 RES=0x00 ACK PSH RST FIN URGP=0 ",
      "SRC=192.0.2.10 DST=192.0.2.53 LEN=62 TOS=0x00 PREC=0x00 TTL=64 ID=48657 DF PROTO=UDP SPT=24632 DPT=53 LEN=42 "
      "UID=0 GID=0 ",
      "SRC=2001:0db8:0000:0000:0000:0000:0000:0010 DST=2001:0db8:0000:0000:0000:0000:0000:0053 LEN=80 TC=0 HOPLIMIT=64 "
      "FLOWLBL=104857 PROTO=TCP SPT=40000 DPT=443 WINDOW=64800 RES=0x00 SYN URGP=0 UID=1000 GID=1000 ",
  };
  AddressMemo addresses;
  std::uint64_t taken = 0;
  const auto agree = [&](const std::string& fields) {
    Packet usual, any;
    const bool is_usual = read_usual_packet(fields, addresses, usual);
    if (!is_usual) return false;
    ++taken;
    const bool same = read_any_packet(fields, addresses, any).empty() && usual == any;
    if (!same) FAIL_CHECK(fields);
    return true;
  };
  for (const std::string& packet : packets) {
    CHECK(agree(packet));
    CHECK(agree(packet.substr(0, packet.find_last_not_of(' ') + 1)));
    for (std::size_t at = 0; at < packet.size(); ++at) {
      agree(packet.substr(0, at));
      agree(packet.substr(0, at) + packet.substr(at + 1));
      for (const char c : {' ', '0', '1', '9', 'a', 'F', 'x', '=', '.', ':', '(', '-', '/', '\0', '\x80'}) {
        std::string changed = packet;
        changed[at] = c;
        agree(changed);
        agree(packet.substr(0, at) + c + packet.substr(at));
      }
    }
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < packet.size(); begin += words.back().size())
      words.push_back(packet.substr(begin, packet.find(' ', begin) + 1 - begin));
    for (std::size_t from = 0; from < words.size(); ++from)
      for (std::size_t to = 0; to <= words.size(); ++to) {
        std::vector<std::string> copied = words;
        copied.insert(copied.begin() + static_cast<std::ptrdiff_t>(to), words[from]);
        std::string text, moved;
        for (std::size_t i = 0; i < copied.size(); ++i) {
          text += copied[i];
          if (i != from + (to <= from)) moved += copied[i];
        }
        agree(text);
        agree(moved);
      }
  }
  CHECK(taken > 1000);
}

TEST_CASE("every cut of a line is safe") {
  const std::string line =
      "Nov 23 07:44:18 lab kernel: [ 4423.688133] [UFW BLOCK] IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 LEN=88 "
      "TOS=0x00 "
      "PREC=0x00 TTL=64 ID=1 PROTO=ICMP TYPE=3 CODE=3 [SRC=203.0.113.99 DST=192.0.2.99 LEN=60 PROTO=UDP SPT=1 DPT=2 ] "
      "UID=0 GID=0 ";
  for (std::size_t i = 0; i <= line.size(); ++i)
    for (std::size_t j = i; j <= line.size(); ++j) {
      const std::string piece = line.substr(i, j - i);
      Packet packet;
      if (parse(piece, packet).empty()) CHECK(to_string(packet.to).starts_with("203.0.113.1"));
    }
}
