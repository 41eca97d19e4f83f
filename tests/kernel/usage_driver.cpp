// usage_driver POLICY LISTING: what each grant of the policy was used for, by what nft listed, as JSON and as text.
#include <fmt/core.h>

#include <fstream>
#include <iterator>

#include "egressc/lower.h"
#include "egressc/policy.h"
#include "model/document/document.h"
#include "usage/usage.h"

using namespace egressc;

namespace {

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Diagnostics diagnostics;
  const auto policy = read_policy(read(argv[1]), argv[1], nullptr, diagnostics);
  const auto lowered = policy ? lower_policy(*policy, {}, diagnostics) : std::nullopt;
  const auto counts = read_table_counts(read(argv[2]), argv[2], diagnostics);
  fmt::print(stderr, "{}", diagnostics.render(false));
  if (!lowered || !counts) return 1;
  const Usage usage = usage_of(*policy, lowered->ruleset, *counts, std::nullopt);
  fmt::print(stderr, "{}", describe_usage(usage, false));
  JsonText json;
  add_usage(json, usage);
  fmt::print("{}", json.print());
  return 0;
}
