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
      {"{\"MESSAGE\":", "not a packet in the JSON of journald or ulogd"},
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
       "not a packet in the JSON of journald or ulogd"},
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
      {"Nov 23 07:44:18 lab kernel: iptables denied: ", true},
      {"Nov 23 07:44:18 lab kernel: Refused.out: ", true},
      {"Nov 23 07:44:18 lab kernel: [fw:DISCARDED] ", true},
      {"Nov 23 07:44:18 lab kernel: prohibited_by_policy=", true},
      {"Nov 23 07:44:18 lab kernel: allow-dropbox: ", false},
      {"Nov 23 07:44:18 lab kernel: unblocked: ", false},
      {"Nov 23 07:44:18 lab kernel: airdrop ", false},
      {"Nov 23 07:44:18 lab kernel: drop2x ", false},
      {"Nov 23 07:44:18 lab kernel: \xc3\xa9"
       "drop ",
       false},
      {"Nov 23 07:44:18 lab kernel: TRACE: raw:OUTPUT:policy:2 ", false},
      {"Nov 23 07:44:18 lab kernel: TRACE: filter:DROP_LOG:rule:1 ", false},
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

namespace {

constexpr std::string_view another_program = "a packet that another program wrote down";
constexpr std::string_view several_lines = "a packet within a message of several lines";

std::string entry(std::string_view fields, std::string_view message) {
  return fmt::format(R"({{"__REALTIME_TIMESTAMP":"1795419858000000",{},"MESSAGE":"{}"}})", fields, message);
}

std::string packet_to(int last, std::string_view before) {
  return fmt::format(
      "{}IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.{} LEN=60 ID={} PROTO=TCP SPT=4 DPT=443 SYN UID=5 GID=6 \n", before,
      last, last);
}

// The last parts of the addresses that were reached.
std::string reached(const Observations& observations) {
  std::string text;
  for (const Flow& flow : observations.flows()) text += to_string(flow.to).substr(10) + ' ';
  return text;
}

std::uint64_t count_of(const Observations& observations, std::string_view reason) {
  for (const Skipped& skipped : observations.skipped)
    if (skipped.reason == reason) return skipped.count;
  return 0;
}

}  // namespace

TEST_CASE("who wrote a line") {
  struct Case {
    std::string_view before;
    bool is_kernels;
  };
  const Case cases[] = {
      {"Nov 23 07:44:18 lab kernel: ", true},
      {"Nov 23 07:44:18 lab kernel[1]: ", false},
      {"Nov 23 07:44:18 lab ulogd[9]: ", true},
      {"Nov 23 07:44:18 lab pvefw-logger[9]: ", true},
      {"Nov 23 07:44:18 lab agent[9]: ", false},
      {"<4>1 2026-11-23T07:44:18Z lab kernel - - - ", true},
      {"<4>1 2026-11-23T07:44:18Z lab kernel 7 - - ", false},
      {"<14>1 2026-11-23T07:44:18Z lab agent - - - ", false},
      {"<12>1 2026-11-23T07:44:18Z lab kernel - - - ", false},
      {"<12>Nov 23 07:44:18 lab kernel: ", false},
      {"<4>Nov 23 07:44:18 lab kernel: ", true},
      {"<4>[   12.345678] ", true},
      {"<12>[   12.345678] ", false},
      {"Nov 23 07:44:18 lab kern.warn kernel: ", true},
      {"Nov 23 07:44:18 lab user.notice kernel: ", false},
      {"Nov 23 07:44:18 lab.example kernel: ", true},
      {"<14>1 2026-11-23T07:44:18Z lab - - - - kernel: ", false},
      {"août 19 11:08:37 lab agent[9]: ", false},
      {"août 19 11:08:37 lab agent: kernel: ", false},
      {"août 19 11:08:37 lab kernel: ", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    const auto observations = read(packet_to(1, c.before));
    CHECK(reached(observations) == (c.is_kernels ? "1 " : ""));
    CHECK(count_of(observations, another_program) == (c.is_kernels ? 0 : 1));
    CHECK(observations.forgeable.empty() != c.is_kernels);
  }
}

TEST_CASE("a line without a program is ulogd's only where no syslog writes") {
  const std::string kernel = "Nov 23 07:44:18 lab kernel: ";
  CHECK(reached(read(packet_to(1, "Nov 23 07:44:18 lab x: ") + packet_to(2, "Nov 23 07:44:18 lab  "))) == "1 2 ");
  for (const std::string_view before :
       {"Nov 23 07:44:18 lab x: ", "Nov 23 07:44:18 lab  ", "Nov 23 07:44:18 lab [x] ", ""}) {
    CAPTURE(before);
    for (const std::string& text :
         {packet_to(1, before) + packet_to(2, kernel), packet_to(2, kernel) + packet_to(1, before),
          packet_to(1, before) + kernel + "eth0: link up\n" + packet_to(2, kernel),
          packet_to(1, before) + "Nov 23 07:44:18 lab sshd[7]: x\n" + packet_to(2, kernel)}) {
      const auto observations = read(text);
      CHECK(reached(observations) == "2 ");
      CHECK(count_of(observations, another_program) == 1);
    }
  }
  for (const std::string_view tag : {"kernel:x: ", "kernel[7]: ", "kernelx: "})
    CHECK(reached(read(packet_to(2, kernel) + packet_to(1, "Nov 23 07:44:18 lab " + std::string(tag)))) == "2 ");
  // dmesg has no programs.
  CHECK(reached(read(packet_to(1, "[   12.300000] x: ") + packet_to(2, "Nov 23 07:44:18 lab kernel: "))) == "1 2 ");
}

TEST_CASE("an entry of a journal is the kernel's by its transport") {
  const std::string packet = packet_to(1, "egress: ").substr(0, packet_to(1, "egress: ").size() - 1);
  const auto proved = read(entry(R"("_TRANSPORT":"kernel")", packet));
  CHECK(reached(proved) == "1 ");
  CHECK(proved.forgeable.empty());
  CHECK(reached(read(entry(R"("_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel")", packet))) == "1 ");
  for (const std::string_view fields :
       {R"("_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"agent")", R"("_TRANSPORT":"kernel","_COMM":"agent")",
        R"("_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"kernel")", R"("_TRANSPORT":"stdout")"}) {
    CAPTURE(fields);
    CHECK(only_skip(read(entry(fields, packet))) == another_program);
  }
  CHECK(only_skip(read(entry(R"("_TRANSPORT":"kernel")", "overlayfs: failed to resolve 'x\\n" + packet))) ==
        several_lines);
  CHECK(only_skip(read(entry(R"("_TRANSPORT":"kernel")", packet + "\\n': -2"))) == several_lines);
}

