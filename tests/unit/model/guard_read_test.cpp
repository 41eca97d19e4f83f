#include <doctest/doctest.h>

#include "guard_fixture.h"

using namespace egressc;
using namespace egressc::test;

TEST_CASE("a guard with everything") {
  const Guard read = guard_of(
      "subjects: {uid: [1000-1999, 2000], gid: 7}\n"
      "allow:\n"
      "  - to: any\n"
      "    ports: [tcp/443, icmp]\n"
      "    reason: the web\n"
      "never:\n"
      "  - to: [private, bad.example, \"*.worse.example\", 192.0.2.7]\n"
      "    except: [10.0.0.0/24, good.worse.example]\n"
      "    subjects: {uid: 5}\n");
  CHECK(read.subjects.uids == std::vector<IdRange>{{1000, 2000}});
  CHECK(read.subjects.gids == std::vector<IdRange>{{7, 7}});
  REQUIRE(read.allow.has_value());
  REQUIRE(read.allow->size() == 1);
  CHECK(read.allow_where == Location{"g.yaml", 3, 1});
  const GuardEntry& web = read.allow->front();
  CHECK(web.to.prefixes.size() == 2);
  CHECK(web.services.size() == 2);
  CHECK(web.reason == "the web");
  CHECK(web.where == Location{"g.yaml", 4, 5});
  REQUIRE(read.never.size() == 1);
  const GuardEntry& bad = read.never.front();
  CHECK(bad.to.names.size() == 2);
  CHECK(bad.to.prefixes.size() == 6);
  CHECK(bad.except.names.size() == 1);
  CHECK(bad.except.prefixes.size() == 1);
  CHECK(bad.subjects.uids == std::vector<IdRange>{{5, 5}});
  CHECK(bad.services.empty());
}

TEST_CASE("words for groups of addresses") {
  const std::pair<const char*, const char*> within[] = {
      {"any", "203.0.113.1"},        {"any", "2001:db8::1"},    {"private", "172.31.255.255"},
      {"private", "100.64.0.1"},     {"private", "fd00::1"},    {"loopback", "127.9.9.9"},
      {"loopback", "::1"},           {"link-local", "fe80::1"}, {"link-local", "169.254.1.1"},
      {"multicast", "224.0.0.1"},    {"multicast", "ff02::1"},  {"metadata", "169.254.169.254"},
      {"metadata", "fd00:ec2::254"},
  };
  const std::pair<const char*, const char*> without[] = {
      {"private", "172.32.0.0"},  {"private", "127.0.0.1"},   {"private", "169.254.1.1"},      {"loopback", "::2"},
      {"link-local", "10.0.0.1"}, {"multicast", "223.0.0.1"}, {"metadata", "169.254.169.252"},
  };
  const Policy someone = policy("[]");
  const auto forbids = [&](const char* word, const char* to) {
    const Ceiling ceiling({guard_of(std::string("never: [{to: ") + word + "}]")});
    return !permits(ceiling, someone.subjects[0], {}, address(to), *parse_service("tcp/1"));
  };
  for (const auto& [word, to] : within) CHECK_MESSAGE(forbids(word, to), word, " ", to);
  for (const auto& [word, to] : without) CHECK_MESSAGE(!forbids(word, to), word, " ", to);
}

TEST_CASE("a host that is called like a word has a dot behind its name") {
  CHECK(guard_of("never: [{to: private.}]").never[0].to.names.front().key() == "private");
}

TEST_CASE("JSON is read as well") {
  Diagnostics diagnostics;
  const auto read =
      read_guard(R"({"egressc-guard": 1, "never": [{"to": ["metadata"]}]})", "g.json", nullptr, diagnostics);
  REQUIRE(read.has_value());
  CHECK(read->never[0].to.prefixes.size() == metadata_addresses().size());
}

TEST_CASE("what a guard may not say") {
  struct Row {
    std::string text;
    std::uint32_t line;
    std::uint32_t column;
    const char* message;
    const char* hint;
  };
  const std::string head = "egressc-guard: 1\n";
  const Row rows[] = {
      {"", 0, 0, "nothing in this file", "a guard with \"egressc-guard: 1\""},
      {"never: [{to: private}]\n", 1, 1, "does not say that it is a guard", "egressc-guard: 1"},
      {"egressc-guard: 2\nnever: [{to: private}]\n", 1, 16, "version 2", "egressc-guard: 1"},
      {head, 1, 1, "limits nothing", "never:"},
      {head + "never: []\n", 1, 1, "limits nothing", "never:"},
      {head + "allow: []\n", 2, 8, "would allow nothing", "leave the key out"},
      {head + "never: {to: private}\n", 2, 8, "a list for `never` is wanted here, and this is a map", ""},
      {head + "nevr: [{to: private}]\n", 2, 1, "\"nevr\" is unknown", "did you mean \"never\"?"},
      {head + "never: [{to: private}]\nnever: [{to: any}]\n", 3, 1, "\"never\" stands here twice", ""},
      {head + "never: [{ports: [tcp/22]}]\n", 2, 9, "an entry of `never` has no `to`", "any for everything"},
      {head + "never: [{to: []}]\n", 2, 14, "an empty list is about nothing", ""},
      {head + "never: [{to: \"*\"}]\n", 2, 14, "no word of a guard", "any"},
      {head + "never: [{to: all}]\n", 2, 14, "no word of a guard", "any"},
      {head + "never: [{to: [private, 10.0.0.1/8]}]\n", 2, 24, "has bits set behind its length", "10.0.0.0/8"},
      {head + "never: [{to: \"a*.example\"}]\n", 2, 14, "is not a host name", "a wildcard stands for"},
      {head + "never: [{to: any, ports: [443]}]\n", 2, 27, "is not a protocol with ports", "tcp/443"},
      {head + "never: [{to: any, ports: []}]\n", 2, 26, "an empty list is about nothing", "leave the key out"},
      {head + "never: [{to: any, subjects: {}}]\n", 2, 29, "neither `uid` nor `gid`", ""},
      {head + "never: [{to: any, subjects: {uid: agent}}]\n", 2, 35, "is a name", "--passwd"},
      {head + "never: [{to: any, subjects: {uid: 9-1}}]\n", 2, 35, "is not a range", "1-9"},
      {head + "never: [{to: any, reason: [x]}]\n", 2, 27, "a value for reason is wanted", ""},
      {head + "allow: [{to: any, except: private}]\n", 2, 19, "\"except\" is unknown here", ""},
      {head + "never: [{to: any, live: true}]\n", 2, 19, "\"live\" is unknown here", "one of"},
      {head + "never: &x [{to: any}]\n", 2, 8, "an anchor may not stand here", ""},
      {"egressc: 1\nscope: host\n", 1, 1, "does not say that it is a guard", "egressc-guard: 1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    CHECK(!read_guard(row.text, "g.yaml", nullptr, diagnostics).has_value());
    REQUIRE(!diagnostics.all().empty());
    const Diagnostic& first = diagnostics.all().front();
    CHECK(first.where == Location{"g.yaml", row.line, row.column});
    CHECK_MESSAGE(first.message.find(row.message) != std::string::npos, first.message);
    CHECK_MESSAGE(first.hint.find(row.hint) != std::string::npos, first.hint);
  }
}
