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
