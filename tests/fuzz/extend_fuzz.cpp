// Any bytes as a policy file, extended by the same logs: the text says what the file said and what is new, keeps its
// comments, and is not extended a second time.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/policy.h"
#include "extend/extend.h"

namespace {

using namespace egressc;

constexpr std::string_view logs = R"(egressc: 1
scope: subjects
subjects:
  uid-1001:
    uid: 1001
    allow:
      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7, 198.51.100.9],
         evidence: {seen: 3, first: 2026-11-01T00:00:00Z, last: 2026-11-02T00:00:00Z, by: [audit], exe: [/usr/bin/x]}}
      - {to: 203.0.113.9, ports: [tcp/22], evidence: {seen: 1, by: [netfilter], gid: [7]}}
    review:
      - {to: 192.0.2.9, ports: [tcp/443], reason: denied, evidence: {seen: 1, by: [netfilter]}}
      - {to: 169.254.169.254, ports: [tcp/80], reason: metadata}
  uid-2:
    uid: 2
    allow:
      - {to: 203.0.113.9, ports: [tcp/22]}
review:
  - {to: 203.0.113.77, ports: [udp/53], reason: no-subject}
)";

void require(bool holds) {
  if (!holds) std::abort();
}

std::optional<Policy> read(std::string_view text) {
  Diagnostics diagnostics;
  return read_policy_as_written(text, "input", nullptr, diagnostics);
}

std::string normal(Policy policy) {
  normalize(policy);
  return write_policy_json(policy);
}

bool is_valid(Policy policy) {
  normalize(policy);
  Diagnostics diagnostics;
  validate(policy, diagnostics);
  return !diagnostics.has_errors();
}

// The lines that are nothing but a comment, without their indentation.
std::vector<std::string_view> comments(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) found.push_back(line);
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What moves from lines into a list in brackets leaves its comments behind.
enum class Comments { stay, may_be_lost };

void check(std::string_view text, const Policy& base, const Policy& after, Comments expected) {
  const std::string edited = edit_policy(text, base, after);
  const auto again = read(edited);
  require(again.has_value() && normal(*again) == normal(after));
  if (is_json(text) || expected == Comments::may_be_lost) return;
  const auto kept = comments(edited);
  const auto had = comments(text);
  require(std::includes(kept.begin(), kept.end(), had.begin(), had.end()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Policy learnt = *read(logs);
  const auto base = read(text);
  if (!base) return 0;
  for (const bool accept : {false, true}) {
    const Extended extended = extend_policy(*base, learnt, {true, accept, false});
    if (!is_valid(extended.policy)) continue;
    check(text, *base, extended.policy, accept ? Comments::may_be_lost : Comments::stay);
    const std::string once = edit_policy(text, *base, extended.policy);
    const Policy again = *read(once);
    require(edit_policy(once, again, extend_policy(again, learnt, {true, accept, false}).policy) == once);
  }
  Extended unchanged{*base, {}, {}};
  if (!is_json(text)) require(edit_policy(text, *base, unchanged.policy) == text);
  prune(unchanged, Micros{2'000'000'000} * second, nullptr);
  check(text, *base, unchanged.policy, Comments::may_be_lost);
  return 0;
}
