#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "learn/attempts.h"
#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::learn;
using namespace egressc::test;

namespace {

constexpr std::uint8_t stream = 1, datagram = 2, raw = 3;

struct Calls {
  Observations log = test::log("audit", Trust::kernel);
  std::uint32_t serial = 1;
  double clock = 0;

  SocketEvent& call(SocketOp op, std::int32_t fd, std::int32_t exit) {
    SocketEvent event;
    event.at = at(clock += 0.1);
    event.serial = serial++;
    event.pid = 7;
    event.fd = fd;
    event.exit = exit;
    event.uid = event.gid = 1000;
    event.op = op;
    log.socket_events.push_back(event);
    return log.socket_events.back();
  }
  void socket(std::int32_t fd, std::uint8_t type, std::uint8_t protocol = 0, std::uint32_t uid = 1000) {
    SocketEvent& event = call(SocketOp::socket, fd, fd);
    event.socket_type = type;
    event.protocol = protocol;
    event.uid = uid;
  }
  SocketEvent& to(SocketOp op, std::int32_t fd, std::int32_t exit, const char* host, std::uint16_t port) {
    SocketEvent& event = call(op, fd, exit);
    event.has_address = true;
    event.to = address(host);
    event.port = port;
    return event;
  }
  SocketEvent& connect(std::int32_t fd, const char* host, std::uint16_t port, std::int32_t exit = 0) {
    return to(SocketOp::connect, fd, exit, host, port);
  }

