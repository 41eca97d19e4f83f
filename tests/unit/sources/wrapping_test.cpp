// What wrappers must not let through, and where they end.
#include <doctest/doctest.h>

#include "sources/format_fixture.h"
#include "sources/resolver_fixture.h"

using namespace egressc;

namespace {

std::string packet(std::string_view to) {
  return fmt::format(
      "egress: IN= OUT=eth0 SRC=192.0.2.10 DST={} LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=4242 DF PROTO=TCP SPT=46764 "
      "DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0 UID=1001 GID=1001 ",
      to);
}

Lines reached(const Observations& observations) {
  Lines lines;
  for (const Flow& flow : observations.flows()) lines.push_back(fmt::format("{} x{}", to_string(flow.to), flow.count));
  return lines;
}

std::string journal_line(std::string_view message, std::string_view fields) {
  return fmt::format(
      "{{\"__REALTIME_TIMESTAMP\":\"1795168800000000\",\"SYSLOG_IDENTIFIER\":\"dnsmasq\",\"MESSAGE\":\"{}\"{}}}\n",
      message, fields);
}

}  // namespace

TEST_CASE("an indented line goes on with the message above it") {
  const std::string text = fmt::format(
      "[  930.100000] {}\n[  936.999559] overlayfs: failed to resolve 'x\n"
      "               {}\n               [  937.0] {}\n               y': -2\n",
      packet("198.51.100.7"), packet("203.0.113.66"), packet("203.0.113.67"));
  const Observations observations = read_log("netfilter", text);
  CHECK(reached(observations) == Lines{"198.51.100.7 x1"});
  CHECK(skipped_of(observations) == Lines{"1 not a netfilter packet", "3 goes on with the message above it"});

  SUBCASE("also of dnsmasq in a journal") {
    const Observations names = read_log("dnsmasq",
                                        "Nov 20 10:00:00 lab dnsmasq[1]: query[A] a.example from 127.0.0.1\n"
                                        "Nov 20 10:00:00 lab agent[2]: x\n"
                                        "                             dnsmasq[1]: reply a.example is 203.0.113.66\n");
    CHECK(resolutions_of(names).empty());
  }
  SUBCASE("but not where the whole text was indented") {
    const std::string quoted = fmt::format("    [  930.1] {}\n      {}\n    [  930.2] {}\n", packet("198.51.100.7"),
                                           packet("203.0.113.66"), packet("198.51.100.8"));
    CHECK(reached(read_log("netfilter", quoted)) == Lines{"198.51.100.8 x1"});
  }
}

TEST_CASE("what goes on in an indented line was no packet, whatever its first line looks like") {
  const std::string dmesg = "[  936.999559] " + packet("203.0.113.66") + "\n               y': -2\n";
  const std::string kern = "Nov 20 10:00:00 lab kernel: " + packet("203.0.113.66") + "\n    y': -2\n";
  const std::string untagged = packet("203.0.113.66") + "\n y': -2\n";  // dmesg -t
  for (const std::string& message : {dmesg, kern, untagged}) {
    CAPTURE(message);
    const Observations alone = read_log("netfilter", message);
    CHECK(reached(alone).empty());
    CHECK(skipped_of(alone) ==
          Lines{"1 a packet within a message of several lines", "1 goes on with the message above it"});
    const std::string before = message.substr(0, message.find("egress:")) + packet("198.51.100.7") + "\n";
    const bool is_same_time = message.starts_with('[');  // then it is all one message
    CHECK(reached(read_log("netfilter", before + message)) == (is_same_time ? Lines{} : Lines{"198.51.100.7 x1"}));
    CHECK(reached(read_log("netfilter", message + "[  999.000001] " + packet("198.51.100.8") + "\n")) ==
          Lines{"198.51.100.8 x1"});
  }
  ParseContext tagged;
  tagged.tags = {"egress: "};
  Observations observations;
  const LogParser parser = open_log("netfilter", tagged, observations);
  parser.feed(dmesg);
  parser.finish();
  observations.finish();
  CHECK(reached(observations).empty());
}

