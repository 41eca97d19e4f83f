// What ausearch -i prints: names for numbers, dates of a locale, text without quotes.
#include "sources/audit_fixture.h"

namespace egressc {
namespace {

std::string interpreted(std::string_view stamp, std::string_view arguments, std::string_view ids,
                        std::string_view program = "comm=curl exe=/usr/bin/curl") {
  return "type=SYSCALL msg=audit(" + std::string(stamp) + ") : arch=x86_64 " + std::string(arguments) +
         " items=0 ppid=1 pid=700 auid=unset uid=bob gid=bob euid=bob suid=bob " + std::string(ids) +
         " tty=(none) ses=unset " + std::string(program) + " subj=unconfined key=egress \n";
}

std::string address(std::string_view stamp, std::string_view saddr) {
  return "type=SOCKADDR msg=audit(" + std::string(stamp) + ") : saddr=" + std::string(saddr) + " \n";
}

constexpr std::string_view when = "07/29/2025 09:52:29.237:87712186";
constexpr Micros then = 1753782749237000;
constexpr std::string_view connect =
    "syscall=connect success=no exit=EINPROGRESS(Operation now in progress) a0=0x5 a1=0x7ffc a2=0x10 a3=0x5";
constexpr std::string_view inet = "{ saddr_fam=inet laddr=192.0.2.1 lport=443 }";

TEST_CASE("subjects") {
  const struct {
    std::string_view ids;
    std::string_view expected;
  } rows[] = {
      {"fsuid=root fsgid=root", "uid=0 gid=0"},
      {"fsuid=unknown(61001) fsgid=unknown(61002)", "uid=61001 gid=61002"},
      {"fsuid=1001 fsgid=100", "uid=1001 gid=100"},
      {"fsuid=alice fsgid=users", "uid=? gid=?"},
      {"fsuid=unset fsgid=unknown(x)", "uid=? gid=?"},
      {"fsuid=unknown( fsgid=", "uid=? gid=?"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.ids);
    CHECK(events_of(interpreted(when, connect, row.ids) + address(when, inet)) ==
          "connect 192.0.2.1 port 443 pid=700 fd=5 exit=-115 " + std::string(row.expected) + " /usr/bin/curl\n");
  }
}

TEST_CASE("users and groups by name") {
  const UserIds users = {{"alice", 1001}, {"bob", 1002}, {"1003", 9}};
  const UserIds groups = {{"users", 100}};
  ParseContext context;
  context.users = &users;
  context.groups = &groups;
  const auto read = [&](std::string_view ids, const ParseContext& known) {
    const Observations o = read_audit(interpreted(when, connect, ids) + address(when, inet), known);
    const SocketEvent& event = o.socket_events.at(0);
    return (event.uid == no_id ? "?" : std::to_string(event.uid)) + " " +
           (event.gid == no_id ? "?" : std::to_string(event.gid)) + " " + skipped_of(o);
  };
  const std::string unknown = "user known by a name alone: name the file of users with --passwd: 1 (1)\n";
  CHECK(read("fsuid=alice fsgid=users", context) == "1001 100 ");
  CHECK(read("fsuid=bob fsgid=alice", context) == "1002 ? ");
  CHECK(read("fsuid=1003 fsgid=100", context) == "1003 100 ");
  CHECK(read("fsuid=root fsgid=root", context) == "0 0 ");
  CHECK(read("fsuid=unknown(1004) fsgid=unknown(5)", context) == "1004 5 ");
  CHECK(read("fsuid=carol fsgid=users", context) == "? 100 " + unknown);
  CHECK(read("fsuid=alice fsgid=users", {}) == "? ? " + unknown);
}

TEST_CASE("calls, in the order of ausearch") {
  const auto events = [](std::string_view arguments, std::string_view saddr) {
    return events_of((saddr.empty() ? "" : address(when, saddr)) + interpreted(when, arguments, "fsuid=1 fsgid=2"));
  };
  const std::string who = " uid=1 gid=2 /usr/bin/curl\n";
  CHECK(events("syscall=socket success=yes exit=5 a0=inet a1=SOCK_DGRAM a2=ip a3=0x5", "") ==
        "socket type=2 protocol=0 pid=700 fd=5 exit=5" + who);
  CHECK(events("syscall=socket success=yes exit=5 a0=inet6 a1=SOCK_RAW a2=ipv6-icmp a3=0x5", "") ==
        "socket type=3 protocol=58 pid=700 fd=5 exit=5" + who);
  CHECK(events("syscall=socket success=yes exit=5 a0=local a1=SOCK_STREAM a2=ip a3=0x5", "") ==
        "other pid=700 fd=5 exit=5" + who);
  CHECK(events("syscall=sendto success=yes exit=6 a0=0x5 a1=0x4a a2=0x6 a3=MSG_NOSIGNAL|MSG_FASTOPEN", inet) ==
        "send 192.0.2.1 port 443 fast-open pid=700 fd=5 exit=6" + who);
  CHECK(events("syscall=sendmsg success=no exit=EPERM(Operation not permitted) a0=0x5 a1=0x4a a2=MSG_NOSIGNAL", "") ==
        "send pid=700 fd=5 exit=-1" + who);
  CHECK(events("syscall=connect success=yes exit=0 a0=0x5 a1=0x7 a2=0x10", "unknown-family(0)") ==
        "disconnect pid=700 fd=5 exit=0" + who);
  CHECK(events("syscall=connect success=yes exit=0 a0=0x5 a1=0x7", "{ saddr_fam=local path=/run/x laddr=192.0.2.9 }") ==
        "other pid=700 fd=5 exit=0" + who);
  CHECK(events("syscall=accept success=yes exit=6 a0=0x5 a1=0x7 a2=0x10", inet) == "");
  CHECK(events("syscall=io_uring_setup success=yes exit=6 a0=0x5", "") == "");
}

TEST_CASE("addresses of several versions") {
  const struct {
    std::string_view saddr;
    std::string_view expected;
  } rows[] = {
      {"{ saddr_fam=inet laddr=192.0.2.1 lport=443 }", "192.0.2.1 port 443"},
      {"{ fam=inet laddr=192.0.2.1 lport=443 }", "192.0.2.1 port 443"},
      {"{ saddr_fam=inet6 laddr=2001:db8::1 lport=53 }", "2001:db8::1 port 53"},
      {"{ saddr_fam=inet6 laddr=::ffff:192.0.2.1 lport=53 }", "192.0.2.1 port 53"},
      {"inet host:192.0.2.1 serv:443", "192.0.2.1 port 443"},
      {"inet6 host:2001:db8::1 serv:443", "2001:db8::1 port 443"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.saddr);
    CHECK(events_of(interpreted(when, connect, "fsuid=1 fsgid=2") + address(when, row.saddr)) ==
          "connect " + std::string(row.expected) + " pid=700 fd=5 exit=-115 uid=1 gid=2 /usr/bin/curl\n");
  }
  for (const std::string_view saddr : {"{ saddr_fam=inet laddr=192.0.2.1 }", "{ saddr_fam=inet laddr=x lport=1 }",
                                       "{ saddr_fam=inet laddr=192.0.2.1 lport=70000 }", "{ x }", ""}) {
    CAPTURE(saddr);
    const auto observations = read_audit(interpreted(when, connect, "fsuid=1 fsgid=2") + address(when, saddr));
    CHECK(observations.socket_events.empty());
    CHECK(skipped_of(observations) == "damaged socket address: 1 (1)\n");
  }
}

TEST_CASE("socketcall, with its call named twice") {
  CHECK(events_of(address(when, inet) + "type=SOCKETCALL msg=audit(" + std::string(when) +
                  ") : nargs=3 a0=0x7 a1=0xffe9 a2=0x10 \n" +
                  interpreted(when, "syscall=socketcall(connect) success=yes exit=0 a0=connect a1=0xffe9 a2=0x0 a3=0x0",
                              "fsuid=1 fsgid=2")) ==
        "connect 192.0.2.1 port 443 pid=700 fd=7 exit=0 uid=1 gid=2 /usr/bin/curl\n");
}

TEST_CASE("text without quotes") {
  const auto exe = [](std::string_view program) {
    const Observations o = read_audit(interpreted(when, connect, "fsuid=1 fsgid=2", program) + address(when, inet));
    return o.socket_events.empty() ? "none" : std::string(o.strings[o.socket_events[0].exe]);
  };
  CHECK(exe("comm=denied agent exe=/opt/My App/agent") == "/opt/My App/agent");
  CHECK(exe("comm=cafe exe=(null)") == "cafe");
  CHECK(exe("comm=cafe babe exe=(null)") == "cafe babe");
  CHECK(exe("comm=\" exe=/bin/x") == "/bin/x");
  CHECK(exe("comm=x exe=/bin/y exe=/bin/x") == "");  // comm or exe: nobody can tell
  CHECK(exe("comm=x fsuid=0 exe=/bin/x") == "/bin/x");
  // Fifteen bytes are enough to write this.
  const Observations forged = read_audit(interpreted(when, connect, "fsuid=1 fsgid=2", "comm=a dst=192.0.2.9 exe=/x"));
  CHECK(forged.flows().empty());
  for (const std::string_view comm : {"a fsuid=0", "a pid=1 exit=0", "a arch=x a0=0x9"}) {
    CAPTURE(comm);
    const std::string program = "comm=" + std::string(comm) + " exe=/x";
    CHECK(events_of(interpreted(when, connect, "fsuid=1 fsgid=2", program) + address(when, inet)) ==
          "connect 192.0.2.1 port 443 pid=700 fd=5 exit=-115 uid=1 gid=2 /x\n");
  }
}

TEST_CASE("dates of other places") {
  const auto at = [](std::string_view text, const ParseContext& context = {}) {
    const std::string full = std::string(text) + ":87712186";
    const Observations o = read_audit(interpreted(full, connect, "fsuid=1 fsgid=2") + address(full, inet), context);
    return o.socket_events.empty() ? no_time : o.socket_events[0].at;
  };
  for (const std::string_view text :
       {"07/29/2025 09:52:29.237", "07/29/25 09:52:29.237", "29/07/2025 09:52:29.237", "29.07.2025 09:52:29.237",
        "29.7.2025 09:52:29.237", "29-07-25 09:52:29.237", "2025-07-29 09:52:29.237", "2025/07/29 09:52:29.237",
        "2025\xe5\xb9\xb4"
        "07\xe6\x9c\x88"
        "29\xe6\x97\xa5 09:52:29.237",
        "07/29/2025 09:52:29 AM.237", "07/29/2025 09:52:29.237 am", "07/29/2025 9:52:29.237"}) {
    CAPTURE(text);
    CHECK(at(text) == then);
  }
  CHECK(at("07/29/2025 09:52:29 PM.237") == then + 12 * 3600 * second);
  CHECK(at("07/29/2025 12:00:00 AM.000") == then - (9 * 3600 + 52 * 60 + 29) * second - 237000);
  CHECK(at("09.08.2025 00:00:00.000") == *parse_iso_time("2025-08-09"));
  ParseContext east;
  east.utc_offset_minutes = 120;
  CHECK(at("07/29/2025 11:52:29.237", east) == then);
  for (const std::string_view text :
       {"29/29/2025 09:52:29.237", "02/30/2025 09:52:29.237", "07/29/2025 24:52:29.237", "07/29/2025 13:52:29 PM.237",
        "07/29/2025", "07/29/2025 ", "07/29 09:52:29.237", "2025-07-29T09:52:29.237", "/// 09:52:29", " 09:52:29.237",
        "07/29/202525 09:52:29.237", "07/29/2025 09:52", "07/29/2025 09:52:29.", "1/2/3/4 09:52:29.237"}) {
    CAPTURE(text);
    CHECK(at(text) == no_time);
  }
}

TEST_CASE("a date that can be read in two ways") {
  const auto times = [](std::string_view first, std::string_view second_one, const ParseContext& context) {
    std::string lines;
    for (const std::string_view date : {first, second_one}) {
      const std::string full = std::string(date) + " 00:00:00.000:5";
      lines += interpreted(full, connect, "fsuid=1 fsgid=2") + address(full, inet);
    }
    std::string text;
    for (const SocketEvent& event : read_audit(lines, context).socket_events)
      text += to_string_utc(event.at).substr(0, 10) + " ";
    return text;
  };
  ParseContext august;
  august.reference = *parse_iso_time("2025-08-01");
  CHECK(times("07/08/2025", "07/09/2025", {}) == "2025-07-08 2025-07-09 ");
  CHECK(times("07/08/2025", "07/09/2025", august) == "2025-08-07 2025-07-09 ");
  CHECK(times("25/08/2025", "07/09/2025", {}) == "2025-08-25 2025-09-07 ");
  CHECK(times("08/25/2025", "09/07/2025", august) == "2025-08-25 2025-09-07 ");
}

}  // namespace
}  // namespace egressc
