#include <doctest/doctest.h>

#include <random>

#include "model/document/yaml.h"
#include "model/policy_fixture.h"
#include "policy_random.h"

namespace egressc::model {
namespace {

using policy_tests::RandomPolicy;
using policy_tests::read;
using policy_tests::same;

constexpr unsigned rounds = 4000;

void append(std::string& out, const Tree& tree, NodeId node) {
  const Mark mark = tree.mark(node);
  out += std::to_string(mark.line) + ":" + std::to_string(mark.column) + " " +
         std::to_string(static_cast<int>(tree.kind(node))) + " ";
  if (tree.kind(node) >= NodeKind::list) out += tree.layout(node) == Layout::flow ? "flow" : "block";
  out.append(tree.text(node)) += '(';
  for (NodeId at = tree.first(node); at != no_node; at = tree.next(at)) append(out, tree, at);
  out += ")\n";
}

std::string dump(const Tree& tree) {
  std::string out;
  append(out, tree, 0);
  return out;
}

std::optional<Tree> authority(std::string_view text) {
  Diagnostics diagnostics;
  Complaints complaints(text, "p.yaml", diagnostics);
  return read_any_yaml(text, complaints);
}

TEST_CASE("A written policy reads back as itself, from YAML and from JSON, and is written the same again") {
  for (unsigned seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    const Policy policy = RandomPolicy(seed).make();
    const std::string yaml = write_policy_yaml(policy);
    const std::string json = write_policy_json(policy);
    CAPTURE(yaml);
    const auto from_yaml = read(yaml);
    const auto from_json = read(json);
    REQUIRE_MESSAGE(from_yaml.policy.has_value(), from_yaml.diagnostics.render(false));
    REQUIRE_MESSAGE(from_json.policy.has_value(), from_json.diagnostics.render(false));
    REQUIRE(same(*from_yaml.policy, policy));
    REQUIRE(same(*from_json.policy, policy));
    REQUIRE(write_policy_yaml(*from_yaml.policy) == yaml);
    REQUIRE(write_policy_json(*from_yaml.policy) == json);
    REQUIRE(policy_hash(*from_yaml.policy) == policy_hash(policy));
  }
}

TEST_CASE("Normalizing twice changes nothing, and the order of the input does not matter") {
  std::mt19937 engine(1);
  for (unsigned seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    const Policy policy = RandomPolicy(seed).make();
    Policy shuffled = policy;
    std::shuffle(shuffled.subjects.begin(), shuffled.subjects.end(), engine);
    for (Subject& subject : shuffled.subjects) {
      std::shuffle(subject.allow.begin(), subject.allow.end(), engine);
      std::shuffle(subject.review.begin(), subject.review.end(), engine);
    }
    std::shuffle(shuffled.review.begin(), shuffled.review.end(), engine);
    normalize(shuffled);
    REQUIRE(same(shuffled, policy));
  }
}

TEST_CASE("What is written holds no byte that could reach a terminal") {
  for (unsigned seed = 0; seed < rounds; ++seed) {
    const Policy policy = RandomPolicy(seed).make();
    const std::string json = write_policy_json(policy);
    const std::string yaml = write_policy_yaml(policy);
    REQUIRE(std::all_of(json.begin(), json.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    REQUIRE(
        std::all_of(yaml.begin(), yaml.end(), [](char c) { return c == '\n' || (c != 0x7f && (c >= ' ' || c < 0)); }));
    REQUIRE(yaml.find("\xe2\x80\xae") == std::string::npos);  // right-to-left override
  }
}

TEST_CASE("The quick readers agree with yaml-cpp on all they accept, marks included") {
  static constexpr std::string_view alphabet = " \n-:#[]{},\"'\\&*!|>%@?0aZ~=./";
  std::mt19937 engine(2);
  unsigned accepted = 0;
  for (unsigned seed = 0; seed < rounds; ++seed) {
    std::string text = write_policy_yaml(RandomPolicy(seed, seed % 8 != 0).make());
    for (unsigned edits = 0; edits < 6; ++edits) {
      if (const auto quick = read_common_yaml(text)) {
        ++accepted;
        const auto slow = authority(text);
        CAPTURE(text);
        REQUIRE(slow.has_value());
        REQUIRE(dump(*quick) == dump(*slow));
      }
      const std::size_t at = engine() % text.size();
      const char c = alphabet[engine() % alphabet.size()];
      switch (engine() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1);
      }
    }
  }
  CHECK(accepted > rounds);
}

TEST_CASE("JSON is the same document read as YAML") {
  for (unsigned seed = 0; seed < rounds / 4; ++seed) {
    const std::string text = write_policy_json(RandomPolicy(seed).make());
    const auto json = read_json(text);
    REQUIRE(json.has_value());
    // yaml-cpp does not know surrogate pairs.
    if (text.find("\\uD83D") != text.npos) continue;
    const auto yaml = authority(text);
    REQUIRE(yaml.has_value());
    REQUIRE(dump(*json) == dump(*yaml));
  }
}

}  // namespace
}  // namespace egressc::model