TEST_CASE("how often a message came is believed behind a tag, and nobody makes them more work than their text is") {
  const std::string line =
      "2026-11-20T10:00:00Z lab kernel: message repeated {} times: [ " + packet("198.51.100.7") + "]\n";
  const auto with_tag = [](std::string_view tag, std::string_view text) {
    ParseContext context;
    context.tags = {std::string(tag)};
    Observations observations;
    const LogParser parser = open_log("netfilter", context, observations);
    parser.feed(text);
    parser.finish();
    observations.finish();
    return reached(observations);
  };
  const std::string thrice = fmt::format(fmt::runtime(line), 3);
  CHECK(with_tag("egress: ", thrice) == Lines{"198.51.100.7 x3"});
  CHECK(with_tag("egress-5f0c9a41: ", thrice).empty());
  const Observations once = read_log("netfilter", thrice);
  CHECK(reached(once) == Lines{"198.51.100.7 x1"});
  CHECK(skipped_of(once) == Lines{"1 repetitions of a message, as any process can say of itself: not counted"});
  CHECK(reached(read_log("netfilter", fmt::format(fmt::runtime(line), 0))).size() <= 1);
  const std::string many = fmt::format(fmt::runtime(line), 4000000000U);
  CHECK(with_tag("egress: ", many + many + many) == Lines{"198.51.100.7 x100003"});
  const std::string other =
      "2026-11-20T10:00:00Z lab agent[5]: message repeated 2 times: [ kernel: " + packet("198.51.100.7") + "]\n";
  CHECK(reached(read_log("netfilter", other)).empty());
}

TEST_CASE("a repetition that does not say of which message counts nothing, and is said") {
  const std::string start = "Nov 20 10:00:00 lab ";
  const std::string text = start + "kernel: " + packet("198.51.100.7") + "\n" + start +
                           "last message repeated 3 times\n" + start + "agent[5]: last message repeated 9 times\n";
  const Observations observations = read_log("netfilter", text);
  CHECK(reached(observations) == Lines{"198.51.100.7 x1"});
  CHECK(skipped_of(observations) == Lines{"2 repetitions of a message, as any process can say of itself: not counted"});
}

TEST_CASE("what a process wrote is its own in a container's output, too") {
  const std::string time = "2026-11-20T10:00:00.123456789Z ";
  CHECK(reached(read_log("netfilter", time + "INFO web[13198]: kernel: " + packet("203.0.113.66") + "\n")).empty());
  CHECK(reached(read_log("netfilter", time + "lab kernel: " + packet("198.51.100.7") + "\n")).size() == 1);
  CHECK(reached(read_log("netfilter", "[  1.0] lab web[13198]: kernel: " + packet("203.0.113.66") + "\n")).empty());
}

TEST_CASE("of several containers the one that is named like a resolver is believed") {
  const std::string_view one = "app-1  | dnsmasq[1]: reply a.example is 198.51.100.7\n";
  CHECK(resolutions_of(read_log("dnsmasq", one)).size() == 1);
  const std::string text =
      "dns-1    | dnsmasq[1]: reply a.example is 198.51.100.7\n"
      "agent-1  | dnsmasq[1]: reply a.example is 203.0.113.66\n";
  const Observations observations = read_log("dnsmasq", text);
  CHECK(resolutions_of(observations) == Lines{"0.0.0.0/0 a.example 198.51.100.7 0"});
  CHECK(skipped_of(observations) == Lines{"1 a line of another container"});
}

TEST_CASE("the parts of a line are joined, each stream's for itself, up to the longest line") {
  const std::string start = "2026-11-20T10:00:00Z ";
  CHECK(resolutions_of(read_log("dnsmasq", start + "stdout P dnsmasq: reply a.example \n" + start +
                                               "stderr F dnsmasq: reply b.example is 198.51.100.8\n" + start +
                                               "stdout P is 198.5\n" + start + "stdout F 1.100.7\n")) ==
        Lines{"0.0.0.0/0 b.example 198.51.100.8 0", "0.0.0.0/0 a.example 198.51.100.7 0"});
  std::string endless;
  const std::string part = start + "stdout P " + std::string(16 << 10, 'x') + "\n";
  for (int i = 0; i < 80; ++i) endless += part;
  endless += start + "stdout F dnsmasq: reply a.example is 203.0.113.66\n" + start +
             "stdout F dnsmasq: reply b.example is 198.51.100.8\n";
  const Observations observations = read_log("dnsmasq", endless);
  CHECK(resolutions_of(observations) == Lines{"0.0.0.0/0 b.example 198.51.100.8 0"});
  CHECK(skipped_of(observations) == Lines{"1 a line over 1 MiB"});
}

