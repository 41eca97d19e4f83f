// nft_json_compare SEED: prints the ruleset of a random policy for nft.
// nft_json_compare SEED LISTING: says whether what the kernel lists of it, in a file, means the same.
#include <fmt/core.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "egressc/backends.h"
#include "egressc/flow_space.h"
#include "egressc/lower.h"
#include "egressc/readers.h"
#include "policy_random.h"

int main(int count, char** arguments) {
  using namespace egressc;
  if (count < 2) return EXIT_FAILURE;
  const Policy policy = policy_tests::RandomPolicy(static_cast<unsigned>(std::stoul(arguments[1])), true).make();
  Diagnostics diagnostics;
  const auto lowered = lower_policy(policy, {"0.1.0", std::nullopt, ""}, diagnostics);
  if (!lowered) return EXIT_FAILURE;
  const std::string text = print_nftables(lowered->ruleset);
  if (count == 2) {
    fmt::print("{}", text);
    return EXIT_SUCCESS;
  }
  std::ifstream file(arguments[2]);
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto written = read_nftables(text, "text", diagnostics);
  const auto listed = read_nftables_json(json, "listing", diagnostics);
  if (!written || !listed) {
    fmt::print("{}", diagnostics.render(false));
    return EXIT_FAILURE;
  }
  const Meaning expected = evaluate(*written, possible_flows());
  const Meaning found = evaluate(*listed, possible_flows());
  const bool is_same = found.least == expected.least && found.most == expected.most;
  const FlowSpace flows = flows_of(policy, std::nullopt);
  const FlowSpace baseline = baseline_flows(policy);
  const bool is_policy = found.least - baseline == flows - baseline && found.most - baseline == flows - baseline;
  if (!is_same) fmt::print("seed {}: not what the text says\n{}", arguments[1], text);
  if (!is_policy) fmt::print("seed {}: not what the policy says\n{}", arguments[1], text);
  return is_same && is_policy ? EXIT_SUCCESS : EXIT_FAILURE;
}
