// Joining the records of events that interleave, repeat and get lost.
#include "sources/audit_fixture.h"

namespace egressc {
namespace {

std::string at(unsigned serial) { return "1795419859.670:" + std::to_string(serial); }

TEST_CASE("records that interleave, in any order") {
  const std::string a_call = system_call("1795419859.670:10", connect_call);
  const std::string a_peer = sockaddr("1795419859.670:10", saddr_443);
  const std::string b_call =
      system_call("1795419862.004:9", "arch=c000003e syscall=44 success=yes exit=4 a0=6 a1=1 a2=4 a3=0");
  const std::string b_peer = sockaddr("1795419862.004:9", "02000035C00002350000000000000000");
  const std::string sent = "send 192.0.2.53 port 53 pid=700 fd=6 exit=4 uid=1001 gid=100 /usr/bin/curl\n";
  const std::string proctitle = "type=PROCTITLE msg=audit(1795419859.670:10): proctitle=6375726C\n";
  const std::string eoe = "type=EOE msg=audit(1795419859.670:10): \n";
  CHECK(events_of(a_call + b_call + a_peer + b_peer) == std::string(connected) + sent);
  CHECK(events_of(a_call + b_call + b_peer + a_peer) == sent + std::string(connected));
  CHECK(events_of(a_peer + b_peer + b_call + a_call) == sent + std::string(connected));
  CHECK(events_of(b_call + proctitle + eoe + a_peer + a_call + b_peer) == std::string(connected) + sent);
}

TEST_CASE("one serial at two times is two events") {
  CHECK(events_of(system_call("1795419859.670:10", connect_call) + sockaddr("1795419859.671:10", saddr_443)) == "");
  const std::string first = system_call("1795419859.670:0", connect_call) + sockaddr("1795419859.670:0", saddr_443);
  const std::string last =
      system_call("1795419859.670:4294967295", connect_call) + sockaddr("1795419859.670:4294967295", saddr_443);
  CHECK(events_of(last + first) == std::string(connected) + std::string(connected));
}

TEST_CASE("records that are lost or come twice") {
  const std::string call = system_call(stamp, connect_call);
  const std::string peer = sockaddr(stamp, saddr_443);
  const auto skipped = [](const std::string& lines) { return skipped_of(read_audit(lines)); };
  CHECK(skipped("hello\n" + call) == "not an audit record: 1 (1)\nconnect without its address: 1 (2)\n");
  CHECK(skipped(peer) == "address without its system call: 1 (1)\n");
  const Observations orphan = read_audit(peer);
  REQUIRE(orphan.flows().size() == 1);  // for a person to look at: nobody's, and so never granted
  CHECK(orphan.flows()[0].uid == no_id);
  CHECK(skipped(sockaddr(stamp, "0100")) == "");
  CHECK(skipped(call + call + peer) == "repeated record of one event: 1 (2)\n");
  CHECK(events_of(call + call + peer) == connected);
  CHECK(skipped(peer + peer + call) == "repeated record of one event: 1 (2)\n");
  CHECK(events_of(peer + sockaddr(stamp, "02000035C00002350000000000000000") + call) == connected);
}

TEST_CASE("a field given twice makes a record invalid") {
  const std::string call = system_call(stamp, connect_call);
  const std::string peer = sockaddr(stamp, saddr_443);
  for (const std::string_view field : {"arch=c000003e", "syscall=42", "exit=0", "a0=6", "pid=1", "uid=0", "fsuid=0",
                                       "fsgid=0", "exe=\"/bin/x\"", "comm=\"x\""}) {
    CAPTURE(field);
    std::string twice = call;
    twice.insert(twice.size() - 1, " " + std::string(field));
    const Observations observations = read_audit(twice + peer);
    CHECK(events_of(observations) == "");
    CHECK(skipped_of(observations) ==
          "record with a field given twice: 1 (1)\naddress without its system call: 1 (2)\n");
  }
  // auditd's additions repeat names in capitals, or after the separator.
  std::string enriched = call;
  enriched.insert(enriched.size() - 1,
                  "\x1d"
                  "fsuid=0 exe=x");
  CHECK(events_of(enriched + peer) == connected);
  CHECK(events_of(call + sockaddr(stamp, std::string(saddr_443) + " saddr=0100")) == connected);
}

TEST_CASE("fields that are not in the kernel's order make a record invalid") {
  const std::string call = system_call(stamp, connect_call);
  const auto moved = [&](std::string_view field, std::string_view before) {
    std::string text = call;
    text.erase(text.find(field), field.size());
    text.insert(text.find(before), field);
    return skipped_of(read_audit(text + sockaddr(stamp, saddr_443)));
  };
  const std::string refused =
      "record with fields in an order that is not the kernel's: 1 (1)\naddress without its system call: 1 (2)\n";
  CHECK(moved(" fsuid=1001", " subj=") == refused);
  CHECK(moved(" exit=-115", " subj=") == refused);
  CHECK(moved(" pid=700", " a0=") == refused);
  CHECK(moved(" tty=(none)", " exit=") == "");  // nothing hangs on it
}

TEST_CASE("results, and whether a packet can have left") {
  const auto events = [](int number, std::string_view result) {
    const std::string call = "arch=c000003e syscall=" + std::to_string(number) +
                             " success=no exit=" + std::string(result) + " a0=5 a1=7f a2=10 a3=0";
    const Observations observations = read_audit(system_call(stamp, call) + sockaddr(stamp, saddr_443));
    return std::to_string(observations.socket_events.size()) + " " + skipped_of(observations);
  };
  const std::string none = "0 system call that failed before any packet: 1 (1)\n";
  for (const int number : {42, 44, 46, 307}) {
    for (const std::string_view result :
         {"0",    "1",    "-115", "-111", "-110", "-101", "-113", "-100", "-4", "-11", "-104",
          "-103", "-105", "-112", "-71",  "-512", "-513", "-514", "-516", "-1", "-13"}) {
      CAPTURE(result);
      CHECK(events(number, result) == "1 ");
    }
    for (const std::string_view result : {"-9", "-88", "-14", "-22", "-97", "-90", "-91", "-99", "-106", "-107", "-114",
                                          "-89", "-32", "-12", "-98", "-94", "-38", "-4095", "-2147483648"}) {
      CAPTURE(result);
      CHECK(events(number, result) == none);
    }
  }
}

TEST_CASE("calls that have nothing to do with it") {
  const std::string peer = sockaddr(stamp, saddr_443);
  const auto outcome = [&](std::string_view call, bool peer_first) {
    const std::string record = system_call(stamp, call);
    const Observations observations = read_audit(peer_first ? peer + record : record + peer);
    return events_of(observations) + skipped_of(observations);
  };
  for (const bool peer_first : {false, true}) {
    CHECK(outcome("arch=c000003e syscall=43 success=yes exit=5 a0=5 a1=0 a2=0 a3=0", peer_first) == "");
    CHECK(outcome("arch=c000003e syscall=49 success=yes exit=0 a0=5 a1=0 a2=0 a3=0", peer_first) == "");
    CHECK(outcome("arch=deadbeef syscall=42 success=yes exit=0 a0=5 a1=0 a2=0 a3=0", peer_first) ==
          (peer_first ? "system call of an unknown architecture: 1 (2)\n"
                      : "system call of an unknown architecture: 1 (1)\n"));
  }
  CHECK(outcome("arch=c000003e syscall=59 success=yes exit=0 a0=5 a1=0 a2=0 a3=0", true) == "");
  CHECK(outcome("arch=40000003 syscall=42 success=yes exit=0 a0=5 a1=0 a2=0 a3=0", true) == "");
}

TEST_CASE("pending events are bounded, and the oldest go first") {
  std::string lines;
  const unsigned window = 65536;
  const unsigned extra = 100;
  for (unsigned serial = 1; serial <= window + extra; ++serial) lines += system_call(at(serial), connect_call);
  lines += sockaddr(at(extra), saddr_443);      // its call is forgotten
  lines += sockaddr(at(extra + 2), saddr_443);  // its call is still there
  lines += sockaddr(at(window + extra), saddr_443);
  const Observations observations = read_audit(lines);
  CHECK(events_of(observations) == std::string(connected) + std::string(connected));
  CHECK(skipped_of(observations) == "connect without its address: " + std::to_string(window + extra - 2) +
                                        " (1)\naddress without its system call: 1 (" +
                                        std::to_string(window + extra + 1) + ")\n");
}

TEST_CASE("serials chosen to collide") {
  std::string lines;
  for (unsigned i = 1; i <= 1000; ++i) lines += system_call(at(i * 65536), connect_call);
  for (unsigned i = 990; i <= 1000; ++i) lines += sockaddr(at(i * 65536), saddr_443);
  CHECK(read_audit(lines).socket_events.size() == 11);
}

TEST_CASE("sends that wait for an address that never comes are sends all the same") {
  std::string lines;
  const std::string_view call = "arch=c000003e syscall=44 success=yes exit=4 a0=6 a1=1 a2=4 a3=0";
  for (unsigned serial = 1; serial <= 70000; ++serial) lines += system_call(at(serial), call);
  const Observations observations = read_audit(lines);
  CHECK(observations.socket_events.size() == 70000);
  CHECK(observations.socket_events.back().serial == 70000);
  CHECK(observations.strings.size() == 2);
  CHECK(skipped_of(observations) == "");
}

TEST_CASE("lines in pieces give what they give at once") {
  const std::string lines = system_call(stamp, connect_call) + sockaddr(stamp, saddr_443);
  Observations observations;
  const LogParser parser = open_log("audit", {}, observations);
  const std::size_t middle = lines.find('\n') + 1;
  parser.feed(std::string_view(lines).substr(0, middle));
  parser.feed(std::string(lines.substr(middle, lines.size() - middle - 1)));  // the last line may lack its end
  parser.finish();
  CHECK(events_of(observations) == connected);
  CHECK(observations.lines == 2);
}

}  // namespace
}  // namespace egressc