TEST_CASE("the parts of a line that docker splits for the journal are joined, each line's for itself") {
  const auto entry = [](std::string_view message, int id, int number, bool is_last, std::string_view command) {
    return fmt::format(
        "{{\"__REALTIME_TIMESTAMP\":\"1795168800000000\",\"_TRANSPORT\":\"journal\",\"_COMM\":\"{}\","
        "\"CONTAINER_NAME\":\"dns\",\"CONTAINER_PARTIAL_ID\":\"{}\",\"CONTAINER_PARTIAL_ORDINAL\":\"{}\","
        "\"CONTAINER_PARTIAL_LAST\":\"{}\"{},\"MESSAGE\":\"{}\"}}\n",
        command, id, number, is_last, is_last ? "" : ",\"CONTAINER_PARTIAL_MESSAGE\":\"true\"", message);
  };
  const auto part = [&](std::string_view message, int id, int number) {
    return entry(message, id, number, false, "dockerd");
  };
  const auto last = [&](std::string_view message, int id, int number) {
    return entry(message, id, number, true, "dockerd");
  };
  const Observations joined =
      read_log("dnsmasq", part("dnsmasq: reply a.example ", 1, 1) + part("dnsmasq: reply b.example is 198.5", 2, 1) +
                              part("is 198.51", 1, 2) + last(".100.7", 1, 3) + last("1.100.8", 2, 2));
  CHECK(resolutions_of(joined) == Lines{"0.0.0.0/0 a.example 198.51.100.7 0", "0.0.0.0/0 b.example 198.51.100.8 0"});

  const std::string reply = "dnsmasq: reply a.example is 203.0.113.66";
  const Observations cut = read_log("dnsmasq", part(reply, 1, 1));
  CHECK(resolutions_of(cut).empty());
  CHECK(skipped_of(cut) == Lines{"1 a line of a container whose last part is missing"});
  // The rest of a line may be what somebody asked for.
  const Observations rest = read_log("dnsmasq", part(reply, 1, 2) + last("", 1, 3));
  CHECK(resolutions_of(rest).empty());
  CHECK(skipped_of(rest) == Lines{"2 a part of a line of a container whose first part is missing"});
  // Any process may send these fields.
  CHECK(
      resolutions_of(read_log("dnsmasq", entry(reply, 1, 1, false, "agent") + entry("", 1, 2, true, "agent"))).empty());
  CHECK(resolutions_of(read_log("dnsmasq", entry(reply, 1, 1, false, "agent") + last("", 1, 2))).empty());

  std::string endless;
  for (int i = 1; i <= 80; ++i) endless += part(std::string(16 << 10, 'x'), 1, i);
  CHECK(skipped_of(read_log("dnsmasq", endless + last("x", 1, 81))) == Lines{"1 a line over 1 MiB"});
  std::string many;
  for (int i = 0; i < 17; ++i) many += part("x", i, 1);
  CHECK(skipped_of(read_log("dnsmasq", many)) == Lines{"1 a part of a line, of more lines than are kept open",
                                                       "16 a line of a container whose last part is missing"});
}

TEST_CASE("an entry of the journal that is cut short is no entry") {
  const std::string head =
      "__REALTIME_TIMESTAMP=1795168800000000\n_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel\nMESSAGE\n";
  const std::string size("\xff\x00\x00\x00\x00\x00\x00\x00", 8);
  const Observations observations = read_log("netfilter", head + size + packet("198.51.100.7"));
  CHECK(reached(observations).empty());
  CHECK(skipped_of(observations) == Lines{"1 invalid journal entry: cut short"});
  CHECK(skipped_of(read_log("netfilter", "{\n\t\"_TRANSPORT\" : \"kernel\",\n")) ==
        Lines{"1 invalid journal entry: cut short"});
}

TEST_CASE("bytes of an exported field are no fields, whatever they are") {
  const std::string message =
      "x\n\n__REALTIME_TIMESTAMP=1\n_TRANSPORT=kernel\nMESSAGE=" + packet("203.0.113.66") + "\n\n";
  std::string size(8, '\0');
  size[0] = static_cast<char>(message.size() & 0xff);
  size[1] = static_cast<char>(message.size() >> 8);
  const std::string text =
      "__REALTIME_TIMESTAMP=1795168800000000\n_TRANSPORT=stdout\nSYSLOG_IDENTIFIER=kernel\nMESSAGE\n" + size + message +
      "\n\n";
  const Observations observations = read_log("netfilter", text);
  CHECK(reached(observations).empty());
  CHECK(observations.lines == 12);
}

