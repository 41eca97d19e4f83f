// Lines that name a peer as dst=.
#include "sources/audit_fixture.h"

namespace egressc {
namespace {

std::string flows_of(const Observations& observations) {
  std::string text;
  for (const Flow& flow : observations.flows()) {
    text += to_string(flow.to) + " port " + std::to_string(flow.port) + " protocol " + std::to_string(flow.protocol);
    text += flow.uid == no_id ? " uid=?" : " uid=" + std::to_string(flow.uid);
    text += flow.gid == no_id ? " gid=?" : " gid=" + std::to_string(flow.gid);
    text += " " + std::string(observations.strings[flow.exe]);
    text += flow.first == no_time ? " at ?" : " at " + to_string_utc(flow.first);
    text += "\n";
  }
  return text;
}

TEST_CASE("lines with dst") {
  const struct {
    std::string_view line;
    std::string_view expected;
  } rows[] = {
      {"dst=192.0.2.1", "192.0.2.1 port 0 protocol 0 uid=? gid=?  at ?\n"},
      {"exe=\"/usr/bin/curl\" comm=\"curl\" dst=192.0.2.1 dport=443 proto=tcp uid=1001 gid=100",
       "192.0.2.1 port 443 protocol 6 uid=1001 gid=100 /usr/bin/curl at ?\n"},
      {"comm=\"curl\" dst6=2001:db8::1 dst_port=53 proto=17 uid=root",
       "2001:db8::1 port 53 protocol 17 uid=0 gid=? curl at ?\n"},
      {"dst6=::ffff:192.0.2.1 port=53", "192.0.2.1 port 53 protocol 0 uid=? gid=?  at ?\n"},
      {"dst=\"192.0.2.1\", dport=\"80\", proto=\"TCP\";", "192.0.2.1 port 80 protocol 6 uid=? gid=?  at ?\n"},
      {"dst=192.0.2.1 uid=5 fsuid=6 gid=7 fsgid=8", "192.0.2.1 port 0 protocol 0 uid=6 gid=8  at ?\n"},
      {"dst=192.0.2.1 dst6=2001:db8::1 port=80",
       "192.0.2.1 port 80 protocol 0 uid=? gid=?  at ?\n2001:db8::1 port 80 protocol 0 uid=? gid=?  at ?\n"},
      {"2026-11-23T07:44:18Z dst=192.0.2.1 dport=80 uid=5",
       "192.0.2.1 port 80 protocol 0 uid=5 gid=?  at 2026-11-23T07:44:18Z\n"},
      {"2026-11-23T07:44:18Z host audispd: dst=192.0.2.1 dport=80",
       "192.0.2.1 port 80 protocol 0 uid=? gid=?  at 2026-11-23T07:44:18Z\n"},
      {"type=CONNECT dst=192.0.2.1 dport=80", "192.0.2.1 port 80 protocol 0 uid=? gid=?  at ?\n"},
      {"type=CONNECT msg=audit(1795419859.670:5): dst=192.0.2.1 dport=80 exe=\"/bin/x\"",
       "192.0.2.1 port 80 protocol 0 uid=? gid=? /bin/x at 2026-11-23T07:44:19Z\n"},
      {"type=SYSCALL msg=audit(1795419859.670:5): arch=c000003e syscall=42 uid=5 comm=\"x\" dst=192.0.2.1",
       "192.0.2.1 port 0 protocol 0 uid=5 gid=? x at 2026-11-23T07:44:19Z\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const Observations observations = read_audit(row.line);
    CHECK(flows_of(observations) == row.expected);
    CHECK(observations.socket_events.empty());
    CHECK(skipped_of(observations) == "");
  }
}

TEST_CASE("lines with dst that say nothing, or are somebody else's") {
  const struct {
    std::string_view line;
    std::string_view reason;
  } rows[] = {
      {"dst=192.0.2.256", "address not understood"},
      {"dst=", "address not understood"},
      {"dst=192.0.2.1:443", "address not understood"},
      {"dst=192.0.2.1 dport=65536", "port not understood"},
      {"dst=192.0.2.1 dport=https", "port not understood"},
      {"dst=192.0.2.1 dst=192.0.2.2", "record with a field given twice"},
      {"dst=192.0.2.1 dport=1 port=2", "record with a field given twice"},
      {"dst=192.0.2.1 uid=1 uid=2", "record with a field given twice"},
      {"src=192.0.2.1", "not an audit record"},
      {"note=\"dst=192.0.2.1\"", "not an audit record"},
      {"note='a dst=192.0.2.1 b'", "not an audit record"},
      {"hello dst=192.0.2.1", "not an audit record"},
      {"Nov 23 07:44:18 host agent: dst=192.0.2.1", "not an audit record"},
      {"Nov 23 07:44:18 host agent: audit: dst=192.0.2.1", "not an audit record"},
      {"=dst=192.0.2.1", "not an audit record"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const Observations observations = read_audit(row.line);
    CHECK(observations.empty());
    CHECK(skipped_of(observations) == std::string(row.reason) + ": 1 (1)\n");
  }
  // Records whose text is a process's own.
  for (const std::string_view line :
       {"type=USER_CMD msg=audit(1795419859.670:5): msg='x dst=192.0.2.1 '",
        "type=EXECVE msg=audit(1795419859.670:5): argc=1 a0=dst=192.0.2.1",
        "type=PROCTITLE msg=audit(1795419859.670:5): proctitle=x dst=192.0.2.1",
        "type=MAC_IPSEC_EVENT msg=audit(1795419859.670:5): src=192.0.2.2 dst=192.0.2.1"}) {
    CAPTURE(line);
    CHECK(read_audit(line).empty());
  }
}

}  // namespace
}  // namespace egressc
