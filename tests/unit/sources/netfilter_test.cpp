#include <doctest/doctest.h>
#include <fmt/core.h>

#include <string>
#include <vector>

#include "sources/format_fixture.h"

using namespace egressc;

namespace {

Observations read(std::string_view text, ParseContext context = {}) {
  if (!context.year) context.year = 2026;
  Observations observations;
  const LogParser parser = open_log("netfilter", context, observations);
  parser.feed(text);
  parser.finish();
  observations.finish();
  return observations;
}

// "uid gid address port protocol outcome xCOUNT".
std::vector<std::string> flows_of(const Observations& observations) {
  std::vector<std::string> lines;
  for (const Flow& flow : observations.flows())
    lines.push_back(fmt::format("{} {} {} {} {} {} x{}", static_cast<std::int32_t>(flow.uid),
                                static_cast<std::int32_t>(flow.gid), to_string(flow.to), flow.port, flow.protocol,
                                flow.outcome == Outcome::denied ? "denied" : "attempted", flow.count));
  return lines;
}

std::string only_flow(const Observations& observations) {
  const auto flows = flows_of(observations);
  return flows.size() == 1 ? flows[0] : fmt::format("{} flows", flows.size());
}

std::string only_skip(const Observations& observations) {
  if (observations.skipped.size() != 1 || !observations.flows().empty()) return "not one reason";
  return std::string(observations.skipped[0].reason);
}

constexpr std::string_view syn =
    "IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=37250 DF PROTO=TCP SPT=32004 "
    "DPT=443 SEQ=2006502246 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (020405B40402080A) UID=61001 GID=61001 \n";

}  // namespace

TEST_CASE("attempts") {
  struct Case {
    std::string_view line;
    std::string_view flow;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel: [ 4423.688133] egress: IN= OUT=lab0 SRC=192.0.2.10 DST=192.0.2.53 LEN=62 TOS=0x00 "
       "PREC=0x00 TTL=64 ID=14087 DF PROTO=UDP SPT=48095 DPT=53 LEN=42 UID=61001 GID=61001 ",
       "61001 61001 192.0.2.53 53 17 attempted x1"},
      {"Nov 23 07:44:18 lab kernel: egress: IN= OUT=lab0 SRC=2001:0db8:0000:0001:0000:0000:0000:0010 "
       "DST=2001:0db8:000a:0000:0000:0000:0000:0010 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=66606 PROTO=TCP SPT=50954 DPT=443 "
       "SEQ=3926916285 ACK=0 WINDOW=64800 RES=0x00 SYN URGP=0 UID=33 GID=34 ",
       "33 34 2001:db8:a::10 443 6 attempted x1"},
      {"egress: IN= OUT=lo SRC=127.0.0.1 DST=127.0.0.53 LEN=37 ID=49132 DF PROTO=UDP SPT=36597 DPT=53 LEN=17 UID=5 "
       "GID=6",
       "5 6 127.0.0.53 53 17 attempted x1"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 LEN=36 TTL=64 ID=9220 DF PROTO=ICMP TYPE=8 CODE=0 ID=13889 SEQ=0 "
       "UID=5 GID=6 ",
       "5 6 203.0.113.35 0 1 attempted x1"},
      {"IN= OUT=lab0 SRC=2001:db8::1 DST=2001:db8::2 LEN=56 TC=0 HOPLIMIT=64 FLOWLBL=401752 PROTO=ICMPv6 TYPE=128 "
       "CODE=0 ID=13890 SEQ=0 UID=5 GID=6 ",
       "5 6 2001:db8::2 0 58 attempted x1"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 LEN=36 PROTO=ESP SPI=0xc0ffee ",
       "-1 -1 203.0.113.35 0 50 attempted x1"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 LEN=36 PROTO=47 ", "-1 -1 203.0.113.35 0 47 attempted x1"},
      // A custom log without flags, and one packet after which ECN is asked for.
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 PROTO=TCP SPT=1 DPT=22 ", "-1 -1 203.0.113.35 22 6 attempted x1"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 PROTO=TCP SPT=1 DPT=22 RES=0x00 CWR ECE SYN URGP=0 ",
       "-1 -1 203.0.113.35 22 6 attempted x1"},
      // A prefix may lie about everything.
      {"kernel: SRC=203.0.113.66 DST=203.0.113.66 UID=0 IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 PROTO=UDP SPT=1 "
       "DPT=53 UID=5 GID=6 ",
       "5 6 203.0.113.35 53 17 attempted x1"},
      {"IN= OUT=lo SRC=192.0.2.10 DST=203.0.113.66 PROTO=UDP SPT=1 DPT=1 [IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.35 "
       "PROTO=UDP SPT=1 DPT=53 UID=5 GID=6 ",
       "5 6 203.0.113.35 53 17 attempted x1"},
      {"101 6 PVEFW-HOST-OUT 23/Nov/2026:07:44:18 +0000 ACCEPT: OUT=vmbr0 SRC=192.0.2.10 DST=203.0.113.35 LEN=60 "
       "PROTO=TCP SPT=1 DPT=22 SEQ=1 ACK=0 WINDOW=1 SYN ",
       "-1 -1 203.0.113.35 22 6 attempted x1"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    CHECK(only_flow(read(c.line)) == c.flow);
  }
}