TEST_CASE("a message of several lines holds no packet") {
  const std::string other = "overlayfs: failed to resolve 'x\n";
  for (const std::string time : {"[  936.999559] ", "Nov 23 07:44:18 lab kernel: [  936.999559] "}) {
    CAPTURE(time);
    const std::string later = std::string(time).replace(time.find("936"), 3, "937");
    const std::string good = packet_to(2, later);
    const std::string other_line = time + other;
    CHECK(reached(read(other_line + packet_to(1, time) + time + "y': -2\n" + good)) == "2 ");
    CHECK(reached(read(packet_to(1, time) + packet_to(3, time) + time + "y': -2\n" + good)) == "2 ");
    CHECK(count_of(read(packet_to(1, time) + packet_to(3, time) + time + "y': -2\n"), several_lines) == 2);
    CHECK(count_of(read(other_line + packet_to(1, time)), several_lines) == 1);
    // One packet that two rules log, and what comes a microsecond later.
    CHECK(reached(read(packet_to(1, time) + packet_to(1, time + "b ") + good)) == "1 2 ");
    CHECK(reached(read(packet_to(1, time) + later + other)) == "1 ");
  }
  // What others write says nothing of the kernel's messages.
  const std::string kernel = "Nov 23 07:44:18 lab kernel: [  936.999559] ";
  CHECK(reached(read(packet_to(1, kernel) + "Nov 23 07:44:18 lab x: [  936.999559] y\n")) == "1 ");
  CHECK(reached(read("Nov 23 07:44:18 lab x[3]: [  936.999559] y\n" + packet_to(1, kernel))) == "1 ");
  CHECK(reached(read(packet_to(1, kernel) + "Nov 23 07:44:18 lab x[3]: y\n" +
                     "Nov 23 07:44:18 lab kernel: [  936.999559] z\n")) == "");
  CHECK(reached(read(packet_to(1, kernel) + "Nov 23 07:44:18 lab x[3]: y\n   z\n")) == "1 ");

  // Indented, as dmesg and journalctl print it.
  CHECK(reached(read("[  936.999559] " + other + packet_to(1, "               ") + "               y': -2\n" +
                     packet_to(2, "[  936.999600] "))) == "2 ");
}

TEST_CASE("a prefix has its length, and no line ends") {
  const std::string kernel = "Nov 23 07:44:18 lab kernel: ";
  CHECK(reached(read(packet_to(1, kernel + std::string(127, 'x')))) == "1 ");
  CHECK(only_skip(read(packet_to(1, kernel + std::string(128, 'x')))) ==
        "a packet behind more text than a prefix can be");
  for (const std::string_view message : {"cgroup: fork rejected by pids controller in /user.slice/x ",
                                         "tmpfs: Unknown parameter 'x' ", "overlayfs: failed to resolve '"})
    CHECK(only_skip(read(packet_to(1, kernel + std::string(message)))) ==
          "a packet within another message of the kernel");
  for (const std::string_view end : {"#012", "\\n", "\\x0a", "\r"})
    CHECK(only_skip(read(packet_to(1, kernel + "x" + std::string(end)))) == several_lines);
}

