// Lines that name a peer as dst=: records of types that the kernel has not, and what is no evidence.
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

std::string claims_of(const Observations& observations) {
  std::string text;
  for (const Claim& claim : observations.claims) {
    text += to_string(claim.to) + " port " + std::to_string(claim.port) + " protocol " + std::to_string(claim.protocol);
    text += claim.uid == no_id ? " uid=?" : " uid=" + std::to_string(claim.uid);
    text += claim.gid == no_id ? " gid=?" : " gid=" + std::to_string(claim.gid);
    text += claim.at == no_time ? " at ?" : " at " + to_string_utc(claim.at);
    text += "\n";
  }
  return text;
}

TEST_CASE("whoever wrote a line with dst, it is a claim") {
  const struct {
    std::string_view line;
    std::string_view expected;
  } rows[] = {
      {"dst=192.0.2.1", "192.0.2.1 port 0 protocol 0 uid=? gid=? at ?\n"},
      {"exe=\"/usr/bin/curl\" comm=\"curl\" dst=192.0.2.1 dport=443 proto=tcp uid=1001 gid=100",
       "192.0.2.1 port 443 protocol 6 uid=1001 gid=100 at ?\n"},
      {"comm=\"curl\" dst6=2001:db8::1 dst_port=53 proto=17 uid=root",
       "2001:db8::1 port 53 protocol 17 uid=0 gid=? at ?\n"},
      {"dst6=::ffff:192.0.2.1 port=53", "192.0.2.1 port 53 protocol 0 uid=? gid=? at ?\n"},
      {"dst=\"192.0.2.1\", dport=\"80\", proto=\"TCP\";", "192.0.2.1 port 80 protocol 6 uid=? gid=? at ?\n"},
      {"dst=192.0.2.1 uid=5 fsuid=6 gid=7 fsgid=8", "192.0.2.1 port 0 protocol 0 uid=6 gid=8 at ?\n"},
      {"dst=192.0.2.1 dst6=2001:db8::1 port=80",
       "192.0.2.1 port 80 protocol 0 uid=? gid=? at ?\n2001:db8::1 port 80 protocol 0 uid=? gid=? at ?\n"},
      {"2026-11-23T07:44:18Z dst=192.0.2.1 dport=80 uid=5",
       "192.0.2.1 port 80 protocol 0 uid=5 gid=? at 2026-11-23T07:44:18Z\n"},
      {"2026-11-23T07:44:18Z host audispd: dst=192.0.2.1 dport=80",
       "192.0.2.1 port 80 protocol 0 uid=? gid=? at 2026-11-23T07:44:18Z\n"},
      {"type=CONNECT dst=192.0.2.1 dport=80", "192.0.2.1 port 80 protocol 0 uid=? gid=? at ?\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const Observations observations = read_audit(row.line);
    CHECK(claims_of(observations) == row.expected);
    CHECK(observations.flows().empty());
    CHECK(observations.socket_events.empty());
    CHECK(skipped_of(observations) == "");
  }
}

TEST_CASE("records of a dispatcher's own types") {
  const struct {
    std::string_view record;
    std::string_view expected;
    std::string_view skipped;
  } rows[] = {
      {"type=CONNECT msg=audit(1795419859.670:5): dst=192.0.2.1 dport=80 uid=5 exe=\"/bin/x\"",
       "192.0.2.1 port 80 protocol 0 uid=5 gid=? /bin/x at 2026-11-23T07:44:19Z\n", ""},
      {"type=NETWORK msg=audit(1795419859.670:5): exe=\"/bin/x\" uid=5 dst6=2001:db8::1 proto=tcp dport=80",
       "2001:db8::1 port 80 protocol 6 uid=5 gid=? /bin/x at 2026-11-23T07:44:19Z\n", ""},
      {"type=CONNECT msg=audit(1795419859.670:5): table=a b dst=192.0.2.1 uid=5", "", "connection not understood"},
      {"type=CONNECT msg=audit(1795419859.670:5): uid=5", "", "connection not understood"},
      {"type=CONNECT msg=audit(11/23/2026 07:44:19.670:5) : comm=x dst=192.0.2.1 uid=5", "",
       "connection not understood"},
      {"type=CONNECT msg=audit(1795419859.670:5): dst=192.0.2.1 dst=192.0.2.2", "", "record with a field given twice"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.record);
    const Observations observations = read_audit(row.record);
    CHECK(flows_of(observations) == row.expected);
    CHECK(observations.claims.empty());
    CHECK(skipped_of(observations) == (row.skipped.empty() ? "" : std::string(row.skipped) + ": 1 (1)\n"));
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
      {"Nov 23 07:44:18 host kernel: x=y dst=192.0.2.1 fsuid=5", "not an audit record"},
      {"Nov 23 07:44:18 host kernel: [ 1.0] x=y dst=192.0.2.1 fsuid=5", "not an audit record"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const Observations observations = read_audit(row.line);
    CHECK(observations.empty());
    CHECK(skipped_of(observations) == std::string(row.reason) + ": 1 (1)\n");
  }
  // Records in which the kernel writes no such field, or a process chose the text.
  for (const std::string_view line :
       {"type=USER_CMD msg=audit(1795419859.670:5): msg='x dst=192.0.2.1 '",
        "type=EXECVE msg=audit(1795419859.670:5): argc=1 a0=dst=192.0.2.1",
        "type=PROCTITLE msg=audit(1795419859.670:5): proctitle=x dst=192.0.2.1",
        "type=PATH msg=audit(1795419859.670:5): item=0 name=x dst=192.0.2.1",
        "type=CWD msg=audit(1795419859.670:5): cwd=x dst=192.0.2.1",
        "type=NETFILTER_CFG msg=audit(1795419859.670:5): table=x fsuid=5 dst=192.0.2.1 dport=80 a:1 family=2",
        "type=NETFILTER_PKT msg=audit(1795419859.670:5): mark=0x0 saddr=192.0.2.2 daddr=192.0.2.1 dst=192.0.2.1",
        "type=NETWORKX msg=audit(1795419859.670:5): dst=192.0.2.1",
        "type=CONNECTION msg=audit(1795419859.670:5): dst=192.0.2.1",
        "type=ANOM_ABEND msg=audit(1795419859.670:5): comm=x dst=192.0.2.1",
        "type=SOCKADDR msg=audit(1795419859.670:5): dst=192.0.2.1",
        "type=SYSCALL msg=audit(1795419859.670:5): arch=c000003e syscall=42 uid=5 comm=\"x\" dst=192.0.2.1",
        "type=MAC_IPSEC_EVENT msg=audit(1795419859.670:5): src=192.0.2.2 dst=192.0.2.1"}) {
    CAPTURE(line);
    CHECK(read_audit(line).empty());
  }
}

}  // namespace
}  // namespace egressc
