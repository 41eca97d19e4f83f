#include <doctest/doctest.h>

#include "deploy/change_fixture.h"
#include "deploy/rules_commit.h"

using namespace egressc;
using namespace egressc::deploy;
using namespace egressc::test;

namespace {

const std::string yaml =
    "egressc: 1\n"
    "scope: subjects\n"
    "subjects:\n"
    "  short:\n"
    "    uid: 100\n"
    "    allow:\n"
    "      - {to: 198.51.100.1, ports: [tcp/443]}\n"
    "  long:\n"
    "    uid: 1001\n"
    "    allow:\n"
    "      - {to: 198.51.100.2, ports: [tcp/443, icmp]}\n"
    "      - {to: 203.0.113.0/24, ports: [tcp/80-90]}\n"
    "      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7], live: true}\n"
    "  group:\n"
    "    uid: 1002\n"
    "    gid: 5\n"
    "    allow:\n"
    "      - {to: \"2001:db8::5\", ports: [udp/53]}\n";

struct Blamed {
  LiveMarkers markers{true};
  Policy policy = policy_of(yaml);
  Target target = target_of_text(yaml);
  NftChange change = with_addition(target);
  std::string text = nft_text(change);

  static NftChange with_addition(const Target& target) {
    NftChange change = std::get<NftChange>(target.whole);
    change.commands.push_back(NftAddition{target.table->sets.front(), {target.table->sets.front()->elements.front()}});
    return change;
  }

  // The diagnostic of the line of `words` that follows the line of `before`.
  Diagnostic of(std::string_view before, std::string_view words) const {
    const std::size_t after = text.find(before);
    REQUIRE_MESSAGE(after != text.npos, before);
    const std::size_t place = text.find(words, after);
    REQUIRE_MESSAGE(place != text.npos, words);
    std::uint32_t line = 1;
    for (std::size_t at = 0; at < place; ++at) line += text[at] == '\n';
    const std::size_t begin = text.rfind('\n', place) + 1;
    const std::string source = text.substr(begin, text.find('\n', place) - begin);
    return blame({Severity::error, {"policy.yaml", line, 3}, "what is wrong", "", source}, change, *target.ruleset,
                 policy, "policy.yaml");
  }
};

}  // namespace

TEST_CASE("a line of the ruleset has one of the policy") {
  struct Row {
    std::string_view before, words;
    std::uint32_t line, column;
  };
  const Row rows[] = {
      // Elements: the grant.
      {"set u100_4 {", "198.51.100.1 . tcp . 443", 7, 9},
      {"set u1001_4 {", "198.51.100.2 . tcp . 443", 11, 9},
      {"set u1001_4 {", "203.0.113.0/24 . tcp . 80-90", 12, 9},
      {"set u1001_echo_4 {", "198.51.100.2", 11, 9},
      {"set n_", "198.51.100.7", 13, 9},
      {"set u1002_g5_6 {", "2001:db8::5 . udp . 53", 18, 9},
      // The rest of a set or chain: the subject.
      {"set u100_4 {", "set u100_4 {", 4, 3},
      {"set u100_4 {", "flags interval", 4, 3},
      {"set u1001_4 {", "elements = {", 8, 3},
      {"set u1001_echo_4 {", "counter", 8, 3},
      {"set n_", "size", 8, 3},
      {"chain u100 {", "counter goto deny", 4, 3},
      {"chain u1001 {", "@u1001_4", 8, 3},
      {"chain u1001 {", "@n_", 8, 3},
      {"chain u1002_g5 {", "counter goto deny", 14, 3},
      // Of nobody: the file.
      {"", "delete table inet egressc", 0, 0},
      {"", "comment \"egressc", 0, 0},
      {"chain deny {", "reject", 0, 0},
      {"chain u1002 {", "counter goto deny", 0, 0},
      {"chain output {", "type filter hook output", 0, 0},
      {"", "add element inet egressc", 0, 0},
  };
  const Blamed blamed;
  for (const Row& row : rows) {
    CAPTURE(row.before);
    CAPTURE(row.words);
    const Diagnostic result = blamed.of(row.before, row.words);
    CHECK(result.where.file == "policy.yaml");
    CHECK(result.where.line == row.line);
    CHECK(result.where.column == row.column);
    CHECK(result.message == "what is wrong");
    CHECK(result.source == "");
  }
}

TEST_CASE("what nftables was given stands in the hint") {
  const Blamed blamed;
  CHECK(has_text(blamed.of("chain u100 {", "counter goto deny").hint, "of the ruleset is: counter goto deny"));
  const Diagnostic whole = blame({Severity::error, {"", 0, 0}, "no", "a hint", ""}, blamed.change,
                                 *blamed.target.ruleset, blamed.policy, "policy.yaml");
  CHECK(whole.where == Location{"policy.yaml", 0, 0});
  CHECK(whole.hint == "a hint");
  CHECK(blame({Severity::error, {"", 1'000'000, 1}, "no", "", "\x1b"}, blamed.change, *blamed.target.ruleset,
              blamed.policy, "policy.yaml")
            .hint == "line 1000000 of the ruleset is: \\x1b");
}
