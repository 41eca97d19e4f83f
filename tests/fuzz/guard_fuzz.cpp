// Any bytes as a guard: errors, or a guard that nothing is left beyond once it has cut a policy.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/ceiling.h"
#include "egressc/policy.h"

namespace {

using namespace egressc;

constexpr std::string_view granted = R"(egressc: 1
scope: subjects
subjects:
  a:
    uid: 1000
    allow:
      - {to: 0.0.0.0/0, ports: [any/443, icmp]}
      - {to: "2001:db8::/32", ports: [tcp]}
      - {to: api.example.com, ports: [tcp/443, udp/1000-2000], addresses: [192.0.2.7, 10.0.0.5], live: true}
      - {to: [a.example, pastebin.com], ports: [tcp/80], addresses: [192.0.2.8]}
  b:
    uid: 2000-2009
    gid: 7
    allow:
      - {to: "*.example.com", ports: [tcp/22], addresses: [192.0.2.7, 198.51.100.0/24]}
      - {to: 192.0.2.8, ports: [any]}
)";

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Diagnostics diagnostics;
  auto guard = read_guard({reinterpret_cast<const char*>(data), size}, "input", nullptr, diagnostics);
  require(guard.has_value() != diagnostics.has_errors());
  diagnostics.render(true);
  if (!guard) return 0;
  auto policy = read_policy(granted, "policy", nullptr, diagnostics);
  require(policy.has_value());
  const Ceiling ceiling({std::move(*guard)});
  // Whatever FlowSpace has room for.
  (void)within_flow_limit([&] {
    const bool is_beyond = !flows_beyond(*policy, ceiling.guards()).empty();
    require(!is_beyond || !excess_of(*policy, ceiling).empty());
    require((cut(*policy, ceiling) != 0) || !is_beyond);
    require(flows_beyond(*policy, ceiling.guards()).empty());
    require(excess_of(*policy, ceiling).empty());
    return true;
  });
  return 0;
}
