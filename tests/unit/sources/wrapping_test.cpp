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
    CHECK(reached(read_log("netfilter", quoted)) == Lines{"198.51.100.7 x1", "198.51.100.8 x1"});
  }
}

TEST_CASE("N times the same message is N packets, and nobody makes them more work than their text is") {
  const std::string line =
      "2026-11-20T10:00:00Z lab kernel: message repeated {} times: [ " + packet("198.51.100.7") + "]\n";
  CHECK(reached(read_log("netfilter", fmt::format(fmt::runtime(line), 3))) == Lines{"198.51.100.7 x3"});
  CHECK(reached(read_log("netfilter", fmt::format(fmt::runtime(line), 0))).size() <= 1);
  const std::string many = fmt::format(fmt::runtime(line), 4000000000U);
  CHECK(reached(read_log("netfilter", many + many + many)) == Lines{"198.51.100.7 x100003"});
  const std::string other =
      "2026-11-20T10:00:00Z lab agent[5]: message repeated 2 times: [ kernel: " + packet("198.51.100.7") + "]\n";
  CHECK(reached(read_log("netfilter", other)).empty());
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