TEST_CASE("what is no attempt, and why") {
  struct Case {
    std::string_view line;
    std::string_view reason;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel: device lab0 entered promiscuous mode", "not a netfilter packet"},
      {"{\"MESSAGE\":", "not a netfilter packet"},
      {"{\"MESSAGE\":\"hello\"}", "not a netfilter packet"},
      {"IN=eth0 OUT= MAC=02:00 SRC=203.0.113.10 DST=192.0.2.10 PROTO=TCP SPT=1 DPT=22 SYN ", "an inbound packet"},
      {"IN=eth0 OUT=eth1 SRC=203.0.113.10 DST=192.0.2.10 PROTO=TCP SPT=1 DPT=22 SYN ", "a forwarded packet"},
      {"IN= OUT= SRC=203.0.113.10 DST=192.0.2.10 PROTO=TCP SPT=1 DPT=22 SYN ", "a packet without an interface"},
      {"0 3 PVEFW-HOST-IN 20/Jun/2022:13:09:14 +0200 policy DROP: IN=vmbr0.94 MAC=02:00 SRC=203.0.113.10 "
       "DST=192.0.2.10 "
       "PROTO=TCP SPT=1 DPT=22 SYN ",
       "an inbound packet"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=22 DPT=1 ACK SYN ",
       "a reply or a packet in mid-stream"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=22 DPT=1 RST ", "a reply or a packet in mid-stream"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=TCP SPT=22 DPT=1 ACK PSH FIN ",
       "a reply or a packet in mid-stream"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=ICMP TYPE=0 CODE=0 ",
       "an ICMP message that is no echo request"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=ICMP TYPE=3 CODE=3 [SRC=203.0.113.10 DST=192.0.2.10 "
       "PROTO=UDP "
       "SPT=1 DPT=2 ] ",
       "an ICMP message that is no echo request"},
      {"IN= OUT=lab0 SRC=2001:db8::1 DST=2001:db8::2 PROTO=ICMPv6 TYPE=135 CODE=0 ",
       "an ICMP message that is no echo request"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 FRAG:185 PROTO=UDP ", "a later fragment of a packet"},
      {"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=5", "a netfilter packet cut short"},
      {"Nov 23 07:44:18 lab python3[4711]: IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=2 ",
       "a packet that another program wrote down"},
      {R"({"MESSAGE":"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=2 ","_TRANSPORT":"syslog"})",
       "a packet that another program wrote down"},
      {R"({"MESSAGE":"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=UDP SPT=1 DPT=2 "})",
       "a packet that another program wrote down"},
      {R"({"MESSAGE":"x","MESSAGE":"IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.10 PROTO=17 ","_TRANSPORT":"kernel"})",
       "not a netfilter packet"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    CHECK(only_skip(read(c.line)) == c.reason);
  }
}

TEST_CASE("prefixes that speak of denial") {
  struct Case {
    std::string_view before;
    bool denied;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel: [ 12.3] egress: ", false},
      {"Nov 23 07:44:18 lab kernel: [ 12.3] egress-DROP: ", true},
      {"Nov 23 07:44:18 lab kernel: [ 12.3] [UFW BLOCK] ", true},
      {"Nov 23 07:44:18 lab kernel: [ 12.3] [UFW AUDIT] ", false},
      {"Nov 23 07:44:18 lab kernel: [wan-lan-default-D]", true},
      {"Nov 23 07:44:18 lab kernel: [WAN_LOCAL-4000-R] ", true},
      {"Nov 23 07:44:18 lab kernel: [WAN_LOCAL-4000-A] ", false},
      {"Nov 23 07:44:18 lab kernel: DESCR=\"[WAN_LOCAL]Block All Traffic\" ", true},
      {"Nov 23 07:44:18 lab kernel: DENY=", true},
      {"Nov 23 07:44:18 lab kernel: FINAL_REJECT: ", true},
      {"Nov 23 07:44:18 lab kernel: egressc-monitor ", false},
      {"Nov 23 07:44:18 lab kernel: egressc-deny ", true},
      {"Nov 23 07:44:18 dropbox kernel: egress: ", false},
      {"<6>1 2026-11-23T07:44:18Z block-host kernel - - - egress: ", false},
      {"<6>1 2026-11-23T07:44:18Z lab kernel - - - DROP ", true},
      {"2026-11-23T07:44:18.5Z lab kernel: REJECT ", true},
      {"Nov 23 07:44:18 blockhouse  ", false},
      {"Nov 23 07:44:18 lab egress-DROP: ", true},
      {"Nov 23 07:44:18 lab drop all ", true},
      {"Nov 23 07:44:18 lab ulogd[99]: DROP ", true},
      {"Mon Nov 23 07:44:18 2026 kern.warn kernel: [ 12.3] DROP wan out: ", true},
      {"août 19 11:08:37 nlaptop kernel: [UFW BLOCK] ", true},
      {"[   12.345678] drop ", true},
      {"", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    const auto observations = read(std::string(c.before) + std::string(syn));
    CHECK(only_flow(observations) ==
          fmt::format("61001 61001 203.0.113.10 443 6 {} x1", c.denied ? "denied" : "attempted"));
  }
}

TEST_CASE("a packet that several rules logged is one attempt, denied if one of them denies") {
  const std::string audit = "[UFW AUDIT] " + std::string(syn);
  const std::string block = "[UFW BLOCK] " + std::string(syn);
  CHECK(only_flow(read(audit + block)) == "61001 61001 203.0.113.10 443 6 denied x1");
  CHECK(only_flow(read(block + audit)) == "61001 61001 203.0.113.10 443 6 denied x1");
  CHECK(only_flow(read("a " + audit + "b " + audit)) == "61001 61001 203.0.113.10 443 6 attempted x1");
  // The same rule again: another packet, that looks the same.
  CHECK(only_flow(read(audit + audit)) == "61001 61001 203.0.113.10 443 6 attempted x2");
  CHECK(only_flow(read(audit + block + audit + block)) == "61001 61001 203.0.113.10 443 6 denied x2");
  CHECK(only_flow(read(audit + audit + block + block)) == "61001 61001 203.0.113.10 443 6 denied x2");
  CHECK(flows_of(read("Nov 23 07:44:18 lab kernel: " + audit + "Nov 23 07:44:28 lab kernel: " + block)).size() == 2);

  std::string between;
  for (int i = 0; i < 200; ++i)
    between +=
        fmt::format("IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.77 LEN=60 ID={} PROTO=UDP SPT=5 DPT=53 \n", i + 1);
  CHECK(flows_of(read(audit + between + block)) == std::vector<std::string>{"61001 61001 203.0.113.10 443 6 denied x1",
                                                                            "-1 -1 203.0.113.77 53 17 attempted x200"});
  // Held back for no longer than that.
  CHECK(flows_of(read(audit + between + between + block)).size() == 3);

  // IPv6 has no identification.
  const std::string v6 = "IN= OUT=lab0 SRC=2001:db8::1 DST=2001:db8::2 LEN=80 FLOWLBL=7 PROTO=TCP SPT=1 DPT=443 SYN \n";
  CHECK(only_flow(read("NEW " + v6 + "DROP " + v6)) == "-1 -1 2001:db8::2 443 6 denied x1");
}

TEST_CASE("ten thousand packets are each handed on once") {
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += fmt::format("IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.{} LEN=60 ID={} PROTO=TCP SPT={} DPT=443 SYN \n",
                        i % 7, i % 65536, 1024 + i % 5000);
  const auto observations = read(text);
  std::uint64_t count = 0;
  for (const Flow& flow : observations.flows()) count += flow.count;
  CHECK(observations.flows().size() == 7);
  CHECK(count == 10'000);
  CHECK(observations.lines == 10'000);
}

TEST_CASE("answers to peers who spoke first") {
  const std::string in =
      "Nov 23 07:44:18 lab kernel: IN=lab0 OUT= SRC=203.0.113.9 DST=192.0.2.10 PROTO=UDP SPT=4000 DPT=53 \n";
  const std::string out =
      "Nov 23 07:44:18 lab kernel: IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.9 PROTO=UDP SPT=53 DPT=4000 UID=5 GID=5 "
      "\n";
  std::string later = out;
  later.replace(later.find("07:44"), 5, "07:48");
  const std::string attempt = "5 5 203.0.113.9 4000 17 attempted x1";
  CHECK(flows_of(read(in + out)).empty());
  CHECK(flows_of(read(in + out + out)).empty());
  CHECK(only_flow(read(out)) == attempt);
  CHECK(only_flow(read(out + in + out)) == "5 5 203.0.113.9 4000 17 attempted x2");
  CHECK(only_flow(read(in + later)) == attempt);
  CHECK(only_flow(read("IN=lab0 OUT= SRC=203.0.113.8 DST=192.0.2.10 PROTO=UDP SPT=4000 DPT=53 \n" + out)) == attempt);
  // A resolver on the same host, of which only what leaves is logged.
  const std::string ask = "IN= OUT=lo SRC=127.0.0.1 DST=127.0.0.53 PROTO=UDP SPT=4000 DPT=53 UID=5 GID=5 \n";
  const std::string tell = "IN= OUT=lo SRC=127.0.0.53 DST=127.0.0.1 PROTO=UDP SPT=53 DPT=4000 UID=101 GID=101 \n";
  CHECK(only_flow(read(ask + tell + ask + tell)) == "5 5 127.0.0.53 53 17 attempted x2");
  // TCP tells by its flags.
  CHECK(only_flow(read("IN=lab0 OUT= SRC=203.0.113.10 DST=192.0.2.10 PROTO=TCP SPT=443 DPT=32004 SYN \n" +
                       std::string(syn))) == "61001 61001 203.0.113.10 443 6 attempted x1");
}

TEST_CASE("when it was, and who asks a resolver") {
  const std::string line =
      "IN= OUT=lab0 SRC=192.0.2.10 DST=192.0.2.53 LEN=62 ID=1 PROTO=UDP SPT=48095 DPT=53 LEN=42 UID=5 GID=6 \n";
  const auto at = [](std::string_view iso) { return parse_iso_time(iso).value(); };
  const auto first_of = [&](const std::string& before, ParseContext context = {}) {
    return read(before + line, context).flows().at(0).first;
  };
  CHECK(first_of("Nov 23 07:44:18 lab kernel: [ 4423.688133] ") == at("2026-11-23T07:44:18Z"));
  CHECK(first_of("2026-11-23T07:44:18.123+01:00 lab kernel: ") == at("2026-11-23T06:44:18.123Z"));
  CHECK(first_of("0 6 PVEFW-HOST-OUT 23/Nov/2026:07:44:18 +0200 ACCEPT: ") == at("2026-11-23T05:44:18Z"));
  CHECK(first_of("[ 4423.688133] ") == no_time);
  CHECK(read("[ 4423.688133] " + line).uptime_only);
  ParseContext booted;
  booted.boot_time = at("2026-11-23T00:00:00Z");
  CHECK(first_of("[ 4423.688133] ", booted) == at("2026-11-23T01:13:43.688133Z"));
  CHECK(first_of("août 19 11:08:37 nlaptop kernel: ") == at("2026-08-19T11:08:37Z"));

  const auto journal =
      read(R"({"__REALTIME_TIMESTAMP":"1795419858000000","_TRANSPORT":"kernel","A":[{"MESSAGE":1}],)"
           R"("MESSAGE":"[UFW BLOCK] IN= OUT=lab0 SRC=192.0.2.10 DST=192.0.2.53 PROTO=UDP SPT=9 DPT=53 "})");
  CHECK(only_flow(journal) == "-1 -1 192.0.2.53 53 17 denied x1");
  CHECK(journal.flows()[0].first == at("2026-11-23T07:44:18Z"));

  const auto observations = read("Nov 23 07:44:18 lab kernel: " + line);
  REQUIRE(observations.askers.size() == 1);
  CHECK(to_string(observations.askers[0].from) == "192.0.2.10");
  CHECK(observations.askers[0].from_port == 48095);
  CHECK(observations.askers[0].uid == 5);
  CHECK(observations.askers[0].gid == 6);
}

TEST_CASE("lines are counted, however they end") {
  const auto observations = read("\n\r\nx\r\n" + std::string(syn) + "last");
  CHECK(observations.lines == 5);
  CHECK(flows_of(observations).size() == 1);
  REQUIRE(observations.skipped.size() == 1);
  CHECK(observations.skipped[0].count == 2);
  CHECK(observations.skipped[0].first_line == 3);
}

TEST_CASE("sniffing") {
  const std::string line = "Nov 23 07:44:18 lab kernel: [ 4423.688133] egress: " + std::string(syn);
  CHECK(sniff_as("netfilter", line) == 95);
  CHECK(sniff_as("netfilter", line + "Nov 23 07:44:18 lab kernel: eth0: link up\n") > 50);
  CHECK(sniff_as("netfilter", "") == 0);
  CHECK(sniff_as("netfilter", "type=SYSCALL msg=audit(1795419858.688:1): arch=c000003e\n") == 0);
  CHECK(sniff_as("netfilter",
                 R"({"__REALTIME_TIMESTAMP":"1795419858000000","_TRANSPORT":"kernel",)"
                 R"("MESSAGE":"IN= OUT=lab0 SRC=192.0.2.10 DST=192.0.2.53 PROTO=UDP SPT=9 DPT=53 "})") == 95);
  // An agent's JSON with a forged message.
  CHECK(sniff_as("netfilter", R"({"ts":1,"MESSAGE":"IN= OUT=lab0 SRC=192.0.2.10 DST=192.0.2.53 PROTO=17 "})") == 0);
  std::string agent;
  for (int i = 0; i < 20; ++i) agent += "2026-11-23T07:44:18Z INFO net[13308]: GET https://api.example/ -> 200 OK\n";
  CHECK(sniff_as("netfilter", agent + line) == 0);
}
