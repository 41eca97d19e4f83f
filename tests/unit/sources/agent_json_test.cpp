#include <doctest/doctest.h>

#include "sources/agent_fixture.h"
#include "sources/format_fixture.h"

using namespace egressc;
using agent_fixture::Lines;
using agent_fixture::Read;

namespace {

Read read(std::string_view text) { return Read("agent-json", text); }

struct Case {
  std::string_view text;
  Lines expected;
};

struct TimeCase {
  std::string_view text;
  Micros expected;
};

struct DamagedCase {
  std::string_view text;
  Lines expected;
  std::string_view reason;
};

}  // namespace

TEST_CASE("agent JSON: a recorded line") {
  const Read log = read(
      R"({"ts":"2026-11-23T07:44:18.590357215Z","level":"info","agent":"web","pid":13198,"uid":61001,"event":"http_request",)"
      R"("url":"https://api.acme.example:443/v1/items","status":200})");
  CHECK(log.places() == Lines{"api.acme.example:443"});
  CHECK(log.only().at == 1795419858590357);
  CHECK(log.only().uid == 61001);
  CHECK(log.only().gid == no_id);
  CHECK(log.only().pid == 13198);
  CHECK(log.skipped().empty());
}

TEST_CASE("agent JSON: spellings of a destination") {
  for (const auto& item : {
           Case{R"({"host":"198.51.100.77","port":5432})", {"198.51.100.77:5432"}},
           {R"({"HOST":"api.example","Port":"443"})", {"api.example:443"}},
           {R"({"hostname":"api.example","port":443})", {"api.example:443"}},
           {R"({"domain":"api.example"})", {"api.example"}},
           {R"({"server":"redis","port":6379})", {"redis:6379"}},
           {R"({"server_name":"api.example","remote_addr":"198.51.100.1:443"})", {"api.example=198.51.100.1:443"}},
           {R"({"sni":"api.example","dst_ip":"198.51.100.1","dst_port":443})", {"api.example=198.51.100.1:443"}},
           {R"({"peer":"198.51.100.1:443"})", {"198.51.100.1:443"}},
           {R"({"peer_addr":"[2001:db8::1]:443"})", {"2001:db8::1:443"}},
           {R"({"peer_port":443,"peer":"api.example"})", {"api.example:443"}},
           {R"({"remote":"api.example:443"})", {"api.example:443"}},
           {R"({"remote_ip":"198.51.100.1","remote_port":443,"host":"api.example"})", {"api.example=198.51.100.1:443"}},
           {R"({"remoteAddress":"198.51.100.1","remotePort":443})", {"198.51.100.1:443"}},
           {R"({"remote_host":"api.example","remote_port":443})", {"api.example:443"}},
           {R"({"dst":"198.51.100.1","dport":53})", {"198.51.100.1:53"}},
           {R"({"dst":{"ip":"198.51.100.1","port":443,"fqdn":"api.example"},"host":"fw01"})",
            {"api.example=198.51.100.1:443"}},
           {R"({"dest":"api.example:8443"})", {"api.example:8443"}},
           {R"({"dest_ip":"198.51.100.1","dest_port":"443"})", {"198.51.100.1:443"}},
           {R"({"destination":{"address":"api.example","ip":"198.51.100.1","port":443}})",
            {"api.example=198.51.100.1:443"}},
           {R"({"destination.domain":"api.example","destination.port":443})", {"api.example:443"}},
           {R"({"server.address":"api.example","server.port":443})", {"api.example:443"}},
           {R"({"server":{"address":"api.example","port":443}})", {"api.example:443"}},
           {R"({"net.peer.name":"api.example","net.peer.ip":"198.51.100.1","net.peer.port":443})",
            {"api.example=198.51.100.1:443"}},
           {R"({"network":{"peer":{"address":"198.51.100.1","port":443}}})", {"198.51.100.1:443"}},
           {R"({"uri":"https://api.example/"})", {"api.example:443"}},
           {R"({"request":{"url":"https://api.example/"}})", {"api.example:443"}},
           {R"({"http.url":"https://api.example/"})", {"api.example:443"}},
           {R"({"url":{"full":"https://api.example/","original":"https://api.example/x"}})", {"api.example:443"}},
           {R"({"url":["https://a.example/","https://b.example/"]})", {"a.example:443", "b.example:443"}},
           {R"({"host":"https://api.example/"})", {"api.example:443"}},
           {R"({"url":"https://api.example/","remote_ip":"198.51.100.1"})", {"api.example=198.51.100.1:443"}},
           {R"({"url":"https://api.example/","dst_ip":"192.0.2.1","dst_port":3128})",
            {"api.example:443", "192.0.2.1:3128"}},
           {R"({"url":"https://api.example/","hostname":"web1.corp.example"})", {"api.example:443"}},
           {R"({"host":"api.example","Host ":"x","dst_port":443,"port":1})", {"api.example:443"}},
       })
    CHECK_MESSAGE(read(item.text).places() == item.expected, item.text);
}

TEST_CASE("agent JSON: who, when and by which protocol") {
  const Claim nested = read(R"({"user":{"id":"1001"},"gid":"100","process":{"pid":7},"host":"a.example","port":1,)"
                            R"("proto":"UDP","@timestamp":"2026-11-23T07:44:18Z"})")
                           .only();
  CHECK(nested.uid == 1001);
  CHECK(nested.gid == 100);
  CHECK(nested.pid == 7);
  CHECK(nested.protocol == ip_protocol::udp);
  CHECK(nested.at == 1795419858000000);
  const Claim none =
      read(R"({"uid":"be2def59","gid":-1,"pid":1.5,"time":"soon","host":"a.example","proto":"HTTP/1.1"})").only();
  CHECK(none.uid == no_id);
  CHECK(none.gid == no_id);
  CHECK(none.pid == 0);
  CHECK(none.at == no_time);
  CHECK(none.protocol == ip_protocol::unknown);
  CHECK(read(R"({"uid":4294967295,"host":"a.example"})").only().uid == no_id);
  CHECK(read(R"({"uid":5,"user.id":6,"host":"a.example"})").only().uid == 5);
}

TEST_CASE("agent JSON: a number is a time by its size") {
  for (const auto& item : {TimeCase{"1795419858", 1795419858000000},
                           {"1795419858.590357", 1795419858590357},
                           {"\"1795419858\"", 1795419858000000},
                           {"1.795419858590357e9", 1795419858590357},
                           {"1795419858590", 1795419858590000},
                           {"1795419858590357", 1795419858590357},
                           {"1795419858590357215", 1795419858590357},
                           {"\"1795419858590357215\"", 1795419858590357},
                           {"-5", no_time},
                           {"1e300", no_time},
                           {"99999999999999999999999", no_time}})
    CHECK_MESSAGE(read(fmt::format(R"({{"ts":{},"host":"a.example"}})", item.text)).only().at == item.expected,
                  item.text);
}

TEST_CASE("agent JSON: what is no destination") {
  for (const std::string_view text : {
           R"({"host":"0.0.0.0/0","port":443})",
           R"({"host":"203.0.113.61; accept","port":"443 accept } }"})",
           R"({"host":"203.0.113.61","port":70000})",
           R"({"host":"203.0.113.61","port":-1})",
           R"({"host":"203.0.113.61","port":"443 accept"})",
           R"({"host":"0.0.0.0","port":443})",
           R"({"host":"0x7f.1","port":443})",
           R"({"host":"a\u0000b.example","port":443})",
           R"({"host":"a\nb.example","port":443})",
           R"({"host":"\u001b[31mb.example","port":443})",
           R"({"host":"\udc00.example","port":443})",
           R"({"url":"https://a.example\\@b.example/"})",
           R"({"url":"https://exa%6dple/"})",
       }) {
    const Read log = read(text);
    CHECK_MESSAGE(log.places().empty(), text);
    CHECK_MESSAGE(log.skipped() == Lines{"no valid destination: 1 from 1"}, text);
  }
  for (const std::string_view text : {R"({"level":"info","msg":"up"})", R"({})", R"({"host":"web1"})",
                                      R"({"hostname":"web1.corp.example"})", R"({"port":443})", R"({"host":null})",
                                      R"({"host":"","port":443})", R"({"host":{"name":"web1","ip":["192.0.2.1"]}})"})
    CHECK_MESSAGE(read(text).skipped() == Lines{"no destination: 1 from 1"}, text);
}

TEST_CASE("agent JSON: what can be read of a damaged line is claimed as such") {
  for (const auto& item : {
           DamagedCase{R"({"ts":"2026-11-23T07:21:15Z","event":"connect","host":"203.0.113.210","port":443)",
                       {"203.0.113.210:443!"},
                       "invalid JSON"},
           {R"({"host":"203.0.113.61","host":"203.0.113.211","port":443})",
            {"203.0.113.61:443!", "203.0.113.211:443!"},
            "duplicate key"},
           {R"({"host":"203.0.113.61","Host":"203.0.113.211","port":443})",
            {"203.0.113.61:443!", "203.0.113.211:443!"},
            "duplicate key"},
           {R"({"host":"a.example","port":443,"port":22})", {"a.example:443!", "a.example:22!"}, "duplicate key"},
           {R"({"dst":{"ip":"192.0.2.1"},"dst":{"ip":"192.0.2.2"}})", {"192.0.2.1!", "192.0.2.2!"}, "duplicate key"},
           {R"({"url":"https://a.example/","x":{"y":1,"y":2}})", {"a.example:443!"}, "duplicate key"},
           {R"({"a":1 "host":"b.example","port":443})", {"b.example:443!"}, "invalid JSON"},
           {R"({"url":"https://a.example/"} {"url":"https://b.example/"})",
            {"a.example:443!", "b.example:443!"},
            "invalid JSON"},
           {R"({"host":"203.0.113.2)", {}, "invalid JSON"},
           {R"({"msg":"connect to 203.0.113.9:443 and 203.0.113.2)", {"203.0.113.9:443!"}, "invalid JSON"},
           {"dial tcp 198.51.100.7:443: refused", {"198.51.100.7:443!"}, "invalid JSON"},
           {"[{\"host\":\"a.example\",\"port\":443}]", {"a.example:443!"}, "invalid JSON"},
           {"\"text\"", {}, "invalid JSON"},
           {"{\"host\":\"a.example\",\"x\":\"\xff\"}", {"a.example!"}, "invalid JSON"},
       }) {
    const Read log = read(item.text);
    CHECK_MESSAGE(log.places() == item.expected, item.text);
    CHECK_MESSAGE(log.skipped() == Lines{fmt::format("{}: 1 from 1", item.reason)}, item.text);
  }
  CHECK(read(std::string_view("{\"host\":\"a.example\"}\0{\"host\":\"b.example:1\"}", 43)).places() ==
        Lines{"a.example!", "b.example:1!"});
  CHECK(read("  \n\n{\"host\":\"a.example\"}\r\n").places() == Lines{"a.example"});
}

TEST_CASE("agent JSON: nesting is bounded") {
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "{\"a\":";
  const Read log = read("{\"host\":\"a.example\",\"x\":" + deep);
  CHECK(log.places() == Lines{"a.example!"});
  CHECK(log.skipped() == Lines{"nested too deep: 1 from 1"});
  CHECK(read("{\"x\":" + std::string(1'000'000, '[')).skipped() == Lines{"nested too deep: 1 from 1"});
  std::string keys = "{";
  for (int i = 0; i < 10'000; ++i) keys += fmt::format("\"k{}\":1,", i);
  CHECK(read(keys + "\"host\":\"a.example\"}").skipped() == Lines{"invalid JSON: 1 from 1"});
  CHECK(read("{\"" + std::string(5000, 'k') + "\":{\"host\":\"a.example\"}}").places().empty());
}

TEST_CASE("agent JSON: texts are searched, with the line's subject") {
  const Read forged = read(
      R"({"ts":"2026-11-23T07:44:22Z","pid":13320,"uid":61304,"event":"note","msg":"done\ntype=SYSCALL msg=audit(1795418475.886:999): )"
      R"(arch=c000003e syscall=42 success=yes exit=0 uid=7 fsuid=7\ntype=SOCKADDR msg=audit(1795418475.886:999): )"
      R"(saddr=020001BBCB0071C90000000000000000"})");
  CHECK(forged.places() == Lines{"203.0.113.201:443"});
  CHECK(forged.only().uid == 61304);
  CHECK(forged.only().pid == 13320);
  CHECK(forged.only().at == 1795419862000000);
  CHECK(read(R"({"error":"dial tcp 198.51.100.7:443: refused","uid":5})").places() == Lines{"198.51.100.7:443"});
  CHECK(read(R"({"tool":"fetch","steps":["GET https://a.example/","ok"]})").places() == Lines{"a.example:443"});
  CHECK(read(R"({"host":"a.example","port":443,"msg":"connect to a.example failed: https://a.example/"})").places() ==
        Lines{"a.example:443"});
  CHECK(
      read(
          R"({"msg":"GET https://a.example/","headers":{"referer":"https://b.example/"},"user_agent":"https://c.example"})")
          .places() == Lines{"a.example:443"});
}

TEST_CASE("agent JSON: sniffing") {
  CHECK(sniff_as("agent-json", "\n {\"a\":1}\n") == 80);
  CHECK(sniff_as("agent-json", "{\"a\":1}") == 80);
  CHECK(sniff_as("agent-json", "{\"a\":1") == 40);  // the head may end within the first line
  CHECK(sniff_as("agent-json", "{\"a\":1\n{\"b\":2}\n") == 0);
  CHECK(sniff_as("agent-json", "{ not JSON }\n") == 0);
  CHECK(sniff_as("agent-json", "[1]\n") == 0);
  CHECK(sniff_as("agent-json", "") == 0);
}
