// What the kernel's answers mean.
#include <doctest/doctest.h>

#include <cerrno>

#include "policies.h"
#include "rehearse/rehearse.h"

using namespace egressc;
using namespace egressc::policies;

namespace {

Probe probe(ProbeKind kind, bool allowed, const Subject* subject) {
  Probe result;
  result.kind = kind;
  result.allowed = allowed;
  result.subject = subject;
  return result;
}

}  // namespace

TEST_CASE("answers are counted by subject and kind") {
  Policy policy;
  policy.subjects = {subject("a", {{1, 1}}, {}, {}), subject("b", {{2, 2}}, {}, {}), subject("c", {{3, 3}}, {}, {})};
  const Subject* const a = &policy.subjects[0];
  const Subject* const c = &policy.subjects[2];
  const Probe probes[] = {
      probe(ProbeKind::user, true, nullptr), probe(ProbeKind::grant, true, c), probe(ProbeKind::grant, true, c),
      probe(ProbeKind::port, false, c),      probe(ProbeKind::port, false, c), probe(ProbeKind::port, false, a),
      probe(ProbeKind::family, false, a),    probe(ProbeKind::grant, true, a),
  };
  const Passage answers[] = {
      {Passed::left, 0}, {Passed::left, 0},    {Passed::stopped, 0},       {Passed::stopped, 0},
      {Passed::left, 0}, {Passed::stopped, 0}, {Passed::not_sent, EACCES}, {Passed::not_sent, EACCES},
  };
  const RehearsalResult result = judge_rehearsal(policy, probes, answers);
  CHECK(result.mismatches == std::vector<std::size_t>{2, 4});
  REQUIRE(result.subjects.size() == 3);
  CHECK(result.subjects[0].subject == a);
  CHECK(result.subjects[1].subject == c);
  CHECK(result.subjects[2].subject == nullptr);
  CHECK(result.subjects[0].of(ProbeKind::port) == ProbeCount{0, 0, 1, 1, 0});
  CHECK(result.subjects[0].of(ProbeKind::family) == ProbeCount{0, 0, 0, 0, 1});
  CHECK(result.subjects[1].of(ProbeKind::grant) == ProbeCount{2, 1, 0, 0, 0});
  CHECK(result.subjects[1].of(ProbeKind::port) == ProbeCount{0, 0, 2, 1, 0});
  CHECK(result.subjects[1].total() == ProbeCount{2, 1, 2, 1, 0});
  CHECK(result.subjects[1].total().wrong() == 2);
  CHECK(result.total() == ProbeCount{3, 2, 3, 2, 2});
  CHECK(result.total().sent() == 6);
  REQUIRE(result.unsent.size() == 1);
  CHECK(result.unsent[0].error == EACCES);
  CHECK(result.unsent[0].count == 2);
  CHECK(result.unsent[0].first == 6);
}

TEST_CASE("each kind has a word of its own") {
  std::vector<std::string_view> words;
  for (std::size_t kind = 0; kind < probe_kinds; ++kind) words.push_back(to_string(static_cast<ProbeKind>(kind)));
  for (std::size_t i = 0; i < words.size(); ++i)
    for (std::size_t j = i + 1; j < words.size(); ++j) CHECK(words[i] != words[j]);
}
