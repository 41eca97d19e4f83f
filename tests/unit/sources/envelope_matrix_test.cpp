// Any envelope around any format: what a format reads of its bare lines, it reads of them in every envelope.
#include <doctest/doctest.h>

#include <functional>

#include "sources/envelope/envelope.h"
#include "sources/format_fixture.h"
#include "sources/resolver_fixture.h"

using namespace egressc;

namespace {

// 2026-11-20T10:00:00Z
constexpr Micros moment = 1795168800 * second;

struct Sample {
  std::string_view format;
  std::string_view program;                // as syslog and the journal name it
  std::string_view transport;              // as journald has it
  std::vector<std::string_view> lines;     // of a file of its own
  std::vector<std::string_view> messages;  // behind a tag; empty: none of its messages come by syslog
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"audit",
       "kernel",
       "",
       {R"(type=SYSCALL msg=audit(1795168800.000:101): arch=c000003e syscall=42 success=no exit=-115 a0=5 a1=7ffe a2=10 a3=0 items=0 ppid=10 pid=700 auid=1001 uid=1001 gid=1001 euid=1001 suid=1001 fsuid=1001 egid=1001 sgid=1001 fsgid=1001 tty=(none) ses=3 comm="curl" exe="/usr/bin/curl" subj=unconfined key="egress")",
        "type=SOCKADDR msg=audit(1795168800.000:101): saddr=020001BBC63364070000000000000000"},
       {}},
      {"netfilter",
       "kernel",
       "kernel",
       {"kernel: egress: IN= OUT=eth0 SRC=192.0.2.10 DST=198.51.100.7 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=4242 DF "
        "PROTO=TCP SPT=46764 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0 UID=1001 GID=1001 "},
       {"egress: IN= OUT=eth0 SRC=192.0.2.10 DST=198.51.100.7 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=4242 DF "
        "PROTO=TCP SPT=46764 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0 UID=1001 GID=1001 "}},
      {"dnsmasq",
       "dnsmasq",
       "syslog",
       {"dnsmasq[712]: query[A] repo.acme.example from 127.0.0.1", "dnsmasq[712]: reply repo.acme.example is <CNAME>",
        "dnsmasq[712]: reply e1.cdn.example is 198.51.100.7"},
       {"query[A] repo.acme.example from 127.0.0.1", "reply repo.acme.example is <CNAME>",
        "reply e1.cdn.example is 198.51.100.7"}},
      {"unbound",
       "unbound",
       "syslog",
       {"[1795168800] unbound[712:0] info: 192.0.2.10 www.shop.example. A IN",
        "[1795168800] unbound[712:0] info: incoming scrubbed packet: ;; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, "
        "id: 0",
        ";; flags: qr aa rd ra ; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0 ", ";; QUESTION SECTION:",
        "www.shop.example.\tIN\tA", "", ";; ANSWER SECTION:", "www.shop.example.\t300\tIN\tA\t198.51.100.80", ""},
       {}},
      {"bind",
       "named",
       "syslog",
       {"20-Nov-2026 10:00:00.000 queries: info: client @0x7fa4f6ebf098 192.0.2.10#40648 (www.shop.example): query: "
        "www.shop.example IN A +E(0)K (192.0.2.53)",
        "20-Nov-2026 10:00:00.000 resolver: debug 10: received packet from 192.0.2.53#53",
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id:   5602",
        ";; flags: qr aa rd ra; QUESTION: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0", ";; QUESTION SECTION:",
        ";www.shop.example.\t\tIN\tA", "", ";; ANSWER SECTION:", ";www.shop.example.\t300\tIN\tA\t198.51.100.80", ""},
       {}},
      {"agent-json", "agent", "stdout", {R"({"tool":"fetch","url":"https://api.acme.example/v1"})"}, {}},
  };
  return all;
}

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (c == '\t') {
      json += "\\t";
      continue;
    }
    json += c;
  }
  return json + "\"";
}

std::string bytes_of(std::string_view text) {
  std::string json = "[";
  for (const char c : text) json += fmt::format("{}{}", json.size() == 1 ? "" : ",", static_cast<unsigned char>(c));
  return json + "]";
}

