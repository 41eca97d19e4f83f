// From system calls to socket events.
#include "sources/audit_fixture.h"

namespace egressc {
namespace {

constexpr std::string_view who = " uid=1001 gid=100 /usr/bin/curl\n";

TEST_CASE("socket, connect and sends of every architecture") {
  const struct {
    std::string_view arch;
    int socket, connect, sendto, sendmsg, sendmmsg, accept;
    bool big_endian;
  } rows[] = {
      {"c000003e", 41, 42, 44, 46, 307, 43, false},
      {"c000003e", 0x40000000 + 41, 0x40000000 + 42, 0x40000000 + 44, 0x40000000 + 518, 0x40000000 + 538,
       0x40000000 + 43, false},
      {"40000003", 359, 362, 369, 370, 345, 364, false},
      {"c00000b7", 198, 203, 206, 211, 269, 202, false},
      {"c00000f3", 198, 203, 206, 211, 269, 202, false},
      {"40000028", 281, 283, 290, 296, 374, 285, false},
      {"c0000015", 326, 328, 335, 341, 349, 330, false},
      {"80000015", 326, 328, 335, 341, 349, 330, true},
      {"80000016", 359, 362, 369, 370, 358, 364, true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.arch);
    CAPTURE(row.connect);
    const std::string saddr = std::string(row.big_endian ? "0002" : "0200") + "01BBC00002010000000000000000";
    const auto events = [&](int number, std::string_view arguments, bool with_address) {
      const std::string call = "arch=" + std::string(row.arch) + " syscall=" + std::to_string(number) +
                               " success=yes exit=6 " + std::string(arguments);
      return events_of(system_call(stamp, call) + (with_address ? sockaddr(stamp, saddr) : ""));
    };
    const std::string sent = "send 192.0.2.1 port 443 pid=700 fd=26 exit=6" + std::string(who);
    CHECK(events(row.socket, "a0=2 a1=80802 a2=11 a3=0", false) ==
          "socket type=2 protocol=17 pid=700 fd=6 exit=6" + std::string(who));
    CHECK(events(row.connect, "a0=1a a1=7ff a2=10 a3=0", true) ==
          "connect 192.0.2.1 port 443 pid=700 fd=26 exit=6" + std::string(who));
    CHECK(events(row.sendto, "a0=1a a1=7ff a2=10 a3=0", true) == sent);
    CHECK(events(row.sendmsg, "a0=1a a1=7ff a2=0 a3=0", true) == sent);
    CHECK(events(row.sendmmsg, "a0=1a a1=7ff a2=2 a3=0", true) == sent);
    CHECK(events(row.accept, "a0=1a a1=7ff a2=10 a3=0", true) == "");
  }
}

TEST_CASE("socket") {
  const struct {
    std::string_view call;
    std::string_view expected;
  } rows[] = {
      {"success=yes exit=5 a0=2 a1=1 a2=0 a3=0", "socket type=1 protocol=0 pid=700 fd=5 exit=5"},
      {"success=yes exit=5 a0=a a1=80801 a2=6 a3=0", "socket type=1 protocol=6 pid=700 fd=5 exit=5"},
      {"success=yes exit=5 a0=2 a1=2 a2=11 a3=0", "socket type=2 protocol=17 pid=700 fd=5 exit=5"},
      {"success=yes exit=17 a0=a a1=3 a2=3a a3=0", "socket type=3 protocol=58 pid=700 fd=17 exit=17"},
      {"success=yes exit=5 a0=2 a1=1 a2=106 a3=0", "socket type=1 protocol=6 pid=700 fd=5 exit=5"},
      {"success=yes exit=5 a0=2 a1=1 a2=206 a3=0", "socket type=1 protocol=255 pid=700 fd=5 exit=5"},
      {"success=yes exit=5 a0=1 a1=80801 a2=0 a3=0", "other pid=700 fd=5 exit=5"},
      {"success=yes exit=5 a0=10 a1=3 a2=0 a3=0", "other pid=700 fd=5 exit=5"},
      {"success=no exit=-97 a0=a a1=1 a2=0 a3=0", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.call);
    CHECK(events_of(system_call(stamp, "arch=c000003e syscall=41 " + std::string(row.call))) ==
          (row.expected.empty() ? "" : std::string(row.expected) + std::string(who)));
  }
  CHECK(skipped_of(read_audit(system_call(stamp, "arch=c000003e syscall=41 a0=2 a1=1 a2=0"))) ==
        "incomplete record: 1 (1)\n");
}

TEST_CASE("addresses") {
  const struct {
    std::string_view saddr;
    std::string_view expected;
  } rows[] = {
      {"020001BBC00002010000000000000000", "connect 192.0.2.1 port 443"},
      {"020001bbc00002010000000000000000", "connect 192.0.2.1 port 443"},
      {"02000035C0000201E5E5E5E5E5E5E5E5", "connect 192.0.2.1 port 53"},
      {"020001BBC0000201", "connect 192.0.2.1 port 443"},
      {"02000000C00002010000000000000000", "connect 192.0.2.1 port 0"},
      {"0A0001BB0000000020010DB800000000000000000000000100000000", "connect 2001:db8::1 port 443"},
      {"0A0001BB0000000020010DB8000000000000000000000001", "connect 2001:db8::1 port 443"},
      {"0A0001BB0000000000000000000000000000FFFFC000020100000000", "connect 192.0.2.1 port 443"},
      {"00000000000000000000000000000000", "disconnect"},
      {"0000", "disconnect"},
      {"0100", "other"},
      {"01002F7661722F72756E2F6E7363642F736F636B6574", "other"},
      {"100000000000000000000000", "other"},
      {"0202", "other"},
      {"000201BBC00002010000000000000000", "other"},  // AF_INET on a big-endian machine, which x86_64 is not
      {"020001BBC00002", ""},
      {"020", ""},
      {"02", ""},
      {"", ""},
      {"0A0001BB0000000020010DB80000000000000000000000", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.saddr);
    const Observations observations = read_audit(system_call(stamp, connect_call) + sockaddr(stamp, row.saddr));
    if (row.expected.empty()) {
      CHECK(events_of(observations) == "");
      CHECK(skipped_of(observations) == "damaged socket address: 1 (1)\n");
    } else {
      CHECK(events_of(observations) == std::string(row.expected) + " pid=700 fd=5 exit=-115" + std::string(who));
      CHECK(skipped_of(observations) == "");
    }
  }
}

TEST_CASE("sends") {
  const auto events = [](std::string_view call, std::string_view saddr) {
    return events_of(system_call(stamp, "arch=c000003e " + std::string(call)) +
                     (saddr.empty() ? "" : sockaddr(stamp, saddr)));
  };
  const std::string end = std::string(who);
  CHECK(events("syscall=44 success=yes exit=60 a0=b a1=7f a2=3c a3=4000", "") == "send pid=700 fd=11 exit=60" + end);
  CHECK(events("syscall=44 success=no exit=-1 a0=b a1=7f a2=3c a3=4000", "") == "send pid=700 fd=11 exit=-1" + end);
  CHECK(events("syscall=307 success=yes exit=2 a0=5 a1=7f a2=2 a3=4000", "") == "send pid=700 fd=5 exit=2" + end);
  CHECK(events("syscall=44 success=yes exit=6 a0=5 a1=7f a2=6 a3=20000000", saddr_443) ==
        "send 192.0.2.1 port 443 fast-open pid=700 fd=5 exit=6" + end);
  CHECK(events("syscall=46 success=yes exit=6 a0=5 a1=7f a2=20004000 a3=0", saddr_443) ==
        "send 192.0.2.1 port 443 fast-open pid=700 fd=5 exit=6" + end);
  CHECK(events("syscall=46 success=yes exit=6 a0=5 a1=7f a2=0 a3=20000000", saddr_443) ==
        "send 192.0.2.1 port 443 pid=700 fd=5 exit=6" + end);
  CHECK(events("syscall=44 success=yes exit=6 a0=5 a1=7f a2=6 a3=0", "0000") == "send pid=700 fd=5 exit=6" + end);
  CHECK(events("syscall=44 success=yes exit=6 a0=5 a1=7f a2=6 a3=0", "100000000000000000000000") == "");
  CHECK(events_of(system_call(stamp, "arch=40000028 syscall=289 success=yes exit=6 a0=5 a1=7f a2=6 a3=0")) ==
        "send pid=700 fd=5 exit=6" + end);
}

TEST_CASE("a refused address of another family leaves an internet socket what it is") {
  CHECK(events_of(system_call(stamp, "arch=c000003e syscall=42 success=no exit=-97 a0=5 a1=7f a2=6e a3=0") +
                  sockaddr(stamp, "0100")) == "");
}

TEST_CASE("socketcall") {
  const auto call = [](std::string_view number) {
    return system_call(
        stamp, "arch=40000003 syscall=102 success=yes exit=6 a0=" + std::string(number) + " a1=ffe91a2c a2=0 a3=0");
  };
  const auto arguments = [](std::string_view text) {
    return "type=SOCKETCALL msg=audit(" + std::string(stamp) + "): " + std::string(text) + "\n";
  };
  const std::string address = sockaddr(stamp, saddr_443);
  const std::string three = arguments("nargs=3 a0=1a a1=ffe91a2c a2=10");
  const std::string six = arguments("nargs=6 a0=1a a1=ff a2=10 a3=20000000 a4=ff a5=10");
  const std::string end = std::string(who);
  const std::string to = " 192.0.2.1 port 443";
  CHECK(events_of(call("1") + arguments("nargs=3 a0=2 a1=80801 a2=6")) ==
        "socket type=1 protocol=6 pid=700 fd=6 exit=6" + end);
  CHECK(events_of(call("1") + arguments("nargs=3 a0=1 a1=80801 a2=6")) == "other pid=700 fd=6 exit=6" + end);
  CHECK(events_of(call("3") + three + address) == "connect" + to + " pid=700 fd=26 exit=6" + end);
  CHECK(events_of(address + three + call("3")) == "connect" + to + " pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("3") + address + three) == "connect" + to + " pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("3") + address) == "connect" + to + " pid=700 fd=-1 exit=6" + end);
  CHECK(events_of(call("9") + arguments("nargs=4 a0=1a a1=ff a2=10 a3=0")) == "send pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("b") + six + address) == "send" + to + " fast-open pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("b") + six) == "send fast-open pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("10") + three + address) == "send" + to + " pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("14") + six + address) == "send" + to + " fast-open pid=700 fd=26 exit=6" + end);
  CHECK(events_of(call("5") + three + address) == "");   // accept
  CHECK(events_of(call("2") + three + address) == "");   // bind
  CHECK(events_of(call("12") + three + address) == "");  // accept4
  CHECK(skipped_of(read_audit(call("3") + three)) == "connect without its address: 1 (1)\n");
  CHECK(skipped_of(read_audit(call("1"))) == "system call without its arguments: 1 (1)\n");
}

