// Logs of well-known programs and loggers, shortened.
#include <doctest/doctest.h>

#include "sources/agent_fixture.h"
#include "sources/format_fixture.h"

using namespace egressc;
using agent_fixture::Lines;
using agent_fixture::Read;

namespace {

Read read(std::string_view text, const ParseContext& context = {}) { return Read("agent-json", text, context); }

}  // namespace

TEST_CASE("agent JSON: a server's access log tells of clients, not of destinations") {
  for (
      const std::string_view text : {
          // caddy
          R"({"level":"info","ts":1761019828.6,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":)"
          R"("172.19.0.1","remote_port":"46628","client_ip":"172.19.0.1","proto":"HTTP/1.1","method":"GET","host":"localhost",)"
          R"("uri":"/","headers":{"Referer":["https://search.example/"]}},"size":0,"status":304})",
          // Cloudflare
          R"({"ClientIP":"89.163.242.206","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET",)"
          R"("ClientRequestURI":"/","ClientRequestReferer":"https://www.google.com/","EdgeResponseStatus":200})",
          // nginx with log_format … escape=json
          R"({"time":"2026-11-23T07:44:18+00:00","remote_addr":"203.0.113.9","request":"GET / HTTP/1.1","status":200,)"
          R"("host":"www.example.com","http_user_agent":"bot https://bot.example"})",
          // pino-http
          R"({"level":30,"req":{"method":"GET","url":"/","remoteAddress":"::1","remotePort":53},"res":{"statusCode":200}})",
          // OpenTelemetry's HTTP server span
          R"({"http.request.method":"GET","url.path":"/v1","client.address":"203.0.113.9","server.address":"www.example.com"})",
      }) {
    const Read log = read(text);
    CHECK_MESSAGE(log.places().empty(), text);
    CHECK_MESSAGE(log.skipped() == Lines{"inbound request: 1 from 1"}, text);
  }
  // A client's log has the URL.
  CHECK(read(R"({"method":"GET","url":"https://api.example/v1","status":200,"remote_ip":"198.51.100.7"})").places() ==
        Lines{"api.example=198.51.100.7:443"});
  CHECK(read(R"({"path":"/etc/passwd","remote_addr":"198.51.100.7:443"})").places() == Lines{"198.51.100.7:443"});
}

TEST_CASE("agent JSON: the direction is heeded") {
  for (const std::string_view direction : {"inbound", "ingress", "Incoming"})
    CHECK(read(fmt::format(R"({{"network":{{"direction":"{}"}},"destination":{{"ip":"192.0.2.1","port":443}}}})",
                           direction))
              .skipped() == Lines{"inbound traffic: 1 from 1"});
  CHECK(read(R"({"network.direction":"egress","destination.ip":"192.0.2.1","destination.port":443})").places() ==
        Lines{"192.0.2.1:443"});
}

TEST_CASE("agent JSON: where a logger runs is no destination") {
  for (
      const std::string_view text : {
          // bunyan, pino
          R"({"name":"renovate","hostname":"renovate-gitlab-67c4bcb5-9ggbv","pid":7,"level":20,"msg":"Found files","v":0})",
          R"({"level":"info","time":1745532517537,"pid":17,"hostname":"7d82d3f28bad","msg":"Charge request received."})",
          // ECS
          R"({"@timestamp":"2025-01-13T09:58:13.631Z","log.level":"debug","message":"num=39","process":{"pid":9159},)"
          R"("log":{"origin":{"file":{"line":42,"name":"es_logger.py"}}},"host":{"name":"web1.corp.example"}})",
          // tracing
          R"({"timestamp":"2025-10-28T19:15:10.8Z","fields":{"message":"preparing","number":3},"target":"fmt_json"})",
          // caddy
          R"({"ts":1761019822.3,"msg":"admin endpoint started","address":"localhost:2019","origins":["//127.0.0.1:2019"]})",
          R"({"ts":1761019822.3,"msg":"server is listening only on the HTTP port","server_name":"srv0","http_port":80})",
      })
    CHECK_MESSAGE(read(text).skipped() == Lines{"no destination: 1 from 1"}, text);
}