// What a line is in.
struct LineEnvelope {
  std::string_view name;
  std::function<std::string(std::string_view line)> wrap;
  bool tells_time = true;
};

const std::vector<LineEnvelope>& line_envelopes() {
  static const std::vector<LineEnvelope> all = {
      {"bare", [](auto line) { return std::string(line) + "\n"; }, false},
      {"CR LF", [](auto line) { return std::string(line) + "\r\n"; }, false},
      {"blanks at the end", [](auto line) { return std::string(line) + " \t \n"; }, false},
      {"#012", [](auto line) { return std::string(line) + "#012\n"; }, false},
      {"zeros before", [](auto line) { return std::string(7, '\0') + std::string(line) + "\n"; }, false},
      {"quoted", [](auto line) { return "> " + std::string(line) + "\n"; }, false},
      {"grep -H", [](auto line) { return "/var/log/some.log:" + std::string(line) + "\n"; }, false},
      {"grep -Hn", [](auto line) { return "/var/log/some.log:12:" + std::string(line) + "\n"; }, false},
      {"docker logs -t", [](auto line) { return "2026-11-20T10:00:00.000000000Z " + std::string(line) + "\n"; }},
      {"kubectl --timestamps", [](auto line) { return "2026-11-20T10:00:00.00000000Z " + std::string(line) + "\n"; }},
      {"podman logs -t", [](auto line) { return "2026-11-20T11:00:00.000000000+01:00 " + std::string(line) + "\n"; }},
      {"compose", [](auto line) { return "dns-1  | " + std::string(line) + "\n"; }, false},
      {"compose -t", [](auto line) { return "dns-1  | 2026-11-20T10:00:00.000000000Z " + std::string(line) + "\n"; }},
      {"kubectl --prefix", [](auto line) { return "[pod/dns-0/dns] " + std::string(line) + "\n"; }, false},
      {"CRI", [](auto line) { return "2026-11-20T11:00:00.000000+01:00 stderr F " + std::string(line) + "\n"; }},
      {"CRI in parts",
       [](auto line) {
         const std::string text(line);
         const std::size_t half = text.size() / 2;
         return "2026-11-20T10:00:00Z stdout P " + text.substr(0, half) + "\n2026-11-20T10:00:00Z stdout F " +
                text.substr(half) + "\n";
       }},
      {"json-file",
       [](auto line) {
         return fmt::format("{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-20T10:00:00Z\"}}\n",
                            quoted(line).insert(quoted(line).size() - 1, "\\n"));
       }},
      {"tail -f of two", [](auto line) { return "==> some.log <==\n" + std::string(line) + "\n\n"; }, false},
  };
  return all;
}

struct MessageEnvelope {
  std::string_view name;
  std::function<std::string(const Sample& sample, std::string_view message)> wrap;
  bool only_kernel = false;
  bool tells_time = true;
};

std::string entry(const Sample& sample, std::string_view message, std::string_view before, std::string_view between,
                  std::string_view behind) {
  const std::string executable = sample.program == "kernel" ? "" : "/usr/sbin/" + std::string(sample.program);
  std::string text = fmt::format(
      "{0}\"__REALTIME_TIMESTAMP\" : \"1795168800000000\"{1}\"_TRANSPORT\" : \"{2}\"{1}"
      "\"SYSLOG_IDENTIFIER\" : \"{3}\"{1}",
      before, between, sample.transport, sample.program);
  if (!executable.empty())
    text += fmt::format("\"_EXE\" : \"{0}\"{1}\"_COMM\" : \"{2}\"{1}\"_UID\" : \"53\"{1}", executable, between,
                        sample.program);
  return text + fmt::format("\"MESSAGE\" : {}{}", message, behind);
}

std::string tagged(const Sample& sample, std::string_view message, bool process = true) {
  const bool kernel = sample.program == "kernel";
  return fmt::format("{}{}: {}\n", sample.program, kernel || !process ? "" : "[712]", message);
}

std::string little_endian(std::size_t number) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xff);
  return bytes;
}

