// The words of a question, as a table.
#include <doctest/doctest.h>

#include <string>

#include "egressc/explain.h"

using namespace egressc;

namespace {

FlowNames names() {
  FlowNames known;
  known.labels = {"research-agent", "build"};
  known.users = {{"alice", 1001}};
  known.groups = {{"staff", 50}};
  return known;
}

// "research-agent uid 1 gid 2 api.example.com 192.0.2.1 6,17 443 lo", of what was said.
std::string text_of(const FlowQuestion& question) {
  std::string text = question.subject;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : " ") + more; };
  if (question.uid) add("uid " + std::to_string(*question.uid));
  if (question.gid) add("gid " + std::to_string(*question.gid));
  if (question.name) add(question.name->spelling());
  if (question.address) add(to_string(*question.address));
  std::string protocols;
  for (const std::uint8_t protocol : question.protocols)
    protocols += (protocols.empty() ? "" : ",") + std::to_string(protocol);
  add(protocols);
  if (question.port != 0) add(std::to_string(question.port));
  if (question.loopback) add("lo");
  return text;
}

std::string read(std::string_view text) {
  Diagnostics diagnostics;
  const auto question = read_flow(text, names(), diagnostics);
  REQUIRE(question.has_value() != diagnostics.has_errors());
  return question ? text_of(*question) : diagnostics.all().front().message;
}

std::uint32_t column(std::string_view text) {
  Diagnostics diagnostics;
  read_flow(text, names(), diagnostics);
  REQUIRE(diagnostics.has_errors());
  CHECK(diagnostics.all().front().hint != "");
  return diagnostics.all().front().where.column;
}

}  // namespace

TEST_CASE("what a question may say, in any order") {
  CHECK(read("uid 1001 tcp api.example.com:443") == "uid 1001 api.example.com 6 443");
  CHECK(read("  api.example.com:443\ttcp uid 1001 ") == "uid 1001 api.example.com 6 443");
  CHECK(read("uid 1001 udp 198.51.100.7 53") == "uid 1001 198.51.100.7 17 53");
  CHECK(read("uid 1001 198.51.100.7 port 53") == "uid 1001 198.51.100.7 6,17 53");
  CHECK(read("uid 1001 198.51.100.7 udp/53") == "uid 1001 198.51.100.7 17 53");
  CHECK(read("uid 1001 any/53 198.51.100.7") == "uid 1001 198.51.100.7 6,17 53");
  CHECK(read("uid 1001 tcp [2001:db8::7]:443") == "uid 1001 2001:db8::7 6 443");
  CHECK(read("uid 1001 tcp [2001:db8::7] 443") == "uid 1001 2001:db8::7 6 443");
  CHECK(read("uid 1001 tcp 2001:db8::7 443") == "uid 1001 2001:db8::7 6 443");
  CHECK(read("uid 1001 tcp [::ffff:192.0.2.1]:443") == "uid 1001 192.0.2.1 6 443");
  CHECK(read("uid 1001 gid 7 tcp api.example.com:443 198.51.100.7") ==
        "uid 1001 gid 7 api.example.com 198.51.100.7 6 443");
  CHECK(read("gid staff tcp 192.0.2.1:443") == "gid 50 192.0.2.1 6 443");
  CHECK(read("research-agent tcp db:5432") == "research-agent db 6 5432");
  CHECK(read("alice tcp Api.Example.com:443") == "uid 1001 Api.Example.com 6 443");
  CHECK(read("uid alice tcp 192.0.2.1:443") == "uid 1001 192.0.2.1 6 443");
  CHECK(read("uid 1001 icmp 192.0.2.1") == "uid 1001 192.0.2.1 1");
  CHECK(read("uid 1001 icmpv6 api.example.com") == "uid 1001 api.example.com 58");
  CHECK(read("uid 1001 tcp 192.0.2.1:80 lo") == "uid 1001 192.0.2.1 6 80 lo");
  CHECK(read("uid 1001 tcp 127.0.0.1:80") == "uid 1001 127.0.0.1 6 80 lo");
  CHECK(read("uid 4294967294 tcp [::1]:80") == "uid 4294967294 ::1 6 80 lo");
}

TEST_CASE("what is missing is said") {
  CHECK(read("") == "the question does not say who");
  CHECK(read("tcp 192.0.2.1:80") == "the question does not say who");
  CHECK(read("uid 1001 tcp port 80") == "the question does not say where to");
  CHECK(read("uid 1001 tcp 192.0.2.1") == "the question does not say which port");
  CHECK(read("uid 1001 192.0.2.1") == "the question does not say which port");
  CHECK(read("uid 1001 icmp 192.0.2.1:80") == "icmp and icmpv6 mean echo requests, which have no port");
  CHECK(read("uid 1001 icmp 2001:db8::7") == "2001:db8::7 is of another family than the protocol");
}

TEST_CASE("what is wrong is said at its place") {
  CHECK(read("uid 1001 uid 1002 tcp 192.0.2.1:80") == "who is said twice");
  CHECK(column("uid 1001 uid 1002 tcp 192.0.2.1:80") == 14);
  CHECK(read("uid 1001 alice tcp 192.0.2.1:80") == "who is said twice");
  CHECK(read("uid 1001 tcp udp 192.0.2.1:80") == "the protocol is said twice");
  CHECK(read("uid 1001 tcp 192.0.2.1:80 443") == "the port is said twice");
  CHECK(read("uid 1001 tcp 192.0.2.1:80 192.0.2.2") == "the address is said twice");
  CHECK(read("uid 1001 tcp a.example:80 b.example") == "the name is said twice");
  CHECK(read("uid bob tcp 192.0.2.1:80") == "\"bob\" is no uid");
  CHECK(read("uid 4294967295 tcp 192.0.2.1:80") == "\"4294967295\" is no uid");
  CHECK(read("uid -1 tcp 192.0.2.1:80") == "\"-1\" is no uid");
  CHECK(read("uid") == "\"\" is no uid");
  CHECK(read("uid 1001 tcp 192.0.2.1:0") == "\"0\" is no port");
  CHECK(read("uid 1001 tcp 192.0.2.1:65536") == "\"65536\" is no port");
  CHECK(read("uid 1001 tcp 192.0.2.1:") == "\"\" is no port");
  CHECK(read("uid 1001 tcp 192.0.2.1 port") == "\"\" is no port");
  CHECK(read("uid 1001 tcp/80-90 192.0.2.1") == "\"80-90\" is no port");
  CHECK(read("uid 1001 tcp [2001:db8::7:443") == "\"[2001:db8::7:443\" is no address with a port");
  CHECK(read("uid 1001 tcp [2001:db8::7]443") == "\"[2001:db8::7]443\" is no address with a port");
  CHECK(read("uid 1001 tcp []:443") == "\"[]:443\" is no address with a port");
  CHECK(read("uid 1001 tcp 192.0.2.0/24 80") == "\"192.0.2.0/24\" is not one destination");
  CHECK(read("uid 1001 https://api.example.com/") == "\"https://api.example.com/\" is not one destination");
  CHECK(read("reserch-agent tcp 192.0.2.1:80") == "\"reserch-agent\" is no subject, user, protocol or destination");
  CHECK(column("uid 1 tpc 192.0.2.1:80") == 7);
  CHECK(read("uid 1001 tcp *.example.com:80") == "\"*.example.com:80\" is no subject, user, protocol or destination");
  CHECK(read("uid 1001 tcp \x1b[31m:80") == "\"\\x1b[31m:80\" is no subject, user, protocol or destination");
}
