// What nft listed of real rulesets: tests/data/nft has each beside the text that was loaded.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "nft_json_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

constexpr Passes yes = Passes::yes;
constexpr Passes no = Passes::no;
constexpr Passes maybe = Passes::maybe;

std::string source_file(const std::string& name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../data/nft" / name;
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.is_open(), path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Expected {
  Packet packet;
  Passes passes;
};

void check(const char* name, const std::vector<Expected>& cases) {
  const Meaning meaning = meaning_of(source_file(name));
  for (const Expected& one : cases) {
    CAPTURE(to_string(single(point(one.packet))));
    CHECK(passes(meaning, point(one.packet)) == one.passes);
  }
}

std::string notes(const char* name) {
  Diagnostics diagnostics;
  CHECK(read(source_file(name), diagnostics).has_value());
  return diagnostics.render(false);
}

}  // namespace

TEST_CASE("what egressc wrote means in the kernel what its text says") {
  for (const std::string name : {"policy", "shop-agents", "web-agent"}) {
    CAPTURE(name);
    Diagnostics diagnostics;
    const auto text = read_nftables(source_file(name + ".nft"), "policy.nft", diagnostics);
    REQUIRE(text.has_value());
    const Meaning expected = evaluate(*text, possible_flows());
    const Meaning listed = meaning_of(source_file(name + ".json"));
    CHECK(listed.least == expected.least);
    CHECK(listed.most == expected.most);
    CHECK(listed.undecided.size() == expected.undecided.size());
    CHECK(listed.most != possible_flows());
  }
}

TEST_CASE("Docker's rules, and a table of one's own") {
  check("docker.json", {{{}, yes},
                        {{.to = "198.51.100.9"}, no},
                        {{.to = "203.0.113.7"}, no},
                        {{.to = "203.0.113.8"}, yes},
                        {{.port = 25}, no},
                        {{.uid = 1001, .port = 25}, yes},
                        {{.to = "2001:db8::1"}, yes}});
  CHECK(notes("docker.json") ==
        "ruleset.json: note: chain ip nat DOCKER gives packets another destination: of those, only what holds for the "
        "one "
        "before nat and the one behind it is decided\n");
}

TEST_CASE("firewalld's chains") {
  check("firewalld.json", {{{}, yes},
                           {{.port = 80}, no},
                           {{.loopback = true, .port = 80}, yes},
                           {{.protocol = 17, .port = 53}, yes},
                           {{.protocol = 1, .port = 8 << 8}, yes},
                           {{.to = "2001:db8::1"}, yes},
                           {{.to = "2002::1"}, no}});
  CHECK(notes("firewalld.json").empty());
  CHECK(meaning_of(source_file("firewalld.json")).undecided.empty());
}

TEST_CASE("rules that were written by hand") {
  check("hand-written.json", {{{}, yes},
                              {{.port = 80}, no},
                              {{.to = "192.0.2.7", .port = 1500}, no},
                              {{.uid = 7, .port = 1500}, maybe},  // the mark
                              {{.protocol = 17, .to = "192.0.2.7", .port = 1500}, yes},
                              {{.to = "203.0.113.1", .port = 8443}, yes},
                              {{.uid = 1001}, no},
                              {{.uid = 1002, .port = 22}, yes},
                              {{.uid = 1002, .port = 23}, no},
                              {{.uid = 1002, .to = "2001:db8::1", .port = 23}, yes},
                              {{.uid = 7, .gid = 5001, .protocol = 17, .port = 53}, yes},
                              {{.uid = 7, .gid = 5001, .protocol = 17, .port = 54}, maybe},
                              {{.uid = 7, .protocol = 1, .port = 8 << 8}, maybe},
                              {{.uid = 7, .loopback = true, .protocol = 17, .to = "127.0.0.53", .port = 53}, yes}});
  CHECK(notes("hand-written.json").find("sets change while they are in use: names (api.example.com)") !=
        std::string::npos);
}

TEST_CASE("a table that may be dormant, for all that nft tells") { check("dormant.json", {{{}, maybe}}); }

TEST_CASE("rules of iptables-nft, of which nft does not tell all") {
  check("iptables-nft.json", {{{.loopback = true}, yes},
                              {{.port = 25}, no},
                              {{.uid = 7}, yes},
                              {{.uid = 7, .port = 80}, maybe},  // the owner match
                              {{.uid = 7, .protocol = 17, .port = 53}, yes},
                              {{.to = "198.51.100.1", .port = 22}, yes},
                              {{.to = "2001:db8::1"}, yes}});
}