// Of daemons, or of the kernel.
int priority(const Sample& sample) { return sample.program == "kernel" ? 6 : 30; }

const std::vector<MessageEnvelope>& message_envelopes() {
  using S = const Sample&;
  using M = std::string_view;
  static const std::vector<MessageEnvelope> all = {
      {"RFC 3164", [](S s, M m) { return "Nov 20 10:00:00 lab " + tagged(s, m); }},
      {"without a host", [](S s, M m) { return "Nov 20 10:00:00 " + tagged(s, m); }},
      {"with a priority",
       [](S s, M m) { return fmt::format("<{}>Nov 20 10:00:00 lab {}", priority(s), tagged(s, m)); }},
      {"with a year", [](S s, M m) { return "Nov 20 2026 10:00:00 lab " + tagged(s, m); }},
      {"in French", [](S s, M m) { return "nov. 20 10:00:00 lab " + tagged(s, m); }},
      {"in Russian", [](S s, M m) { return "ноя 20 10:00:00 lab " + tagged(s, m); }},
      {"in Finnish", [](S s, M m) { return "marras 20 10:00:00 lab " + tagged(s, m); }},
      {"in Japanese", [](S s, M m) { return "11月 20 10:00:00 lab " + tagged(s, m); }},
      {"RFC 3339", [](S s, M m) { return "2026-11-20T10:00:00.000000+00:00 lab " + tagged(s, m); }},
      {"RFC 5424",
       [](S s, M m) { return fmt::format("<{}>1 2026-11-20T10:00:00Z lab {} - - - {}\n", priority(s), s.program, m); }},
      {"RFC 5424 with structured data",
       [](S s, M m) {
         return fmt::format("<{}>1 2026-11-20T10:00:00Z lab {} {} ID1 [a@1 b=\"c \\] d\"][e@2] \xef\xbb\xbf{}\n",
                            priority(s), s.program, s.program == "kernel" ? "-" : "712", m);
       }},
      {"repeated",
       [](S s, M m) {
         const std::string line = tagged(s, fmt::format("message repeated 3 times: [ {}]", m));
         return "Nov 20 10:00:00 lab " + line;
       }},
      {"journalctl", [](S s, M m) { return "Nov 20 10:00:00 lab " + tagged(s, m); }},
      {"journalctl -o short-precise", [](S s, M m) { return "Nov 20 10:00:00.000000 lab " + tagged(s, m); }},
      {"journalctl -o short-full", [](S s, M m) { return "Fri 2026-11-20 10:00:00 UTC lab " + tagged(s, m); }},
      {"journalctl -o short-full in German", [](S s, M m) { return "Fr 2026-11-20 10:00:00 UTC lab " + tagged(s, m); }},
      {"journalctl -o short-full in a zone",
       [](S s, M m) { return "Fri 2026-11-20 13:30:00 +0330 lab " + tagged(s, m); }},
      {"journalctl -o with-unit",
       [](S s, M m) {
         const bool kernel = s.program == "kernel";
         return fmt::format("Fri 2026-11-20 10:00:00 UTC lab {}: {}\n",
                            kernel ? "kernel" : std::string(s.program) + ".service[712]", m);
       }},
      {"journalctl -o short-iso", [](S s, M m) { return "2026-11-20T11:00:00+0100 lab " + tagged(s, m); }},
      {"journalctl -o short-iso-precise",
       [](S s, M m) { return "2026-11-20T10:00:00.000000+0000 lab " + tagged(s, m); }},
      {"journalctl -o short-unix", [](S s, M m) { return "1795168800.000000 lab " + tagged(s, m); }},
      {"journalctl -o short-monotonic", [](S s, M m) { return "[  100.000000] lab " + tagged(s, m); }},
      {"journalctl -o short-delta", [](S s, M m) { return "[  100.000000 <    0.000012 >] lab " + tagged(s, m); }},
      {"journalctl -o short-delta, first",
       [](S s, M m) { return "[  100.000000                ] lab " + tagged(s, m); }},
      {"journalctl -o json", [](S s, M m) { return entry(s, quoted(m), "{", ",", "}\n"); }},
      {"journalctl -o json, bytes", [](S s, M m) { return entry(s, bytes_of(m), "{", ",", "}\n"); }},
      {"journalctl -o json-pretty", [](S s, M m) { return entry(s, quoted(m), "{\n\t", ",\n\t", "\n}\n"); }},
      {"journalctl -o json-seq", [](S s, M m) { return entry(s, quoted(m), "\x1e{", ",", "}\n"); }},
      {"journalctl -o json-sse", [](S s, M m) { return entry(s, quoted(m), "data: {", ",", "}\n\n"); }},
      {"journalctl -o export",
       [](S s, M m) {
         return fmt::format(
             "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795168800000000\n_TRANSPORT={}\n"
             "SYSLOG_IDENTIFIER={}\nMESSAGE={}\n\n",
             s.transport, s.program, m);
       }},
      {"journalctl -o export, bytes",
       [](S s, M m) {
         return fmt::format(
             "__REALTIME_TIMESTAMP=1795168800000000\n_TRANSPORT={}\nSYSLOG_IDENTIFIER={}\n"
             "MESSAGE\n{}{}\nNEXT\n{}\n\n\n\n",
             s.transport, s.program, little_endian(m.size()), m, little_endian(1));
       }},
      {"journalctl -o verbose",
       [](S s, M m) {
         return fmt::format(
             "Fri 2026-11-20 10:00:00.000000 UTC [s=1;i=2;b=3;m=4;t=5;x=6]\n    _TRANSPORT={}\n"
             "    SYSLOG_IDENTIFIER={}\n    MESSAGE={}\n    CODE_FILE=a\n              b\n",
             s.transport, s.program, m);
       }},
      {"docker's journald driver",
       [](S s, M m) {
         std::string line = tagged(s, m);
         line.pop_back();
         return fmt::format(
             "{{\"__REALTIME_TIMESTAMP\":\"1795168800000000\",\"_TRANSPORT\":\"journal\",\"_COMM\":"
             "\"dockerd\",\"CONTAINER_NAME\":\"dns\",\"SYSLOG_IDENTIFIER\":\"3f2a\",\"MESSAGE\":{}}}\n",
             quoted(line));
       }},
      {"journalctl -o cat", [](S, M m) { return fmt::format("{}\n", m); }, false, false},
      {"journalctl -o verbose in another zone",
       [](S s, M m) {
         return fmt::format(
             "Fri 2026-11-20 10:00:00.000000 CET [s=1;i=2;b=3;m=4;t=5;x=6]\n    _TRANSPORT={}\n"
             "    SYSLOG_IDENTIFIER={}\n    MESSAGE={}\n",
             s.transport, s.program, m);
       }},
      {"dmesg", [](S, M m) { return fmt::format("[  100.000000] {}\n", m); }, true},
      {"dmesg -d", [](S, M m) { return fmt::format("[  100.000000 <    0.000003>] {}\n", m); }, true},
      {"dmesg -T", [](S, M m) { return fmt::format("[Fri Nov 20 10:00:00 2026] {}\n", m); }, true},
      {"dmesg -Td", [](S, M m) { return fmt::format("[Fri Nov 20 10:00:00 2026 <    0.000003>] {}\n", m); }, true},
      {"dmesg -x", [](S, M m) { return fmt::format("kern  :info  : [  100.000000] {}\n", m); }, true},
      {"dmesg -xT", [](S, M m) { return fmt::format("kern  :warn  : [Fri Nov 20 10:00:00 2026] {}\n", m); }, true},
      {"dmesg -H", [](S, M m) { return fmt::format("[Nov20 10:00] x\n[  +0.000000] {}\n", m); }, true},
      {"dmesg -r", [](S, M m) { return fmt::format("<4>[  100.000000] {}\n", m); }, true},
      {"dmesg --time-format iso", [](S, M m) { return fmt::format("2026-11-20T10:00:00,000000+00:00 {}\n", m); }, true},
  };
  return all;
}