TEST_CASE("without pid or arguments a descriptor is not known") {
  const auto events = [](std::string_view call) {
    return events_of("type=SYSCALL msg=audit(" + std::string(stamp) + "): " + std::string(call) + "\n" +
                     sockaddr(stamp, saddr_443));
  };
  CHECK(events("arch=c000003e syscall=42 exit=0 a0=5 fsuid=1") ==
        "connect 192.0.2.1 port 443 pid=0 fd=-1 exit=0 uid=1 gid=?\n");
  CHECK(events("arch=c000003e syscall=42 exit=0 pid=700 fsuid=1") ==
        "connect 192.0.2.1 port 443 pid=700 fd=-1 exit=0 uid=1 gid=?\n");
  CHECK(events("arch=c000003e syscall=41 exit=5 a0=2 a1=1 a2=0 fsuid=1") == "");
}

TEST_CASE("io_uring") {
  const std::string operation = "type=URINGOP msg=audit(" + std::string(stamp) +
                                "): uring_op=16 success=yes exit=0 items=0 ppid=1 pid=700 uid=7 gid=8 euid=7 suid=7 "
                                "fsuid=1001 egid=8 sgid=8 fsgid=100 subj=unconfined key=(null)\n";
  const std::string address = sockaddr(stamp, saddr_443);
  const std::string enter = system_call(stamp, "arch=c000003e syscall=426 success=yes exit=1 a0=4 a1=1 a2=1 a3=1");
  const std::string connected_by = "connect 192.0.2.1 port 443 pid=700 fd=-1 exit=0 uid=1001 gid=100";
  CHECK(events_of(operation + address) == connected_by + "\n");
  CHECK(events_of(address + operation) == connected_by + "\n");
  CHECK(events_of(operation + enter + address) == connected_by + " /usr/bin/curl\n");
  CHECK(events_of(address + enter + operation) == connected_by + " /usr/bin/curl\n");
  CHECK(events_of(operation + operation + address) == connected_by + "\n");
  std::string opened = operation;
  opened.replace(opened.find("uring_op=16"), 11, "uring_op=18");
  CHECK(events_of(opened + address) == "");
  std::string sent = operation;
  sent.replace(sent.find("uring_op=16"), 11, "uring_op=9");
  CHECK(events_of(sent + address) == "send 192.0.2.1 port 443 pid=700 fd=-1 exit=0 uid=1001 gid=100\n");
  CHECK(events_of(sent) == "");
  CHECK(events_of(operation + sockaddr(stamp, "0000")) == "");
}

