// What the kernel did, held against what the policy says.
#include <algorithm>
#include <cassert>
#include <map>

#include "egressc/policy.h"
#include "rehearse/rehearse.h"

namespace egressc::rehearse {
namespace {

void count(ProbeCount& into, const Probe& probe, Passed passed) {
  if (passed == Passed::not_sent) {
    ++into.not_sent;
  } else if (probe.allowed) {
    ++into.allowed;
    into.passed += passed == Passed::left;
  } else {
    ++into.denied;
    into.stopped += passed == Passed::stopped;
  }
}

}  // namespace
}  // namespace egressc::rehearse

namespace egressc {

std::string_view to_string(ProbeKind kind) {
  constexpr std::string_view words[] = {
      "grant", "resolver", "expired",  "address",           "port",     "protocol", "family",
      "user",  "group",    "metadata", "unlisted-resolver", "loopback", "elsewhere"};
  static_assert(std::size(words) == probe_kinds);
  return words[static_cast<std::size_t>(kind)];
}

ProbeCount& ProbeCount::operator+=(const ProbeCount& other) {
  allowed += other.allowed;
  passed += other.passed;
  denied += other.denied;
  stopped += other.stopped;
  not_sent += other.not_sent;
  return *this;
}

ProbeCount SubjectCount::total() const {
  ProbeCount sum;
  for (const ProbeCount& kind : kinds) sum += kind;
  return sum;
}

ProbeCount RehearsalResult::total() const {
  ProbeCount sum;
  for (const SubjectCount& subject : subjects) sum += subject.total();
  return sum;
}

RehearsalResult judge_rehearsal(const Policy& policy, std::span<const Probe> probes,
                                std::span<const Passage> passages) {
  assert(probes.size() == passages.size());
  RehearsalResult result;
  std::map<const Subject*, SubjectCount> counts;
  std::map<int, Unsent> unsent;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const Probe& probe = probes[i];
    const Passage& passage = passages[i];
    rehearse::count(counts[probe.subject].kinds[static_cast<std::size_t>(probe.kind)], probe, passage.passed);
    if (passage.passed == Passed::not_sent)
      ++unsent.try_emplace(passage.error, Unsent{passage.error, 0, i}).first->second.count;
    else if (probe.allowed != (passage.passed == Passed::left))
      result.mismatches.push_back(i);
  }
  const auto add = [&](const Subject* subject) {
    const auto found = counts.find(subject);
    if (found == counts.end()) return;
    result.subjects.push_back(found->second);
    result.subjects.back().subject = subject;
  };
  for (const Subject& subject : policy.subjects) add(&subject);
  add(nullptr);
  for (const auto& [error, flows] : unsent) result.unsent.push_back(flows);
  return result;
}

}  // namespace egressc
