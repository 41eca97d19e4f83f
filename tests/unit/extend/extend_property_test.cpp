#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "egressc/flow_space.h"
#include "extend/extend_fixture.h"
#include "policy_random.h"

namespace egressc {
namespace {

using extend_tests::extended;
using extend_tests::normal_json;
using policy_tests::RandomPolicy;

constexpr unsigned rounds = 1500;

// What logs show is one user, with addresses and ports one by one.
Policy random_learnt(unsigned seed) {
  std::mt19937 engine(seed);
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(engine() % end); };
  static const char* const names[] = {"a.example", "b.example", "x.c.example", "second.example", "new.example"};
  static const char* const addresses[] = {"192.0.2.7", "198.51.100.3", "203.0.113.9", "2001:db8::5", "192.0.2.53"};
  static const char* const services[] = {"tcp/443", "udp/443", "udp/53", "any/53", "udp/1500", "tcp/22"};
  static const Reason reasons[] = {Reason::denied, Reason::claimed, Reason::metadata, Reason::unsent};
  Policy policy;
  policy.scope = Scope::subjects;
  const auto grant = [&] {
    Grant made;
    made.services = {*parse_service(services[below(std::size(services))])};
    if (below(2) == 0) {
      made.prefix = parse_prefix(addresses[below(std::size(addresses))]);
    } else {
      made.names = {*DomainName::parse(names[below(std::size(names))])};
      for (unsigned i = 1 + below(2); i > 0; --i)
        made.addresses.push_back(*parse_prefix(addresses[below(std::size(addresses))]));
    }
    made.evidence.seen = 1 + below(5);
    if (below(4) != 0) made.evidence.first = made.evidence.last = Micros{below(2'000'000'000)} * second;
    made.evidence.by = {"audit"};
    return made;
  };
  for (unsigned id = 0; id < 3; ++id) {
    Subject subject;
    subject.label = "uid-" + std::to_string(id * 10);
    subject.uids = {{id * 10, id * 10}};
    if (below(3) == 0) subject.gids = {{below(3), 0}};
    if (!subject.gids.empty()) subject.gids.front().last = subject.gids.front().first;
    for (unsigned i = below(4); i > 0; --i) subject.allow.push_back(grant());
    for (unsigned i = below(3); i > 0; --i) subject.review.push_back({grant(), reasons[below(std::size(reasons))]});
    policy.subjects.push_back(std::move(subject));
  }
  if (below(3) == 0) policy.review.push_back({grant(), Reason::no_subject});
  normalize(policy);
  return policy;
}

// A comment behind every third line and above every fifth, and how many there are.
std::string commented(const std::string& text) {
  std::string out;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (++number % 5 == 0)
      out += std::string(line.find_first_not_of(' '), ' ') + "# over " + std::to_string(number) + "\n\n";
    out += line + (number % 3 == 0 ? "   # mark " + std::to_string(number) : "") + "\n";
    at = end + 1;
  }
  return out;
}

std::vector<std::string> comments_of(const std::string& text) {
  std::vector<std::string> found;
  for (const std::string_view word : {"# over ", "# mark "})
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1))
      found.push_back(text.substr(at, text.find('\n', at) - at));
  std::sort(found.begin(), found.end());
  return found;
}

void check_extension(const std::string& text, const Policy& learnt, const ExtendOptions& options) {
  CAPTURE(text);
  CAPTURE(write_policy_yaml(learnt));
  Extended result;
  const std::string once = extended(text, learnt, options, &result);
  REQUIRE(once != "");
  CAPTURE(once);
  REQUIRE(comments_of(once) == comments_of(text));
  const std::string twice = extended(once, learnt, options);
  REQUIRE(twice == once);

  Policy base = extend_tests::written(text);
  normalize(base);
  Policy more = extend_tests::written(once);
  normalize(more);
  Diagnostics diagnostics;
  validate(more, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), diagnostics.render(false));
  // Nothing that was granted is lost; but a user who was not governed may be a subject now.
  if (base.scope == Scope::subjects && result.summary.subjects != 0) return;
  REQUIRE((flows_of(base, std::nullopt) - flows_of(more, std::nullopt)).empty());
}

TEST_CASE("An extended file says what the policy and the additions say, keeps its comments, and is extended once") {
  for (unsigned seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    const Policy policy = RandomPolicy(seed, true).make();
    const ExtendOptions options{seed % 2 == 0, seed % 4 == 0, seed % 3 == 0};
    check_extension(commented(write_policy_yaml(policy)), random_learnt(seed), options);
  }
}

TEST_CASE("So is a file with texts that nobody would write") {
  for (unsigned seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    check_extension(write_policy_yaml(RandomPolicy(seed).make()), random_learnt(seed + rounds), {true, true, false});
  }
}

TEST_CASE("What is pruned is not granted, and all the rest is") {
  for (unsigned seed = 0; seed < rounds; ++seed) {
    CAPTURE(seed);
    const std::string text = commented(write_policy_yaml(RandomPolicy(seed, true).make()));
    CAPTURE(text);
    const Policy base = extend_tests::written(text);
    Extended result{base, {}, {}};
    const auto pruned = prune(result, Micros{1'000'000'000} * second, nullptr);
    const std::string edited = edit_policy(text, base, result.policy);
    CAPTURE(edited);
    REQUIRE(normal_json(extend_tests::written(edited)) == normal_json(result.policy));
    REQUIRE(comments_of(edited) == comments_of(text));
    std::size_t before = 0;
    std::size_t after = 0;
    for (const Subject& subject : base.subjects) before += subject.allow.size();
    for (const Subject& subject : result.policy.subjects) after += subject.allow.size();
    REQUIRE(before == after + pruned.size());
  }
}

}  // namespace
}  // namespace egressc