TEST_CASE("the journal tells who wrote in the resolver's name") {
  struct Case {
    std::string_view fields;
    std::string_view reason;  // "": believed
  };
  const Case cases[] = {
      {"", ""},
      {R"(,"_COMM":"dnsmasq","_EXE":"/usr/sbin/dnsmasq","_UID":"999","_TRANSPORT":"syslog")", ""},
      {R"_(,"_COMM":"dnsmasq","_EXE":"/usr/sbin/dnsmasq (deleted)","_UID":"65534")_", ""},
      {R"(,"_COMM":"pihole-FTL","_EXE":"/usr/bin/pihole-FTL","_UID":"998")", ""},
      {R"(,"_COMM":"dnsmasq","_EXE":"/nix/store/abc-dnsmasq-2.90/bin/dnsmasq","_UID":"0")", ""},
      {R"(,"_COMM":"dnsmasq","_EXE":"/usr/bin/python3","_UID":"999")",
       "an entry that another program wrote under the resolver's name"},
      {R"(,"_COMM":"dnsmasq","_EXE":"/home/agent/dnsmasq","_UID":"999")",
       "an entry of a resolver outside of the system's directories"},
      {R"(,"_COMM":"dnsmasq","_EXE":"/usr/../home/agent/dnsmasq","_UID":"999")",
       "an entry of a resolver outside of the system's directories"},
      {R"(,"_COMM":"dnsmasq","_EXE":"/usr/sbin/dnsmasq","_UID":"1001")",
       "an entry that a login user wrote under the resolver's name"},
      {R"(,"_COMM":"dnsmasq","_UID":"100999")", "an entry that a login user wrote under the resolver's name"},
      {R"(,"_COMM":"agent","_UID":"999")", "not a dnsmasq line"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.fields);
    const Observations observations = read_log("dnsmasq", journal_line("reply a.example is 198.51.100.7", c.fields));
    CHECK(resolutions_of(observations).size() == (c.reason.empty() ? 1 : 0));
    CHECK(skipped_of(observations) == (c.reason.empty() ? Lines{} : Lines{fmt::format("1 {}", c.reason)}));
  }
}

TEST_CASE("only dockerd tells of containers") {
  const auto read = [](std::string_view fields) {
    return resolutions_of(read_log("dnsmasq", journal_line("dnsmasq[1]: reply a.example is 198.51.100.7", fields)))
        .size();
  };
  CHECK(read(R"(,"_COMM":"dockerd","_EXE":"/usr/bin/dockerd","_UID":"0","CONTAINER_NAME":"dns")") == 1);
  CHECK(read(R"(,"_COMM":"dockerd","_EXE":"/usr/bin/python3","_UID":"0","CONTAINER_NAME":"dns")") == 0);
  CHECK(read(R"(,"_COMM":"dockerd","_UID":"1001","CONTAINER_NAME":"dns")") == 0);
  CHECK(read(R"(,"_COMM":"python3","_UID":"0","CONTAINER_NAME":"dns")") == 0);
}

TEST_CASE("a field that an entry has twice, or a number that is no byte, makes none") {
  const auto read = [](std::string_view message) {
    return reached(
               read_log(
                   "netfilter",
                   fmt::format(
                       "{{\"__REALTIME_TIMESTAMP\":\"1795168800000000\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":{}}}\n",
                       message)))
        .size();
  };
  CHECK(read(fmt::format("\"{}\"", packet("198.51.100.7"))) == 1);
  CHECK(read(fmt::format("[\"{}\",\"x\"]", packet("198.51.100.7"))) == 0);
  CHECK(read("null") == 0);
  CHECK(read("[256]") == 0);
  CHECK(read("[101,-1]") == 0);
  CHECK(read("[[101]]") == 0);
}

TEST_CASE("what looks like a wrapper in an agent's own text is text") {
  const auto claims = [](std::string_view text) { return read_log("agent-text", text).claims.size(); };
  CHECK(claims("> GET https://a.example/\n> GET https://b.example/\n") == 2);
  CHECK(claims("a.example:443\nb.example:443\n") == 2);
  CHECK(claims("https://a.example/ | https://b.example/\n") == 2);
}

