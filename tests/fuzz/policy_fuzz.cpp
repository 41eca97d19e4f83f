// Any bytes as a policy file: a policy that is written again as it was read, or errors; and the readers agree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/policy.h"
#include "model/document/yaml.h"

namespace {

using namespace egressc;

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(const Tree& a, NodeId x, const Tree& b, NodeId y) {
  if (a.kind(x) != b.kind(y) || a.mark(x) != b.mark(y) || a.text(x) != b.text(y)) return false;
  NodeId i = a.first(x);
  NodeId j = b.first(y);
  for (; i != no_node && j != no_node; i = a.next(i), j = b.next(j))
    if (!same(a, i, b, j)) return false;
  return i == j;
}

void check_round_trip(const Policy& policy) {
  const std::string yaml = write_policy_yaml(policy);
  for (const std::string& text : {yaml, write_policy_json(policy)}) {
    Diagnostics diagnostics;
    const auto again = read_policy(text, "again", nullptr, diagnostics);
    require(again.has_value());
    require(write_policy_yaml(*again) == yaml);
    require(policy_hash(*again) == policy_hash(policy));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const auto policy = read_policy(text, "input", nullptr, diagnostics);
  require(policy.has_value() != diagnostics.has_errors());
  diagnostics.render(true);
  if (policy) check_round_trip(*policy);

  if (const auto quick = model::read_common_yaml(text)) {
    Diagnostics of_slow;
    model::Complaints complaints(text, "input", of_slow);
    const auto slow = model::read_any_yaml(text, complaints);
    require(slow.has_value() && !complaints.any() && same(*quick, 0, *slow, 0));
  }
  return 0;
}
