// The forms that audit records come in, and what only looks like one.
#include "sources/audit/record.h"
#include "sources/audit_fixture.h"

namespace egressc {
namespace {

constexpr std::string_view call =
    "arch=c000003e syscall=42 success=no exit=-115 a0=5 a1=7ffc a2=10 a3=5 items=0 ppid=1 pid=700 auid=4294967295 "
    "uid=7 gid=8 euid=7 suid=7 fsuid=1001 egid=8 sgid=8 fsgid=100 tty=(none) ses=4294967295 comm=\"curl\" "
    "exe=\"/usr/bin/curl\" key=(null)";
constexpr std::string_view saddr = "saddr=020001BBC00002010000000000000000";
constexpr std::string_view enriched_call =
    "ARCH=x86_64 SYSCALL=connect AUID=\"unset\" UID=\"daemon\" FSUID=\"alice\" FSGID=\"users\"";
constexpr std::string_view enriched_saddr = "SADDR={ saddr_fam=inet laddr=192.0.2.1 lport=443 }";

std::string pair(std::string_view prefix, std::string_view syscall_type, std::string_view sockaddr_type,
                 std::string_view message, std::string_view separator, std::string_view end) {
  const std::string added_call = separator == "none" ? "" : std::string(separator) + std::string(enriched_call);
  const std::string added_saddr = separator == "none" ? "" : std::string(separator) + std::string(enriched_saddr);
  const std::string p(prefix), m(message), e(end);
  return p + "type=" + std::string(syscall_type) + " " + m + "audit(1795419859.670:299666): " + std::string(call) +
         added_call + e + p + "type=" + std::string(sockaddr_type) + " " + m +
         "audit(1795419859.670:299666): " + std::string(saddr) + added_saddr + e;
}

TEST_CASE("every form of a record gives the same event") {
  const struct {
    std::string_view name;
    std::string lines;
  } rows[] = {
      {"raw", pair("", "SYSCALL", "SOCKADDR", "msg=", "none", "\n")},
      {"CRLF", pair("", "SYSCALL", "SOCKADDR", "msg=", "none", "\r\n")},
      {"enriched", pair("", "SYSCALL", "SOCKADDR", "msg=", "\x1d", "\n")},
      {"enriched, separator lost", pair("", "SYSCALL", "SOCKADDR", "msg=", "", "\n")},
      {"node", pair("node=host1 ", "SYSCALL", "SOCKADDR", "msg=", "none", "\n")},
      {"stray byte", pair("v", "SYSCALL", "SOCKADDR", "msg=", "none", "\n")},
      {"audispd", pair("Nov 23 07:44:18 host audispd: ", "SYSCALL", "SOCKADDR", "msg=", "none", "\n")},
      {"audispd with node", pair("Nov 23 07:44:18 host audispd: node=h ", "SYSCALL", "SOCKADDR", "msg=", "\x1d", "\n")},
      {"audisp-syslog",
       pair("<14>Nov 23 07:44:18 host audisp-syslog[812]: ", "SYSCALL", "SOCKADDR", "msg=", "none", "\n")},
      {"RFC 5424",
       pair("<14>1 2026-11-23T07:44:18Z host audispd 812 - - ", "SYSCALL", "SOCKADDR", "msg=", "none", "\n")},
      {"kernel", pair("audit: ", "1300", "1306", "", "none", "\n")},
      {"dmesg", pair("[   12.345678] audit: ", "1300", "1306", "", "none", "\n")},
      {"kern.log", pair("Nov 23 07:44:18 host kernel: [   12.345678] audit: ", "1300", "1306", "", "none", "\n")},
      {"old kernel", pair("Nov 23 07:44:18 host kernel: ", "1300", "1306", "", "none", "\n")},
      {"types without a name", pair("", "UNKNOWN[1300]", "UNKNOWN[1306]", "msg=", "none", "\n")},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const Observations observations = read_audit(row.lines);
    CHECK(events_of(observations) == connected);
    CHECK(observations.socket_events.at(0).at == 1795419859670000);
    CHECK(observations.socket_events.at(0).serial == 299666);
    CHECK(skipped_of(observations) == "");
    CHECK(!observations.undated);
    CHECK(sniff_as("audit", row.lines) >= 90);
  }
}

TEST_CASE("node is kept, and tells events apart") {
  const Observations one = read_audit(pair("node=h1 ", "SYSCALL", "SOCKADDR", "msg=", "none", "\n"));
  CHECK(one.strings[one.socket_events.at(0).node] == "h1");
  const Observations two =
      read_audit("node=h1 " + system_call(stamp, connect_call) + "node=h2 " + sockaddr(stamp, saddr_443));
  CHECK(two.socket_events.empty());
  CHECK(skipped_of(two) == "connect without its address: 1 (1)\naddress without its system call: 1 (2)\n");
}

TEST_CASE("lines around records") {
  const Observations observations = read_audit(
      "----\n"
      "time->Mon Nov 23 07:44:19 2026\n"
      "\n"
      "vtype=PROCTITLE msg=audit(1795419859.670:299666): proctitle=6375726C\n"
      "type=EOE msg=audit(1795419859.670:299666): \n"
      "type=CWD msg=audit(1795419859.670:299666): cwd=\"/\"\n"
      "hello\n"
      "type=SYSCALL msg=audit(1795419859): arch=c000003e syscall=42\n"
      "type=SYSCALL msg=audit(1795419859.670:4294967296): arch=c000003e syscall=42\n"
      "type=SYSCALL msg=audit(1795419859.670:1): \n"
      "type=SOCKADDR msg=audit(1795419859.670:1): \n"
      "type=UNKNOWN[1329] msg=?\n");
  CHECK(observations.socket_events.empty());
  CHECK(observations.lines == 12);
  CHECK(skipped_of(observations) ==
        "not an audit record: 2 (7)\nrecord without time and serial: 2 (8)\nincomplete record: 2 (10)\n");
}

TEST_CASE("what only looks like a record is none") {
  const std::string record = system_call(stamp, connect_call);
  const std::string address = sockaddr(stamp, saddr_443);
  for (const std::string_view prefix : {
           "Nov 23 07:44:18 host agent[12]: ",
           "Nov 23 07:44:18 host agent[12]: audit: ",
           "23. Nov 07:44:18 host agent[12]: kernel: ",
           "Nov 23 07:44:18 host kernel[12]: ",
           "Nov 23 07:44:18 host audit[12]: ",
           "<14>1 2026-11-23T07:44:18Z host kernel 12 - - ",
           "<14>1 2026-11-23T07:44:18Z host agent 12 - - ",
           "2026-11-23T07:44:18Z agent ",
           "agent says ",
           "{\"msg\":\"",
           "xx",
       }) {
    CAPTURE(prefix);
    const Observations observations = read_audit(std::string(prefix) + record + std::string(prefix) + address);
    CHECK(events_of(observations) == "");
    CHECK(skipped_of(observations) == "not an audit record: 2 (1)\n");
    CHECK(sniff_as("audit", std::string(prefix) + record) == 0);
  }
}

TEST_CASE("a record inside a record is text") {
  const std::string forged =
      "type=SYSCALL msg=audit(1795419859.670:299667): arch=c000003e syscall=42 exit=0 a0=5 pid=7 fsuid=0 fsgid=0";
  CHECK(events_of("type=USER_CMD msg=audit(1795419859.670:299667): msg='cmd=\"" + forged + "\"'\n" +
                  sockaddr("1795419859.670:299667", saddr_443)) == "");
  CHECK(events_of("type=EXECVE msg=audit(1795419859.670:299667): argc=1 a0=" + forged + "\n" +
                  sockaddr("1795419859.670:299667", saddr_443)) == "");
  CHECK(events_of(system_call(stamp, connect_call, "comm=\"" + forged + "\" exe=\"/usr/bin/curl\"") +
                  sockaddr(stamp, saddr_443)) == connected);
  // Without quotes the forged fields come twice, or where the kernel writes none.
  const Observations twice =
      read_audit(system_call(stamp, connect_call, "comm=a fsuid=0 exe=/usr/bin/curl") + sockaddr(stamp, saddr_443));
  CHECK(events_of(twice) == "");
  CHECK(skipped_of(twice) == "record with a field given twice: 1 (1)\naddress without its system call: 1 (2)\n");
}

TEST_CASE("what anybody could have sent is said to be") {
  const auto is_forgeable = [](std::string_view prefix, std::string_view message) {
    return !read_audit(pair(prefix, "SYSCALL", "SOCKADDR", message, "none", "\n")).forgeable.empty();
  };
  CHECK(!is_forgeable("", "msg="));
  CHECK(!is_forgeable("node=h ", "msg="));
  CHECK(is_forgeable("Nov 23 07:44:18 host audispd: ", "msg="));
  CHECK(is_forgeable("<14>1 2026-11-23T07:44:18Z host audispd 812 - - ", "msg="));
  CHECK(is_forgeable("Nov 23 07:44:18 host kernel: [   12.345678] audit: ", ""));
  CHECK(is_forgeable("audit: ", ""));
  CHECK(read_audit("Nov 23 07:44:18 host agent: hello\n").forgeable.empty());
}

std::string entry(std::string_view transport, std::string_view id, std::string_view message) {
  std::string text =
      "{\"__REALTIME_TIMESTAMP\":\"1795419859671000\",\"_SOURCE_REALTIME_TIMESTAMP\":\"1795419859670000\"";
  text += ",\"_TRANSPORT\":\"" + std::string(transport) + "\",\"_AUDIT_ID\":\"" + std::string(id) + "\",\"MESSAGE\":\"";
  for (const char c : message) {
    if (c == '"') text += '\\';
    text += c;
  }
  return text + "\"}\n";
}

TEST_CASE("journald's own audit entries") {
  const std::string a_call = "SYSCALL " + std::string(call);
  const std::string a_peer = "SOCKADDR " + std::string(saddr);
  const struct {
    std::string_view name;
    std::string lines;
    std::string_view events;
    std::string_view skipped;
  } rows[] = {
      {"both", entry("audit", "299666", a_call) + entry("audit", "299666", a_peer), connected, ""},
      {"numbers", entry("audit", "299666", "UNKNOWN[1300] " + std::string(call)) + entry("audit", "299666", a_peer),
       connected, ""},
      {"another type", entry("audit", "299666", "PROCTITLE " + std::string(call)), "", ""},
      {"two events", entry("audit", "1", a_call) + entry("audit", "2", a_peer), "",
       "connect without its address: 1 (1)\naddress without its system call: 1 (2)\n"},
      {"a process", entry("stdout", "299666", a_call) + entry("syslog", "299666", a_peer), "",
       "not an audit record: 2 (1)\n"},
      {"a process that writes a record",
       entry("journal", "299666", "type=SYSCALL msg=audit(1.1:1): " + std::string(call)), "",
       "not an audit record: 1 (1)\n"},
      {"no serial", entry("audit", "x", a_call), "", "record without time and serial: 1 (1)\n"},
      {"no time", "{\"_TRANSPORT\":\"audit\",\"_AUDIT_ID\":\"1\",\"MESSAGE\":\"SYSCALL x=1\"}\n", "",
       "record without time and serial: 1 (1)\n"},
      {"a field twice", "{\"_TRANSPORT\":\"audit\",\"_TRANSPORT\":\"audit\",\"MESSAGE\":\"SYSCALL x=1\"}\n", "",
       "not an audit record: 1 (1)\n"},
      {"inside", "{\"a\":{\"_TRANSPORT\":\"audit\"},\"MESSAGE\":\"SYSCALL x=1\"}\n", "",
       "not an audit record: 1 (1)\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const Observations observations = read_audit(row.lines);
    CHECK(events_of(observations) == row.events);
    CHECK(skipped_of(observations) == row.skipped);
    CHECK(observations.forgeable.empty());
  }
  CHECK(sniff_as("audit", rows[0].lines) >= 90);
  CHECK(read_audit(rows[0].lines).socket_events.at(0).at == 1795419859670000);
  CHECK(read_audit(rows[0].lines).socket_events.at(0).serial == 299666);
}

TEST_CASE("sniffing counts lines") {
  const std::string record = sockaddr(stamp, saddr_443);
  CHECK(sniff_as("audit", "") == 0);
  CHECK(sniff_as("audit", "----\n") == 0);
  CHECK(sniff_as("audit", record + "hello\nhello\nhello\n") < 30);
  CHECK(sniff_as("audit", "type=x\n") == 0);
  CHECK(sniff_as("audit", "exe=\"/usr/bin/curl\" dst=192.0.2.1\n") == 20);
  CHECK(sniff_as("audit", "agent: dst=192.0.2.1\n") == 0);
}

// All that is taken of a record's fields, or why none is.
std::string taken_from(const std::string& text) {
  sources::Fields fields;
  std::string result(fields.read(text, sources::Writer::kernel));
  for (std::size_t key = 0; key < static_cast<std::size_t>(sources::Key::none); ++key)
    if (fields.has(static_cast<sources::Key>(key)))
      result += std::to_string(key) + "=" + std::string(fields[static_cast<sources::Key>(key)]) + " ";
  return result + (fields.has_bare_words() ? "with bare words" : "");
}

TEST_CASE("fields where the kernel puts them are those found by their names") {
  const std::string records[] = {
      "arch=c000003e syscall=42 success=no exit=-115 a0=5 a1=7ffc37df1710 a2=10 a3=0 items=0 ppid=13341 pid=13414 "
      "auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=1001 egid=0 sgid=0 fsgid=100 tty=(none) ses=4294967295 "
      "comm=\"curl\" exe=\"/usr/bin/curl\" subj=unconfined key=\"egress\"",
      "arch=40000003 syscall=102 per=8 success=yes exit=0 a0=3 a1=bf a2=1 a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 gid=0 "
      "euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=1 comm=6120623D exe=(null) key=(null)",
  };
  // An unknown word in front: no field stands where it is expected.
  const auto agree = [](const std::string& text) {
    const std::string usual = taken_from(text);
    const std::string any = taken_from("x=1 " + text);
    if (usual != any) FAIL_CHECK(text << "\n" << usual << "\n" << any);
  };
  CHECK(taken_from(records[0]) ==
        "1=c000003e 2=42 3=-115 4=5 5=7ffc37df1710 6=10 7=0 8=13414 9=4294967295 10=0 11=0 12=1001 13=100 "
        "14=4294967295 15=\"curl\" 16=\"/usr/bin/curl\" ");
  for (const std::string& record : records) {
    agree(record);
    for (std::size_t at = 0; at < record.size(); ++at) {
      agree(record.substr(0, at));
      agree(record.substr(0, at) + record.substr(at + 1));
      for (const char c : {' ', '0', 'a', '=', '"', '\'', '{', '}', '\x1d', '\0', '\x80'}) {
        std::string changed = record;
        changed[at] = c;
        agree(changed);
        agree(record.substr(0, at) + c + record.substr(at));
      }
    }
  }
}

}  // namespace
}  // namespace egressc