TEST_CASE("with tags, only packets behind one of them count") {
  ParseContext context;
  context.tags = {"egress-5f0c9a41", "other"};
  const std::string kernel = "Nov 23 07:44:18 lab kernel: [  936.999559] ";
  const auto observations =
      read(packet_to(1, kernel + "egress-5f0c9a41: ") + packet_to(2, kernel + "egress: ") + packet_to(3, kernel) +
               packet_to(4, kernel + "x egress-5f0c9a41: ") + packet_to(5, kernel + "others ") +
               packet_to(6, "egress-5f0c9a41: ") + packet_to(7, "Nov 23 07:44:18 lab agent[3]: egress-5f0c9a41: "),
           context);
  CHECK(reached(observations) == "1 5 ");
  CHECK(count_of(observations, "a packet without one of the tags of --tag") == 3);
  CHECK(observations.forgeable.empty());
  CHECK(reached(read(packet_to(1, kernel), context)) == "");
  // Who does not know the tag takes nothing away by a line of the same time.
  CHECK(reached(read(packet_to(1, kernel + "egress-5f0c9a41: ") + kernel + "y\n", context)) == "1 ");
  CHECK(reached(read(packet_to(1, "Nov 23 07:44:18 lab egress-5f0c9a41: "), context)) == "1 ");
}

TEST_CASE("prefixes that the command line speaks of") {
  ParseContext context;
  context.denied_prefixes = {"FWD", "drop-ok-not"};
  context.allowed_prefixes = {"drop-ok", "FWDX"};
  const auto outcome_of = [&](std::string_view prefix) {
    return read(packet_to(1, prefix), context).flows().at(0).outcome == Outcome::denied;
  };
  CHECK(outcome_of("FWD: "));
  CHECK_FALSE(outcome_of("FWDX: "));
  CHECK_FALSE(outcome_of("drop-ok: "));
  CHECK(outcome_of("drop-ok-not: "));
  CHECK(outcome_of("drop: "));
  CHECK_FALSE(outcome_of("x FWD: "));
}

TEST_CASE("ulogd's JSON") {
  const std::string start =
      R"({"timestamp": "2026-11-23T07:44:18.101234", "dvc": "Netfilter", "oob.prefix": "egress ", "oob.hook": 3, )"
      R"("oob.family": 2, "oob.uid": 5, "oob.gid": 6, "oob.in": "", "oob.out": "lab0", )";
  const std::string ends = R"("src_ip": "192.0.2.10", "dest_ip": "203.0.113.1")";
  const std::string tcp = R"("ip.protocol": 6, "src_port": 4, "dest_port": 443, )";
  const auto tcp_packet = read(start + tcp + R"("tcp.syn": true, "tcp.ack": false, )" + ends + "}");
  CHECK(only_flow(tcp_packet) == "5 6 203.0.113.1 443 6 attempted x1");
  CHECK(tcp_packet.flows()[0].first == parse_iso_time("2026-11-23T07:44:18.101234Z").value());
  CHECK(tcp_packet.forgeable.empty());
  CHECK(read(start + tcp + R"("oob.time.sec": 1795419858, "oob.time.usec": 7, "tcp.syn": 1, )" + ends + "}")
            .flows()
            .at(0)
            .first == Micros{1795419858} * second + 7);
  CHECK(only_flow(read(start + R"("ip.protocol": 17, "udp.sport": 4, "udp.dport": 53, )" + ends + "}")) ==
        "5 6 203.0.113.1 53 17 attempted x1");
  CHECK(only_flow(read(start + R"("ip.protocol": 1, "icmp.type": 8, "icmp.code": 0, )" + ends + "}")) ==
        "5 6 203.0.113.1 0 1 attempted x1");
  CHECK(only_flow(read(start + R"("ip6.nexthdr": 58, "icmpv6.type": 128, "ip.saddr.str": "2001:db8::1", )" +
                       R"("ip.daddr.str": "2001:db8::2"})")) == "5 6 2001:db8::2 0 58 attempted x1");
  CHECK(only_flow(read(start + R"("action": "blocked", )" + tcp + ends + "}")) == "5 6 203.0.113.1 443 6 denied x1");
  struct Case {
    std::string text;
    std::string_view reason;
  };
  const Case cases[] = {
      {start + tcp + R"("tcp.syn": true, "tcp.ack": true, )" + ends + "}", "a reply or a packet in mid-stream"},
      {start + R"("ip.protocol": 6, "ip.fragoff": 185, )" + ends + "}", "a later fragment of a packet"},
      {start + R"("ip.protocol": 6, )" + ends + "}", "a netfilter packet cut short"},
      {start + ends + "}", "a netfilter packet cut short"},
      {start + R"("ip.protocol": 256, )" + ends + "}", "a netfilter packet with a value out of range"},
      {start + tcp + R"("ip.saddr": 167772162})",
       "a packet of ulogd with addresses as numbers: its stack needs IP2STR"},
      {start + tcp + R"("oob.uid": 7, )" + ends + "}", "not a packet in the JSON of journald or ulogd"},
      {R"({"ct.event": 4, "orig.ip.protocol": 6, )" + ends + "}",
       "a connection that ulogd tracked, which is no packet"},
      {R"({"a": {"oob.uid": 1, "oob.out": "lab0"}, )" + ends + "}", "not a packet in the JSON of journald or ulogd"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(only_skip(read(c.text)) == c.reason);
  }
  CHECK(sniff_as("netfilter", start + tcp + ends + "}\n") == 95);
}
