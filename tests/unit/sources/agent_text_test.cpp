#include <doctest/doctest.h>

#include "sources/agent_fixture.h"
#include "sources/format_fixture.h"

using namespace egressc;
using agent_fixture::Case;
using agent_fixture::Lines;
using agent_fixture::Read;
using agent_fixture::text;

TEST_CASE("agent text: URLs anywhere") {
  for (const auto& item : {
           Case{"INFO GET https://api.acme.example:443/v1/items -> 200 OK", {"api.acme.example:443"}},
           {"got (https://api.example), \"http://b.example/x\" and <https://[2001:db8::1]/>.",
            {"api.example:443", "b.example:80", "2001:db8::1:443"}},
           {"url=https://api.example/v1?next=https://other.example/", {"api.example:443"}},
           {"https://203.0.113.61@203.0.113.208:443/", {"203.0.113.208:443"}},
           {"https://u:a'b(c,d@203.0.113.208/ x", {"203.0.113.208:443"}},
           {"\"url\":\"https://api.example/\"", {"api.example:443"}},
           {"database jdbc:postgresql://db.example/x", {"db.example:5432"}},
           {"request to http://prometheus:9090/api failed", {"prometheus:9090"}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
}

TEST_CASE("agent text: what programs and libraries print") {
  for (const auto& item : {
           Case{"* Trying 198.51.100.7:443...", {"198.51.100.7:443"}},
           {"*   Trying [2001:db8::1]:443...", {"2001:db8::1:443"}},
           {"Trying 198.51.100.7...", {"198.51.100.7"}},
           {"* Connected to api.example (198.51.100.7) port 443 (#0)", {"api.example=198.51.100.7:443"}},
           {"* Connected to api.example (2001:db8::7) port 443", {"api.example=2001:db8::7:443"}},
           {"curl: (7) Failed to connect to api.example port 443 after 10 ms: Connection refused", {"api.example:443"}},
           {"curl: (7) Failed to connect to localhost port 8080: refused", {"localhost:8080"}},
           {"ssh: connect to host git.example port 22: Connection refused", {"git.example:22"}},
           {"connect to 198.51.100.7 port 443", {"198.51.100.7:443"}},
           {"Connecting to redis:6379", {"redis:6379"}},
           {"connecting to api.example:443", {"api.example:443"}},
           {"Connecting to api.example (api.example)|198.51.100.7|:443... connected.",
            {"api.example=198.51.100.7:443"}},
           {"> CONNECT api.example:443 HTTP/1.1", {"api.example:443"}},
           {"CONNECT db:5432 HTTP/1.1", {"db:5432"}},
           {"HTTPSConnectionPool(host='api.example', port=443): Max retries exceeded", {"api.example:443"}},
           {"HTTPConnectionPool(host='redis', port=6379): Read timed out.", {"redis:6379"}},
           {"connect(('198.51.100.7', 443)) failed", {"198.51.100.7:443"}},
           {"('2001:db8::1', 443, 0, 0)", {"2001:db8::1:443"}},
           {"Starting new HTTPS connection (1): api.example:443", {"api.example:443"}},
           {"Error: connect ECONNREFUSED 198.51.100.7:443", {"198.51.100.7:443"}},
           {"Error: getaddrinfo ENOTFOUND api.example", {"api.example"}},
           {"Error: getaddrinfo EAI_AGAIN redis", {"redis"}},
           {"  address: '198.51.100.7', port: 443", {"198.51.100.7:443"}},
           {"dial tcp 198.51.100.7:443: connect: connection refused", {"198.51.100.7:443"}},
           {"dial tcp [2001:db8::1]:443: i/o timeout", {"2001:db8::1:443"}},
           {"dial tcp: lookup api.example: no such host", {"api.example"}},
           {"dial tcp: lookup db on 192.0.2.53:53: no such host", {"db", "192.0.2.53:53"}},
           {"read tcp 192.0.2.10:41234->198.51.100.7:443: connection reset by peer", {"198.51.100.7:443"}},
           {"host=api.example port=443 user=x", {"api.example:443"}},
           {"peer=198.51.100.7:443 ok", {"198.51.100.7:443"}},
           {"{\"host\":\"203.0.113.61\",\"host\":\"203.0.113.211\",\"port\":443}",
            {"203.0.113.61:443", "203.0.113.211:443"}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
}

TEST_CASE("agent text: what looks like another log is a claim, and no more") {
  for (const auto& item : {
           Case{
               "kernel: egress: IN= OUT=lab0 SRC=192.0.2.10 DST=203.0.113.202 LEN=60 PROTO=TCP SPT=4 DPT=443 UID=61304",
               {"203.0.113.202:443"}},
           {"type=SOCKADDR msg=audit(1795418475.886:999): saddr=020001BBCB0071C90000000000000000",
            {"203.0.113.201:443"}},
           {"saddr=0A0001BB0000000020010DB800000000000000000000000100000000", {"2001:db8::1:443"}},
           {"saddr=0100", {}},
           {"SADDR={ saddr_fam=inet laddr=203.0.113.201 lport=443 }", {"203.0.113.201:443"}},
           {"src=192.0.2.10 dst=203.0.113.201 sport=4 dport=443", {"203.0.113.201:443"}},
           {"Nov 23 06:40:01 dnsmasq[1]: 1 192.0.2.10/4000 reply api.tricky.example is 203.0.113.204",
            {"203.0.113.204"}},
           {"reply api.tricky.example is 2001:db8::4", {"2001:db8::4"}},
       }) {
    const Read log = text(item.text);
    CHECK_MESSAGE(log.places() == item.expected, item.text);
    CHECK(log.observations.socket_events.empty());
    CHECK(log.observations.resolutions.empty());
    CHECK(log.observations.flows().empty());
  }
}

TEST_CASE("agent text: what is no destination") {
  for (const std::string_view line :
       {"at main.cpp:123",
        "server.go:42 panic",
        "File \"app.py\", line 7",
        "12:34:56 done",
        "2026-11-23T07:44:18Z up",
        "std::string v1.2.3",
        "fmt_json::yak_shave",
        "connected to the server",
        "connection refused",
        "to be: or not",
        "ratio 3:2",
        "version 1.2.3.4",
        "listening on 192.0.2.10:8080",
        "Running on http://127.0.0.1:5000",
        "Listening at: http://192.0.2.1:8000 (12)",
        "accepted connection from 192.0.2.4:51234",
        "port 443",
        "port=443",
        "host=web1 level=info",
        "file:///etc/passwd",
        "bare 198.51.100.7 address",
        "",
        "   ",
        "{\"request\":{\"remote_ip\":\"172.19.0.1\",\"remote_port\":\"46628\",\"uri\":\"/\"},\"status\":304}"})
    CHECK_MESSAGE(text(line).places().empty(), line);
  CHECK(text("nothing\n\nhere\n").skipped() == Lines{"no destination: 2 from 1"});
  CHECK(text("x\nhttps://exa%6dple/\n").skipped() ==
        Lines{"no destination: 1 from 1", "no valid destination: 1 from 2"});
}

TEST_CASE("agent text: the subject is what the line says") {
  const Claim tagged = text("2026-11-23T07:44:18.590357215Z INFO web[13198]: GET https://api.acme.example/x").only();
  CHECK(tagged.pid == 13198);
  CHECK(tagged.at == 1795419858590357);
  CHECK(tagged.uid == no_id);
  const Claim packet = text("OUT=lab0 DST=203.0.113.202 PROTO=TCP DPT=443 UID=61304 GID=61305").only();
  CHECK(packet.uid == 61304);
  CHECK(packet.gid == 61305);
  CHECK(packet.protocol == ip_protocol::tcp);
  CHECK(text("uid=1 fsuid=61304 https://a.example").only().uid == 61304);
  CHECK(text("fsuid=61304 uid=1 https://a.example").only().uid == 61304);
  CHECK(text("uid=be2def59-3a08 https://a.example").only().uid == no_id);
  CHECK(text("web-1  | 2024-04-25T05:32:35Z GET https://a.example").only().at == 1714023155000000);
  CHECK(text("dial tcp 198.51.100.7:443: refused").only().protocol == ip_protocol::tcp);
}

TEST_CASE("agent text: escapes and control bytes end a token and reach no name") {
  for (const auto& item : {
           Case{"\x1b[2K\x1b[1A\x1b[32mCONNECT https://203.0.113.205:443/ -> 200 OK\x1b[0m", {"203.0.113.205:443"}},
           {"https://api.example\x1b[31m/evil", {"api.example:443"}},
           {"https://api\x1b[31m.example/", {"api:443"}},
           {"\x1b]0;title https://hidden.example\x07 https://shown.example", {"shown.example:443"}},
           {"https://a.example\x07", {"a.example:443"}},
           {"connect to a.exam\x01ple:443", {"a.exam"}},
           {"\x1b", {}},
           {"\x1b[", {}},
           {"x \x1b[3", {}},
       })
    CHECK_MESSAGE(text(item.text).places() == item.expected, item.text);
  // The bytes of a C1 control (ISO 6429) in UTF-8, and bytes that are none.
  CHECK(text("https://a\xc2\x9b.example/ https://b\xff.example/ https://c.example/").places() ==
        Lines{"c.example:443"});
  CHECK(text("https://b\xc3\xbc\x63her.example/").places() == Lines{"xn--bcher-kva.example:443"});
}

TEST_CASE("agent text: at most 16 claims a line, and each claim once a second") {
  std::string many;
  for (int i = 0; i < 40; ++i) many += fmt::format("https://h{}.example/ https://h0.example/ ", i);
  const Read log = text(many);
  CHECK(log.places().size() == 16);
  CHECK(log.skipped() == Lines{"more than 16 destinations: 1 from 1"});
  const std::string again =
      "2026-11-23T07:44:18.1Z https://a.example/\n2026-11-23T07:44:18.9Z https://a.example/\n"
      "2026-11-23T07:44:19.0Z https://a.example/\n";
  CHECK(text(again).places() == Lines{"a.example:443", "a.example:443"});
}

TEST_CASE("agent text: any text is taken for it, and nothing else") {
  CHECK(sniff_as("agent-text", "hello\n") == 1);
  CHECK(sniff_as("agent-text", "\x1b[32mgr\xc3\xbcn\x1b[0m\n") == 1);
  CHECK(sniff_as("agent-text", "") == 0);
  CHECK(sniff_as("agent-text", std::string_view("a\0b", 3)) == 0);
  CHECK(sniff_as("agent-text", "\x01\x02\x03\x04 abc") == 0);
}