  // "uid protocol address port outcome; " sorted.
  std::string text() const {
    std::vector<std::string> lines;
    const Observations* inputs[] = {&log};
    Observations joined;
    join_descriptors(inputs, joined);
    for (const Flow& flow : joined.flows()) {
      static constexpr const char* outcomes[] = {"attempted", "denied", "unsent"};
      lines.push_back(std::to_string(flow.uid) + " " + std::to_string(flow.protocol) + " " + to_string(flow.to) + " " +
                      std::to_string(flow.port) + " " + outcomes[static_cast<int>(flow.outcome)]);
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "; ";
    return all;
  }
};

}  // namespace

TEST_CASE("a connect gets the protocol of its socket") {
  Calls calls;
  calls.socket(3, stream);
  calls.connect(3, "203.0.113.1", 443, -115);
  CHECK(calls.text() == "1000 6 203.0.113.1 443 attempted; ");
}

TEST_CASE("an unknown descriptor leaves the protocol open") {
  Calls calls;
  calls.connect(3, "203.0.113.1", 443);
  CHECK(calls.text() == "1000 0 203.0.113.1 443 attempted; ");
}

TEST_CASE("a UDP connect counts when something is sent") {
  Calls sent;
  sent.socket(3, datagram);
  sent.connect(3, "192.0.2.53", 53);
  sent.call(SocketOp::send, 3, 40);
  CHECK(sent.text() == "1000 17 192.0.2.53 53 attempted; ");

  Calls unsent;
  unsent.socket(3, datagram);
  unsent.connect(3, "192.0.2.53", 53);
  CHECK(unsent.text() == "1000 17 192.0.2.53 53 unsent; ");

  Calls refused;
  refused.socket(3, datagram);
  refused.connect(3, "192.0.2.53", 53);
  refused.call(SocketOp::send, 3, -1);
  CHECK(refused.text() == "1000 17 192.0.2.53 53 denied; ");

  Calls again;  // the second connect ends the first, which sent nothing
  again.socket(3, datagram);
  again.connect(3, "203.0.113.1", 443);
  again.connect(3, "203.0.113.2", 443);
  again.call(SocketOp::send, 3, 10);
  CHECK(again.text() == "1000 17 203.0.113.1 443 unsent; 1000 17 203.0.113.2 443 attempted; ");
}

TEST_CASE("getaddrinfo's probes are no egress") {
  Calls calls;
  calls.connect(3, "203.0.113.1", 443);
  calls.call(SocketOp::disconnect, 3, 0);
  calls.connect(3, "203.0.113.2", 0);
  CHECK(calls.text() == "1000 0 203.0.113.1 443 unsent; ");
}

TEST_CASE("sends with an address") {
  Calls calls;
  calls.to(SocketOp::send, 3, 20, "203.0.113.1", 514);    // unknown socket: a datagram
  calls.to(SocketOp::send, 3, -1, "203.0.113.2", 514);    // EPERM: the host's rules
  calls.to(SocketOp::send, 3, -101, "203.0.113.3", 514);  // no route
  calls.socket(4, stream);
  calls.to(SocketOp::send, 4, 20, "203.0.113.4", 80);  // a connected stream ignores the address
  calls.to(SocketOp::send, 4, 20, "203.0.113.5", 80).fast_open = true;
  CHECK(calls.text() ==
        "1000 17 203.0.113.1 514 attempted; 1000 17 203.0.113.2 514 denied; 1000 17 203.0.113.3 514 attempted; "
        "1000 6 203.0.113.5 80 attempted; ");
}

TEST_CASE("a descriptor is of its own login alone") {
  const struct {
    const char* name;
    void (*change)(SocketEvent& connect, Observations& log);
    const char* expected;
  } rows[] = {
      {"the same", [](SocketEvent&, Observations&) {}, "1000 6 203.0.113.1 443 attempted; "},
      {"another user", [](SocketEvent& event, Observations&) { event.uid = 1001; },
       "1001 0 203.0.113.1 443 attempted; "},
      {"another login", [](SocketEvent& event, Observations&) { event.auid = 1001; },
       "1000 0 203.0.113.1 443 attempted; "},
      {"another session", [](SocketEvent& event, Observations&) { event.session = 12; },
       "1000 0 203.0.113.1 443 attempted; "},
      {"another program", [](SocketEvent& event, Observations& log) { event.exe = log.strings.intern("/bin/x"); },
       "1000 0 203.0.113.1 443 attempted; "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Calls calls;
    calls.socket(3, stream);
    row.change(calls.connect(3, "203.0.113.1", 443), calls.log);
    CHECK(calls.text() == row.expected);
  }
  Calls root;
  root.socket(3, stream, 0, 0);
  root.connect(3, "203.0.113.1", 443);
  CHECK(root.text() == "1000 0 203.0.113.1 443 attempted; ");
  Calls sent;  // by somebody else's process of the same number
  sent.socket(3, datagram);
  sent.connect(3, "192.0.2.53", 53);
  sent.call(SocketOp::send, 3, 40).uid = 1001;
  CHECK(sent.text() == "1000 17 192.0.2.53 53 unsent; ");
}

TEST_CASE("while a stream is connecting, no other address is looked at") {
  Calls calls;
  calls.socket(3, stream);
  calls.connect(3, "203.0.113.1", 443, -115);
  calls.connect(3, "203.0.113.2", 443, 0);
  calls.connect(3, "203.0.113.3", 443, -115);  // that one is over
  calls.call(SocketOp::disconnect, 3, 0);
  calls.connect(3, "203.0.113.4", 443, -111);
  calls.connect(3, "203.0.113.5", 443, -4);
  calls.connect(3, "203.0.113.6", 443, -111);
  calls.socket(3, stream);
  calls.connect(3, "203.0.113.7", 443, -111);
  CHECK(calls.text() ==
        "1000 6 203.0.113.1 443 attempted; 1000 6 203.0.113.3 443 attempted; 1000 6 203.0.113.4 443 attempted; "
        "1000 6 203.0.113.5 443 attempted; 1000 6 203.0.113.7 443 attempted; ");
}

TEST_CASE("what the host's own rules refuse is denied") {
  Calls calls;
  calls.socket(3, stream);
  calls.connect(3, "203.0.113.1", 443, -1);
  calls.connect(3, "203.0.113.2", 443, -13);
  calls.connect(4, "203.0.113.3", 443, -1);
  calls.to(SocketOp::send, 5, -13, "203.0.113.4", 514);
  calls.connect(-1, "203.0.113.5", 443, -1);
  CHECK(calls.text() ==
        "1000 0 203.0.113.3 443 denied; 1000 0 203.0.113.5 443 denied; 1000 17 203.0.113.4 514 denied; "
        "1000 6 203.0.113.1 443 denied; 1000 6 203.0.113.2 443 denied; ");
}

TEST_CASE("ping sockets have no port") {
  Calls calls;
  calls.socket(3, datagram, ip_protocol::icmp);
  calls.to(SocketOp::send, 3, 64, "203.0.113.1", 0);
  calls.socket(4, raw, ip_protocol::icmpv6);
  calls.to(SocketOp::send, 4, 64, "2001:db8::1", 58);
  CHECK(calls.text() == "1000 1 203.0.113.1 0 attempted; 1000 58 2001:db8::1 0 attempted; ");
}

TEST_CASE("a descriptor that became something else forgets its protocol") {
  Calls calls;
  calls.socket(3, datagram);
  calls.call(SocketOp::other, 3, 0);
  calls.connect(3, "203.0.113.1", 443);
  CHECK(calls.text() == "1000 0 203.0.113.1 443 attempted; ");
}

TEST_CASE("the unspecified address is the host itself") {
  Calls calls;
  calls.socket(3, stream);
  calls.connect(3, "0.0.0.0", 8080);
  calls.connect(3, "::", 8080);
  CHECK(calls.text() == "1000 6 127.0.0.1 8080 attempted; 1000 6 ::1 8080 attempted; ");
}

TEST_CASE("records out of order are joined in the order of their times") {
  Calls calls;
  calls.socket(3, datagram);
  calls.connect(3, "192.0.2.53", 53);
  calls.call(SocketOp::send, 3, 40);
  std::reverse(calls.log.socket_events.begin(), calls.log.socket_events.end());
  CHECK(calls.text() == "1000 17 192.0.2.53 53 attempted; ");
}

TEST_CASE("the same record in two logs is one") {
  Calls calls;
  calls.socket(3, stream);
  calls.connect(3, "203.0.113.1", 443);
  Observations copy = test::log("audit", Trust::kernel);
  copy.socket_events = calls.log.socket_events;
  const Observations* inputs[] = {&calls.log, &copy};
  Observations joined;
  const auto summary = join_descriptors(inputs, joined);
  CHECK(joined.flows().at(0).count == 1);
  CHECK(summary.doubles == 2);
}