TEST_CASE("who") {
  const auto event = [](std::string_view ids, std::string_view program) {
    const std::string record = "type=SYSCALL msg=audit(" + std::string(stamp) + "): " + std::string(connect_call) +
                               " pid=700 " + std::string(ids) + " " + std::string(program) + " key=(null)\n";
    return events_of(record + sockaddr(stamp, saddr_443))
        .substr(std::string_view("connect 192.0.2.1 port 443 pid=700 fd=5 exit=-115 ").size());
  };
  const std::string_view ids = "uid=1 gid=2 euid=3 fsuid=4 egid=5 fsgid=6";
  CHECK(event(ids, "comm=\"a\" exe=\"/bin/a\"") == "uid=4 gid=6 /bin/a\n");
  CHECK(event("uid=1 gid=2 euid=3 egid=5", "comm=\"a\" exe=\"/bin/a\"") == "uid=1 gid=2 /bin/a\n");
  CHECK(event("euid=3 egid=5", "comm=\"a\" exe=\"/bin/a\"") == "uid=? gid=? /bin/a\n");
  CHECK(event("uid=1 fsuid=4294967295 fsgid=4294967295", "exe=\"/bin/a\"") == "uid=? gid=? /bin/a\n");
  CHECK(event("uid=1 fsuid=99999999999999999999 fsgid=-1", "exe=\"/bin/a\"") == "uid=? gid=? /bin/a\n");
  CHECK(event(ids, "comm=444E53205265737E76657220233239 exe=(null)") == "uid=4 gid=6 DNS Res~ver #29\n");
  CHECK(event(ids, "comm=\"a\" exe=2F6F70742F4D79204170702F61") == "uid=4 gid=6 /opt/My App/a\n");
  CHECK(event(ids, "comm=\"a\" exe=2f62696e2f61") == "uid=4 gid=6 /bin/a\n");
  CHECK(event(ids, "comm=\"a\" exe=2F6") == "uid=4 gid=6 2F6\n");
  CHECK(event(ids, "comm=(null) exe=(null)") == "uid=4 gid=6\n");
  CHECK(event(ids, "comm=\"a\" exe=\"" + std::string(5000, 'x') + "\"") ==
        "uid=4 gid=6 " + std::string(4096, 'x') + "\n");
}

}  // namespace
}  // namespace egressc