TEST_CASE("agent JSON: fields within wrappers") {
  for (const std::string_view text : {
           R"({"level":"INFO","fields":{"message":"connected","host":"api.example","port":443},"target":"agent"})",
           R"({"@fields":{"host":"api.example","port":443}})",
           R"({"data":{"context":{"host":"api.example","port":443}}})",
           R"({"attributes.server.address":"api.example","attributes.server.port":443})",
           R"({"attributes":[{"key":"server.address","value":{"stringValue":"api.example"}},)"
           R"({"key":"server.port","value":{"intValue":"443"}}]})",
       })
    CHECK_MESSAGE(read(text).places() == Lines{"api.example:443"}, text);
  CHECK(read(R"({"other":{"host":"api.example","port":443}})").places().empty());
}

TEST_CASE("agent JSON: the records of an OpenTelemetry line are told apart") {
  const std::string_view text =
      R"({"resourceLogs":[{"resource":{"attributes":[{"key":"process.pid","value":{"intValue":"77"}},)"
      R"({"key":"host.name","value":{"stringValue":"prod-01.example"}}]},"scopeLogs":[{"scope":{"name":"x"},"logRecords":[)"
      R"({"timeUnixNano":"1795419858590357215","body":{"stringValue":"dial tcp 198.51.100.7:443: refused"}},)"
      R"({"timeUnixNano":"1795419859000000000","body":{"stringValue":"request"},"attributes":[)"
      R"({"key":"url.full","value":{"stringValue":"https://api.example/v1"}}]},)"
      R"({"timeUnixNano":"1795419860000000000","body":{"stringValue":"nothing"}}]}]}]})";
  const Read log = read(text);
  CHECK(log.places() == Lines{"198.51.100.7:443", "api.example:443"});
  CHECK(log.observations.claims[0].at == 1795419858590357);
  CHECK(log.observations.claims[1].at == 1795419859000000);
  for (const Claim& claim : log.observations.claims) CHECK(claim.pid == 77);

  // Cut off, all that was read is damaged.
  CHECK(read(text.substr(0, text.size() - 20)).places() == Lines{"198.51.100.7:443!", "api.example:443!"});
}

TEST_CASE("agent JSON: sixteen claims for a record, and as many for the next") {
  std::string text = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)";
  for (int record = 0; record < 3; ++record) {
    text += record == 0 ? "{\"body\":\"" : ",{\"body\":\"";
    for (int i = 0; i < 20; ++i) text += fmt::format("https://h{}-{}.example/ ", record, i);
    text += "\"}";
  }
  const Read log = read(text + "]}]}]}");
  CHECK(log.observations.claims.size() == 48);
  CHECK(log.skipped() == Lines{"more than 16 destinations: 1 from 1"});
}

TEST_CASE("agent JSON: --map goes before all spellings") {
  ParseContext context;
  context.json_fields = {{"host", "target.name"}, {"port", "Target.Port_Number"}, {"uid", "actor.id"},
                         {"time", "when"},        {"address", "fields.where"},    {"protocol", "over"}};
  const Read log = read(
      R"({"target":{"name":"api.example","port-number":8443},"host":"other.example","port":1,"actor":{"id":1001},"uid":5,)"
      R"("when":1795419858,"ts":1,"fields":{"where":"198.51.100.7"},"over":"tcp","proto":"udp"})",
      context);
  CHECK(log.places() == Lines{"api.example=198.51.100.7:8443"});
  CHECK(log.only().uid == 1001);
  CHECK(log.only().at == 1795419858000000);
  CHECK(log.only().protocol == ip_protocol::tcp);
  CHECK(read(R"({"host":"other.example","port":1})", context).places() == Lines{"other.example:1"});
}

TEST_CASE("agent JSON: a claim is made once a second for each process") {
  const Read log = read(
      "{\"ts\":1795419858.1,\"pid\":1,\"host\":\"a.example\"}\n{\"ts\":1795419858.2,\"pid\":1,\"host\":\"a.example\"}\n"
      "{\"ts\":1795419858.2,\"pid\":2,\"host\":\"a.example\"}\n{\"ts\":1795419859.2,\"pid\":1,\"host\":\"a.example\"}"
      "\n");
  CHECK(log.observations.claims.size() == 3);
  CHECK(log.observations.lines == 4);
}
