#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "readers/nft_reader_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

struct Case {
  std::string text;
  std::uint32_t line;
  std::uint32_t column;
  const char* message;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.text);
    Diagnostics diagnostics;
    CHECK(!read_nftables(one.text, "policy.nft", diagnostics));
    REQUIRE(diagnostics.all().size() == 1);
    const Diagnostic& error = diagnostics.all().front();
    CHECK(error.where.file == "policy.nft");
    CHECK(error.where.line == one.line);
    CHECK(error.where.column == one.column);
    CHECK(error.message == one.message);
  }
}

Case rule(const std::string& rule, std::uint32_t column, const char* message) {
  return {table(output("\t\t" + rule + "\n")), 6, column, message};
}

Case element(const std::string& key, const std::string& flags, const std::string& element, std::uint32_t column,
             const char* message) {
  return {
      table("\tset s {\n\t\ttypeof " + key + "\n" + flags + "\t\telements = { " + element + " }\n\t}\n" + output("")),
      flags.empty() ? 6U : 7U, column, message};
}

const std::string service = "ip daddr . meta l4proto . th dport";
const std::string interval = "\t\tflags interval\n";

}  // namespace

TEST_CASE("what egressc does not write is an error in a rule") {
  check({
      rule("return", 3, "expected a condition or a statement that egressc writes, found \"return\""),
      rule("jump output", 3, "expected a condition or a statement that egressc writes, found \"jump\""),
      rule("ip daddr != 192.0.2.1 accept", 12, "unexpected \"!\""),
      rule("ip daddr 192.0.2.1-192.0.2.9 accept", 12,
           "expected an IPv4 address or prefix, found \"192.0.2.1-192.0.2.9\""),
      rule("ip daddr 192.0.2.1/24 accept", 12, "expected an IPv4 address or prefix, found \"192.0.2.1/24\""),
      rule("ip6 daddr ::ffff:192.0.2.1 accept", 13, "expected an IPv6 address or prefix, found \"::ffff:192.0.2.1\""),
      rule("ip protocol tcp accept", 6, "expected daddr or saddr, found \"protocol\""),
      rule("ip daddr @s accept", 12, "there is no set \"s\" before this rule"),
      rule("tcp dport 010 accept", 13, "expected a port up to 65535, or a range of them, found \"010\""),
      rule("tcp dport 65536 accept", 13, "expected a port up to 65535, or a range of them, found \"65536\""),
      rule("tcp dport 9-8 accept", 13, "expected a port up to 65535, or a range of them, found \"9-8\""),
      rule("tcp dport { } accept", 15, "expected a port up to 65535, or a range of them, found \"}\""),
      rule("tcp dport { 1 2 } accept", 17, "expected \"}\", found \"2\""),
      rule("tcp dport https accept", 13, "expected a port up to 65535, or a range of them, found \"https\""),
      rule("icmp type redirect accept", 13, "expected a known ICMP type, found \"redirect\""),
      rule("meta mark 1 accept", 8, "expected l4proto, nfproto, skuid or skgid, found \"mark\""),
      rule("meta l4proto sctp accept", 16, "expected \"tcp\", found \"sctp\""),
      rule("meta skuid 4294967295 accept", 14,
           "expected an id up to 4294967294, or a range of them, found \"4294967295\""),
      rule("meta skuid vmap { 1 : accept }", 25, "expected \"goto\", found \"accept\""),
      rule("meta skuid vmap { 1-3 : goto output, 3 : goto output }", 3, "a verdict map with keys that overlap"),
      rule("ct state new accept", 12, "expected \"related\", found \"new\""),
      rule("oif \"eth0\" accept", 7, "expected the interface \"lo\", found the string \"eth0\""),
      rule("goto nowhere", 3, "\"nowhere\" is no chain to go to"),
      rule("goto output", 3, "\"output\" is no chain to go to"),
      rule("accept drop", 10, "expected the end of the line, found \"drop\""),
      rule("accept comment \"a", 18,
           "a string that does not end on its line, or has a byte that is not printable ASCII"),
      rule("accept; drop", 9, "expected the end of the line, found \";\""),
      rule("limit rate over 1/second accept", 14, "expected a rate such as \"10/second\", found \"over\""),
      rule("limit rate 1/week burst 5 packets accept", 14, "expected a rate such as \"10/second\", found \"1/week\""),
      rule("reject with icmp port-unreachable", 15, "expected \"icmpx admin-prohibited\", found \"icmp\""),
      rule("\xff", 3, "unexpected \"\\xff\""),
  });
}

