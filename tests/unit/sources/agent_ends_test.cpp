// Which end of a connection an address is, and what strace(1) tells of one.
#include <doctest/doctest.h>

#include "sources/agent_fixture.h"
#include "sources/format_fixture.h"

using namespace egressc;
using agent_fixture::Case;
using agent_fixture::json;
using agent_fixture::Lines;
using agent_fixture::Read;
using agent_fixture::text;

TEST_CASE("agent text: clients, sources and this host's own end are no destinations") {
  for (const auto& item : {
           Case{"[NEW] ipv4 2 tcp 6 120 SYN_SENT src=192.0.2.2 dst=198.51.100.20 sport=58144 dport=5432 [UNREPLIED] "
                "src=198.51.100.20 dst=192.0.2.2 sport=5432 dport=58144",
                {"198.51.100.20:5432"}},
           // after DNAT, and after SNAT
           {"src=192.0.2.2 dst=198.51.100.20 sport=5 dport=80 src=203.0.113.9 dst=192.0.2.2 sport=80 dport=5",
            {"198.51.100.20:80"}},
           {"src=192.0.2.2 dst=198.51.100.20 sport=5 dport=80 src=198.51.100.20 dst=192.0.2.77 sport=80 dport=5",
            {"198.51.100.20:80"}},
           {"src=127.0.0.1 dst=127.0.0.1 sport=5 dport=80 src=127.0.0.1 dst=127.0.0.1 sport=80 dport=5",
            {"127.0.0.1:80"}},
           {"haproxy[99]: 192.0.2.2:40000 [27/Jun/2025:04:53:20.000] fe be/api1 0/0/1/20/21 200 512 - - ---- 1/1/0/0/0 "
            "0/0 \"CONNECT a.example:443 HTTP/1.1\"",
            {"a.example:443"}},
           {"INFO:     198.51.100.88:55123 - \"GET /health HTTP/1.1\" 200 OK", {}},
           {"INFO:     198.51.100.88:55123 - \"WebSocket /ws\" [accepted]", {}},
           {"192.0.2.2:40000: client connect", {}},
           {"192.0.2.2:40000: server connect a.example:443 (203.0.113.106:443)", {"a.example=203.0.113.106:443"}},
           {"[INFO] 192.0.2.77:45207 - 6605 \"A IN a.example. udp 39 false 4096\" NOERROR qr,rd,ra 195 0.002s", {}},
           {"pdns_recursor[812]: 3 [12/1] question for 'a.example|A' from 127.0.0.1:41452", {}},
           {"dnsdist[812]: Packet from 127.0.0.1:41453 for a.example A with id 6605", {}},
           {"client=192.0.2.4:51234 path=/", {}},
           {"local=192.0.2.4:51234 remote=198.51.100.7:443", {"198.51.100.7:443"}},
           {"{TCP} 192.0.2.2:40000 -> 198.51.100.7:443", {"198.51.100.7:443"}},
           {"read from 198.51.100.7:443: connection reset by peer", {"198.51.100.7:443"}},
           {"Error: connect ECONNREFUSED 127.0.0.1:80 - Local (192.0.2.10:54321)", {"127.0.0.1:80"}},
           {"Error: connect ECONNREFUSED 2001:db8::10:8080", {"2001:db8::10:8080"}},
           {"Error: connect ETIMEDOUT ::1:5432", {"::1:5432"}},
           {"[Errno 111] Connect call failed ('2001:db8::10', 8080, 0, 0)", {"2001:db8::10:8080"}},
           {"Cannot connect to host a.example:443 ssl:default [Connect call failed ('198.51.100.7', 443)]",
            {"a.example=198.51.100.7:443"}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
  const Claim node = text("Error: connect ECONNREFUSED 2001:db8::10:8080").only();
  CHECK(to_string(node.to) == "2001:db8::10");
  CHECK(node.port == 8080);
}

TEST_CASE("agent JSON: records of who came in have no destination") {
  for (
      const std::string_view line : {
          R"({"qr":"R","name":"a.example.","src":{"addr":"192.0.2.53","port":53},"dst":{"addr":"192.0.2.2","port":40000}})",
          R"({"type":"accept","src":{"addr":"192.0.2.2","port":80},"dst":{"addr":"198.51.100.7","port":40000}})",
          R"({"msg":"accepted connection","remote_addr":"192.0.2.4:51234"})",
          R"({"event":"client_connected","peer":"192.0.2.4:51234"})",
          R"({"kind":"SPAN_KIND_SERVER","server.address":"a.example","server.port":443})",
      })
    CHECK_MESSAGE(json(line).skipped() == Lines{"inbound traffic: 1 from 1"}, line);
  CHECK(json(R"({"src":"192.0.2.2:40000","dst":"198.51.100.7:443"})").places() == Lines{"198.51.100.7:443"});
  CHECK(json(R"({"local":"192.0.2.2:40000","peer":"198.51.100.7:443"})").places() == Lines{"198.51.100.7:443"});
  CHECK(json(R"({"qr":"Q","src":{"addr":"192.0.2.2","port":40000},"dst":{"addr":"192.0.2.53","port":53}})").places() ==
        Lines{"192.0.2.53:53"});
}

TEST_CASE("agent JSON: each span is a record of its own") {
  const auto span = [](int kind, std::string_view host, int port) {
    return fmt::format(
        R"({{"kind":{},"startTimeUnixNano":"1751000000000000000","attributes":[{{"key":"server.address",)"
        R"("value":{{"stringValue":"{}"}}}},{{"key":"server.port","value":{{"intValue":"{}"}}}}]}})",
        kind, host, port);
  };
  const auto line = [](std::string_view spans) {
    return fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"process.pid","value":{{"intValue":)"
                       R"("77"}}}},{{"key":"server.address","value":{{"stringValue":"own.example"}}}}]}},)"
                       R"("scopeSpans":[{{"spans":[{}]}}]}}]}})",
                       spans);
  };
  const Read two = json(line(span(3, "a.example", 443) + "," + span(3, "b.example", 5432)));
  CHECK(two.places() == Lines{"a.example:443", "b.example:5432"});
  for (const Claim& claim : two.observations.claims) {
    CHECK(claim.pid == 77);
    CHECK(claim.at == 1751000000000000);
  }
  CHECK(json(line(span(2, "a.example", 443) + "," + span(4, "b.example", 5432) + "," + span(5, "c.example", 1)))
            .places() == Lines{"b.example:5432"});
  std::string many;
  for (int i = 0; i < 40; ++i) many += (i == 0 ? "" : ",") + span(3, fmt::format("h{}.example", i), 443);
  CHECK(json(line(many)).places().size() == 40);
  // Not OpenTelemetry's: the spans that tracing puts around an event.
  CHECK(json(R"({"fields":{"message":"connected","host":"a.example","port":443},"spans":[{"name":"x","n":3}]})")
            .places() == Lines{"a.example:443"});
  CHECK(json(R"({"data":[{"host":"a.example","port":443},{"host":"b.example","port":5432}]})").places() ==
        Lines{"a.example:443", "b.example:5432"});
}

TEST_CASE("agent text: connect(2) and sendto(2) as strace prints them") {
  for (
      const auto& item : {
          Case{"connect(5<TCP:[88393]>, {sa_family=AF_INET, sin_port=htons(5432), "
               "sin_addr=inet_addr(\"198.51.100.20\")}, "
               "16) = -1 EINPROGRESS (Operation now in progress)",
               {"198.51.100.20:5432"}},
          {"connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "
           "\"2001:db8::7\", &sin6_addr), sin6_scope_id=0}, 28) = 0",
           {"2001:db8::7:443"}},
          {"sendto(3, \"https://x.example/\", 18, 0, {sa_family=AF_INET, sin_port=htons(53), "
           "sin_addr=inet_addr(\"192.0.2.53\")}, 16) = 18",
           {"192.0.2.53:53"}},
          {"connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"198.51.100.20\")}, 16) = -1 EPERM "
           "(Operation not permitted)",
           {"198.51.100.20:443 (denied by the host)"}},
          {"connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"198.51.100.20\")}, 16) = -1 EBADF "
           "(Bad file descriptor)",
           {}},
          {"connect(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"198.51.100.20\")}, 16) = 0", {}},
          {"connect(3, {sa_family=AF_UNIX, sun_path=\"/run/a:443\"}, 110) = 0", {}},
          {"accept(3, {sa_family=AF_INET, sin_port=htons(4), sin_addr=inet_addr(\"198.51.100.20\")}, [16]) = 5", {}},
          {"22058 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"198.51.100.20\")}, 16 "
           "<unfinished ...>\n22059 connect(3, {sa_family=AF_INET, sin_port=htons(80), "
           "sin_addr=inet_addr(\"198.51.100.21\")}, 16) = 0\n22058 <... connect resumed>) = 0",
           {"198.51.100.21:80", "198.51.100.20:443"}},
          {"recvfrom(3, \"Location: https://x.example/\", 30, 0, NULL, NULL) = 30", {"x.example:443?"}},
      })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
  const Claim claim = text(
                          "22058 1751000000.5 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3\n"
                          "22058 1751000000.6 connect(3, {sa_family=AF_INET, sin_port=htons(53), "
                          "sin_addr=inet_addr(\"192.0.2.53\")}, 16) = 0")
                          .only();
  CHECK(claim.pid == 22058);
  CHECK(claim.protocol == ip_protocol::udp);
  CHECK(claim.at == 1751000000600000);
}