TEST_CASE("a log goes on in the next year") {
  const std::string_view text =
      "Dec 31 23:59:59 lab kernel: {}\nJan  1 00:00:01 lab kernel: {}\nDec 31 23:59:59 lab kernel: {}\nJan  1 00:00:02 "
      "lab kernel: {}\n";
  const std::string lines = fmt::format(fmt::runtime(text), packet("198.51.100.1"), packet("198.51.100.2"),
                                        packet("198.51.100.3"), packet("198.51.100.4"));
  const auto times = [&](const ParseContext& context) {
    Observations observations;
    const LogParser parser = open_log("netfilter", context, observations);
    parser.feed(lines);
    parser.finish();
    observations.finish();
    Lines found;
    for (const Flow& flow : observations.flows()) found.push_back(to_string_utc(flow.first));
    return found;
  };
  ParseContext of_first;
  of_first.year = 2025;
  ParseContext of_reference;
  of_reference.reference = parse_iso_time("2026-01-10T00:00:00Z").value();
  const Lines wanted = {"2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:02Z"};
  CHECK(times(of_first) == wanted);
  CHECK(times(of_reference) == wanted);
  CHECK(times({}) ==
        Lines{"2000-12-31T23:59:59Z", "2001-01-01T00:00:01Z", "2000-12-31T23:59:59Z", "2001-01-01T00:00:02Z"});
}

TEST_CASE("the time of a container's line tells the year of what it holds") {
  ParseContext context;
  context.year = 2001;
  Observations observations;
  const LogParser parser = open_log("dnsmasq", context, observations);
  parser.feed("2026-01-01T00:00:00.100000000Z Dec 31 23:59:59 dnsmasq[7]: reply a.example is 198.51.100.7\n");
  parser.finish();
  REQUIRE(observations.resolutions.size() == 1);
  CHECK(observations.resolutions[0].at == parse_iso_time("2025-12-31T23:59:59Z").value());
}

TEST_CASE("a tag of rsyslog's file input is taken off, and that of anybody else is not") {
  const auto read = [](std::string_view tag) {
    const std::string start = fmt::format("Nov 20 10:00:00 lab {}: ", tag);
    return read_log(
               "audit",
               start +
                   "type=SYSCALL msg=audit(1795168800.000:101): arch=c000003e syscall=42 success=no exit=-115 a0=5 "
                   "a1=7ffe a2=10 a3=0 items=0 ppid=10 pid=700 auid=1001 uid=1001 gid=1001 euid=1001 suid=1001 "
                   "fsuid=1001 egid=1001 sgid=1001 fsgid=1001 tty=(none) ses=3 comm=\"curl\" exe=\"/usr/bin/curl\"\n" +
                   start + "type=SOCKADDR msg=audit(1795168800.000:101): saddr=020001BBC63364070000000000000000\n")
        .socket_events.size();
  };
  CHECK(read("tag_audit_log") == 1);
  CHECK(read("audit-log") == 1);
  CHECK(read("agent") == 0);
  CHECK(read("tag_audit_log[77]") == 0);
}

TEST_CASE("a tag is taken off in whatever form syslog writes it, and of lines that go on with the one before") {
  const std::string_view heads[] = {"named_log: ",
                                    "<133>named_log: ",
                                    "Jun 27 04:53:20 host1 named_log: ",
                                    "<133>Jun 27 04:53:20 host1 named_log: ",
                                    "2025-06-27T04:53:20.101+00:00 host1 named_log: ",
                                    "<133>1 2025-06-27T04:53:20.101Z host1 named_log - - - "};
  const std::string_view lines[] = {
      "2025-06-27T04:53:20.000Z queries: info: client @0x7fe6b96c0098 127.0.0.1#41000 (api.example): query: "
      "api.example IN A + (127.0.0.1)",
      "2025-06-27T04:53:20.005Z resolver: debug 10: received packet from 192.0.2.53#53",
      ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:  63605",
      ";; flags: qr aa rd ra; QUESTION: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0",
      ";; QUESTION SECTION:",
      ";api.example.\t\tIN\tA",
      "",
      ";; ANSWER SECTION:",
      ";api.example.\t300\tIN\tA\t198.51.100.7",
      ""};
  for (const std::string_view head : heads) {
    CAPTURE(head);
    std::string text;
    for (const std::string_view line : lines) text += std::string(head) + std::string(line) + "\n";
    Observations observations;
    ParseContext context;
    context.head = text;
    const LogParser parser = open_log("bind", context, observations);
    parser.feed(text);
    parser.finish();
    REQUIRE(observations.resolutions.size() == 1);
    CHECK(observations.strings[observations.resolutions.front().asked] == "api.example");
    CHECK_FALSE(observations.forgeable.empty());
  }
}