Observations read(std::string_view format, std::string_view text) {
  ParseContext context;
  context.year = 2026;
  context.boot_time = moment - 100 * second;
  context.head = text.substr(0, 4096);
  Observations observations;
  const LogParser parser = open_log(format, context, observations);
  parser.feed(text);
  parser.finish();
  observations.finish();
  return observations;
}

Lines observed(const Observations& observations) {
  Lines lines = resolutions_of(observations);
  for (const Flow& flow : observations.flows())
    lines.push_back(fmt::format("{} {}/{} {}", flow.uid, flow.protocol, to_string(flow.to), flow.port));
  for (const SocketEvent& event : observations.socket_events)
    lines.push_back(fmt::format("{} {} {} {}", static_cast<int>(event.op), event.uid, to_string(event.to), event.port));
  for (const Claim& claim : observations.claims)
    lines.push_back(fmt::format("claim {} {}", observations.strings[claim.host], claim.port));
  return lines;
}

Micros first_time(const Observations& observations) {
  if (!observations.resolutions.empty()) return observations.resolutions[0].at;
  if (!observations.flows().empty()) return observations.flows()[0].first;
  return observations.socket_events.empty() ? no_time : observations.socket_events[0].at;
}

}  // namespace

TEST_CASE("any envelope of lines around any format") {
  for (const Sample& sample : samples()) {
    CAPTURE(sample.format);
    std::string bare;
    for (const std::string_view line : sample.lines) bare += fmt::format("{}\n", line);
    const Lines wanted = observed(read(sample.format, bare));
    REQUIRE_FALSE(wanted.empty());
    for (const LineEnvelope& envelope : line_envelopes()) {
      CAPTURE(envelope.name);
      if (envelope.name == "kubectl --prefix" && sample.format == "agent-json") continue;
      std::string text;
      for (const std::string_view line : sample.lines) text += envelope.wrap(line);
      for (const bool marked : {false, true}) {
        const std::string whole = marked ? "\xef\xbb\xbf" + text : text;
        const Observations observations = read(sample.format, whole);
        CHECK(observed(observations) == wanted);
        if (envelope.tells_time && sample.format != "agent-json") CHECK(first_time(observations) == moment);
        CHECK(sniff_as(sample.format, whole) > 0);
      }
    }
  }
}

