// What was done, what was denied, and what was only mentioned.
#include <doctest/doctest.h>

#include "sources/agent_fixture.h"
#include "sources/format_fixture.h"

using namespace egressc;
using agent_fixture::Case;
using agent_fixture::json;
using agent_fixture::Lines;
using agent_fixture::text;

TEST_CASE("agent JSON: in a transcript, calls of tools were done; prose, pages and written code were not") {
  for (
      const auto& item : {
          Case{R"({"message":{"role":"assistant","content":[{"type":"text","text":"see https://a.example/ first"}]}})",
               {"a.example:443?"}},
          {R"({"message":{"role":"assistant","content":"I will connect to a.example:443"}})", {"a.example:443?"}},
          {R"({"message":{"content":[{"type":"tool_use","name":"WebFetch","input":{"url":"https://a.example/x",)"
           R"("prompt":"and https://b.example/?"}}]}})",
           {"a.example:443", "b.example:443?"}},
          {R"({"message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"curl https://a.example/"}}]}})",
           {"a.example:443"}},
          {R"({"message":{"content":[{"type":"tool_use","name":"Write","input":{"file_path":"/x.ts","content":)"
           R"("const BASE = 'https://a.example:9443'"}}]}})",
           {"a.example:9443?"}},
          {R"({"message":{"content":[{"type":"tool_use","name":"Edit","input":{"old_string":"http://a.example/",)"
           R"("new_string":"http://b.example/"}}]}})",
           {"a.example:80?", "b.example:80?"}},
          {R"({"message":{"role":"user","content":[{"type":"tool_result","content":"<a href=\"https://a.example/\">x</a>"}]}})",
           {"a.example:443?"}},
          {R"({"message":{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":)"
           R"("* Connected to a.example (198.51.100.7) port 443\nfor more: https://b.example/"}]}]}})",
           {"a.example=198.51.100.7:443", "b.example:443?"}},
          {R"({"toolUseResult":{"stdout":"curl: (7) Failed to connect to a.example port 443","stderr":""}})",
           {"a.example:443"}},
          {R"({"role":"assistant","tool_calls":[{"function":{"name":"fetch","arguments":"{\"url\":\"https://a.example/\"}"}}]})",
           {"a.example:443"}},
          {R"({"role":"assistant","tool_calls":[{"function":{"name":"write","arguments":)"
           R"("{\"path\":\"x\",\"content\":\"https://a.example/\"}"}}]})",
           {"a.example:443?"}},
          {R"({"query":"hooks","results":[{"url":"https://a.example/","title":"x"}]})", {"a.example:443?"}},
          {R"({"prompt":"What is at https://a.example/ ?"})", {"a.example:443?"}},
          {R"({"tool":"fetch","args":{"url":"https://a.example/"}})", {"a.example:443"}},
          {R"({"text":"GET https://a.example/ -> 200"})", {"a.example:443"}},
          {R"({"status":302,"url":"https://a.example/","location":"https://b.example/"})",
           {"a.example:443", "b.example:443?"}},
      })
    CHECK_MESSAGE(json(item.text).places() == item.expected, item.text);
}

TEST_CASE("agent JSON: what was seen of a process goes before what it was started with") {
  CHECK(json(R"({"process_kprobe":{"process":{"uid":1000,"arguments":"https://a.example"},"args":[{"sock_arg":)"
             R"({"saddr":"192.0.2.2","daddr":"203.0.113.90","sport":45729,"dport":443,"protocol":"IPPROTO_TCP"}}]}})")
            .places() == Lines{"203.0.113.90:443", "a.example:443?"});
  CHECK(json(R"({"process_exec":{"process":{"arguments":"https://a.example"}}})").places() == Lines{"a.example:443"});
}

TEST_CASE("agent JSON: a refusal is denied") {
  for (const auto& item : {
           Case{R"({"event":"egress_blocked","host":"a.example","port":443})",
                {"a.example:443 (denied, as the log says)"}},
           {R"({"verdict":"DROPPED","destination":{"ip":"198.51.100.7","port":443}})",
            {"198.51.100.7:443 (denied, as the log says)"}},
           {R"({"host":"a.example","port":443,"allowed":false})", {"a.example:443 (denied, as the log says)"}},
           {R"({"host":"a.example","port":443,"allowed":true,"blocked":false})", {"a.example:443"}},
           {R"({"method":"CONNECT","host":"a.example:443","status":403})", {"a.example:443 (denied by a proxy)"}},
           {R"({"method":"CONNECT","host":"a.example:443","status":200})", {"a.example:443"}},
           {R"({"method":"CONNECT","authority":"a.example:443","response_code":403,"response_code_details":)"
            R"("rbac_access_denied_matched_policy[none]"})",
            {"a.example:443 (denied by envoy)"}},
           {R"({"method":"GET","url":"https://a.example/","status":403})", {"a.example:443"}},
           {R"({"msg":"sandbox denied https://a.example/"})", {"a.example:443 (denied by a sandbox)"}},
           {R"({"error":"permission denied","host":"a.example","port":22})", {"a.example:22"}},
       })
    CHECK_MESSAGE(json(item.text).places() == item.expected, item.text);
}

TEST_CASE("agent text: a refusal is denied, and says by whom") {
  for (const auto& item : {
           Case{"1751000001.000      0 192.0.2.2 TCP_DENIED/403 3900 CONNECT a.example:443 - HIER_NONE/- text/html",
                {"a.example:443 (denied by squid)"}},
           {"1751000000.312    104 192.0.2.2 TCP_TUNNEL/200 3745 CONNECT a.example:443 - HIER_DIRECT/203.0.113.60 -",
            {"a.example=203.0.113.60:443"}},
           {"1751000000.312 104 192.0.2.2 TCP_MISS/200 37 GET http://a.example/x - HIER_DIRECT/203.0.113.60 text/html",
            {"a.example=203.0.113.60:80"}},
           {"haproxy[9]: 192.0.2.2:40000 [27/Jun/2025:04:53:20.000] fe fe/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- "
            "1/1/0/0/0 "
            "0/0 \"CONNECT a.example:443 HTTP/1.1\"",
            {"a.example:443 (denied by haproxy)"}},
           {"[SandboxDebug] Connection blocked to a.example:443", {"a.example:443 (denied by a sandbox)"}},
           {"[SandboxDebug] No matching config rule, denying: a.example:443", {"a.example:443 (denied by a sandbox)"}},
           {"[SandboxDebug] Connection allowed to a.example:443", {"a.example:443"}},
           {"blocked https://a.example/ by policy", {"a.example:443 (denied, as the log says)"}},
           {"192.0.2.2 - - [27/Jun/2025:04:53:20 +0000] \"CONNECT a.example:443 HTTP/1.1\" 403 39 \"-\" \"curl\"",
            {"a.example:443 (denied by a proxy)"}},
           {"192.0.2.2 - - [27/Jun/2025:04:53:20 +0000] \"CONNECT a.example:443 HTTP/1.1\" 200 39 \"-\" \"curl\"",
            {"a.example:443"}},
           {"> CONNECT a.example:443 HTTP/1.1\n< HTTP/1.1 403 Forbidden", {"a.example:443 (denied by a proxy)"}},
           {"> CONNECT a.example:443 HTTP/1.1\n< HTTP/1.1 200 OK\n< HTTP/1.1 404 Not Found", {"a.example:443"}},
           {"> CONNECT a.example:443 HTTP/1.1\n* CONNECT tunnel failed, response 403",
            {"a.example:443 (denied by a proxy)"}},
           {"HTTPSConnectionPool(host='a.example', port=443): (Caused by ProxyError('x', OSError('Tunnel connection "
            "failed: 403 Forbidden')))",
            {"a.example:443 (denied by a proxy)"}},
           {"[2025-06-27T04:53:20.000Z] \"CONNECT a.example:443 HTTP/1.1\" 403 - 0 19 0 - \"-\" \"curl/8\" \"id\" "
            "\"a.example:443\" \"-\"",
            {"a.example:443 (denied by envoy)"}},
           {"[2025-06-27T04:53:20.000Z] \"GET /v1 HTTP/1.1\" 200 - 0 512 12 11 \"-\" \"curl/8\" \"id\" \"a.example\" "
            "\"203.0.113.7:443\"",
            {"a.example=203.0.113.7:443"}},
           {"Error: connect EPERM 198.51.100.7:443", {"198.51.100.7:443 (denied by the host)"}},
           {"connect to a.example:443: Connection refused", {"a.example:443"}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
}

TEST_CASE("agent text: headers, markup and pointers only mention") {
  for (const auto& item : {
           Case{"> GET /v1 HTTP/1.1\n> Host: a.example\n> Referer: https://b.example/",
                {"a.example", "b.example:443?"}},
           {"* Connected to a.example (198.51.100.7) port 443\n> Host: a.example", {"a.example=198.51.100.7:443"}},
           {"*   Trying 198.51.100.7:443...\n> Host: a.example", {"198.51.100.7:443", "a.example=198.51.100.7:443"}},
           {"< Content-Security-Policy: default-src https://a.example https://b.example",
            {"a.example:443?", "b.example:443?"}},
           {"header: Location: https://a.example/", {"a.example:443?"}},
           {"Location: https://a.example/ [following]", {"a.example:443?"}},
           {"<svg xmlns=\"http://a.example/2000/svg\" xmlns:x=\"http://b.example/\">",
            {"a.example:80?", "b.example:80?"}},
           {"For details see https://a.example/", {"a.example:443?"}},
           {"HTTP Request: GET https://a.example/v1 \"HTTP/1.1 200 OK\"", {"a.example:443"}},
           {"https://a.example:443 \"GET /v1 HTTP/1.1\" 200 512", {"a.example:443"}},
           {"198.51.100.88 - - [27/Jun/2025:04:53:20 +0000] \"GET / HTTP/1.1\" 200 5 \"https://a.example/\" \"x\"",
            {"a.example:443?"}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
}

TEST_CASE("a URL whose host is a number goes to the address that it means") {
  for (const auto& item : {
           Case{"http://0xcb007107/x", {"203.0.113.7:80 (written 0xcb007107)"}},
           {"https://3405803783/", {"203.0.113.7:443 (written 3405803783)"}},
           {"https://0313.0.0161.7:8443/", {"203.0.113.7:8443 (written 0313.0.0161.7)"}},
           {"https://203.28935/", {"203.0.113.7:443 (written 203.28935)"}},
           {"https://203.0.28935/", {"203.0.113.7:443 (written 203.0.28935)"}},
           {"https://4294967296/", {}},
           {"https://1.2.3.4.5/", {}},
           {"https://09/", {}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
  CHECK(json(R"({"url":"http://0xcb007107/x"})").places() == Lines{"203.0.113.7:80 (written 0xcb007107)"});
}