TEST_CASE("what egressc does not write is an error in a set") {
  check({
      element(service, interval, "192.0.2.1 . tcp", 32, "expected \".\", found \"}\""),
      element(service, interval, "192.0.2.1 . icmp . 8", 28, "expected \"tcp\", found \"icmp\""),
      element(service, interval, "::1 . tcp . 8", 16, "expected an IPv4 address or prefix, found \"::1\""),
      element(service, "", "192.0.2.1 . tcp . 8-9", 16, "a prefix or a range in a set without `flags interval`"),
      element("ip daddr", "", "192.0.2.0/24", 16, "a prefix or a range in a set without `flags interval`"),
      element("ip daddr", interval, "192.0.2.1 timeout 5s", 26, "expected \"}\", found \"timeout\""),
  });
}

TEST_CASE("a text that is not one table, replaced whole, is an error") {
  const std::string head = "add table inet t\ndelete table inet t\ntable inet t {\n";
  const std::string set = "\tset s {\n\t\ttypeof ip daddr\n\t}\n";
  check({
      {"", 1, 1, "expected \"add table inet\", found the end of the text"},
      {"table inet t {\n}\n", 1, 1, "expected \"add table inet\", found \"table\""},
      {"add table inet t\ntable inet t {\n}\n", 2, 1, "expected \"delete table inet\", found \"table\""},
      {"add table ip t\n", 1, 11, "expected \"inet\", found \"ip\""},
      {"add table inet t\ndelete table inet u\n", 2, 19, "another table than \"t\""},
      {"flush ruleset\n", 1, 1, "expected \"add table inet\", found \"flush\""},
      {table(""), 5, 1, "no chain is on the output hook"},
      {table(output("") + output("")), 7, 8, "a second chain \"output\""},
      {table(output("") + "\tchain b {\n\t\ttype filter hook output priority filter; policy drop;\n\t}\n"), 8, 3,
       "a second chain on the output hook"},
      {table("\tchain a {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n"), 5, 20,
       "expected \"output priority filter ; policy\", found \"input\""},
      {table(set + set), 7, 6, "a second set \"s\""},
      {table(output("\t\tip6 daddr @s accept\n") + set), 6, 13, "there is no set \"s\" before this rule"},
      {table(set + output("\t\tip6 daddr @s accept\n")), 9, 13, "set \"s\" has elements of another type"},
      {table("\tset s {\n\t\ttypeof ip saddr\n"), 5, 13, "expected \"daddr\", found \"saddr\""},
      {table("\tset s {\n\t\ttypeof ip daddr\n\t\tflags dynamic\n"), 6, 9, "expected \"timeout\", found \"dynamic\""},
      {table("\tset s {\n\t\ttypeof ip daddr\n\t\ttimeout h\n"), 6, 11, "expected a time such as \"1h\", found \"h\""},
      {table("\tset s {\n\t\ttypeof ip daddr\n\t\tcounter packets 1\n"), 6, 11,
       "expected the end of the line, found \"packets\""},
      {table("\tmap m {\n\t}\n"), 4, 2, "expected a set, a chain or \"}\", found \"map\""},
      {table(output("")) + "add rule inet t output accept\n", 8, 1, "expected the end of the text, found \"add\""},
      {head + "\tchain output {\n\t\taccept", 5, 9, "expected the end of the line, found the end of the text"},
      {head, 4, 1, "expected a set, a chain or \"}\", found the end of the text"},
      {head + std::string("\tch\0in", 6), 4, 2, "expected a set, a chain or \"}\", found \"ch\""},
  });
}