TEST_CASE("any envelope of messages around what logs by syslog, the journal or the ring buffer") {
  for (const Sample& sample : samples()) {
    if (sample.messages.empty()) continue;
    CAPTURE(sample.format);
    std::string bare;
    for (const std::string_view line : sample.lines) bare += fmt::format("{}\n", line);
    const Lines wanted = observed(read(sample.format, bare));
    for (const MessageEnvelope& envelope : message_envelopes()) {
      CAPTURE(envelope.name);
      const bool kernel = sample.program == "kernel";
      if (envelope.only_kernel && !kernel) continue;
      std::string text;
      for (const std::string_view message : sample.messages) text += envelope.wrap(sample, message);
      const Observations observations = read(sample.format, text);
      // What the journal has of a container is not the kernel's.
      if (kernel && envelope.name == "docker's journald driver") {
        CHECK(observed(observations).empty());
        continue;
      }
      CHECK(observed(observations) == wanted);
      if (envelope.tells_time) CHECK(first_time(observations) == moment);
    }
  }
}

TEST_CASE("the audit records that journald reads itself are an envelope of their own") {
  // Their format is audit's: see there.
  const std::string_view line =
      R"({"__REALTIME_TIMESTAMP":"1795168800002000","_SOURCE_REALTIME_TIMESTAMP":"1795168800001000","_TRANSPORT":"audit","_AUDIT_TYPE":"1300","_AUDIT_ID":"101","MESSAGE":"SYSCALL arch=c000003e"})";
  sources::JournalReader journal;
  const auto entry = journal.read(line);
  REQUIRE(entry);
  CHECK(entry->transport == "audit");
  CHECK(entry->audit_type == 1300);
  CHECK(entry->audit_id == 101);
  CHECK(entry->source_time == moment + 1000);
  CHECK(entry->message == "SYSCALL arch=c000003e");
}
