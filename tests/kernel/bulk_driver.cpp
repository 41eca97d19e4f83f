// Changes the ruleset of this network namespace in one of two ways, for tests that compare them.
// bulk-driver bulk|libnftables|either check|commit FILE [GENERATION]
#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/nft/bulk.h"
#include "kernel/nft/nft.h"

using namespace egressc;

namespace {

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int fail(const Failure& failure) {
  fmt::print("failure {}\n", failure.message);
  return 1;
}

int show(const Change& change) {
  constexpr std::string_view outcomes[] = {"done", "refused", "outdated"};
  fmt::print("{} {}\n{}", outcomes[static_cast<std::size_t>(change.outcome)], change.generation,
             change.refusal.render(false));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  std::optional<kernel::Commit> commit;
  if (std::string_view(arguments[2]) == "commit") commit.emplace();
  if (commit && count > 4) commit->generation = static_cast<std::uint32_t>(std::strtoul(arguments[4], nullptr, 10));
  const std::string text = read(arguments[3]);
  using Saved = std::numeric_limits<std::ptrdiff_t>;
  const std::string_view way = arguments[1];
  if (way == "bulk") {
    const auto batch = kernel::batch_in_bulk(text, Saved::min());
    const auto changed = batch ? kernel::send_in_bulk(*batch, commit) : std::optional<Change>();
    if (!changed) return fail(changed.failure());
    if (*changed) return show(**changed);
    fmt::print("left\n");
    return 0;
  }
  // "either": as egressc does, but for the threshold.
  const std::ptrdiff_t bulk = way == "either" ? Saved::min() : Saved::max();
  const std::string file = "file";
  const auto changed = kernel::ready_change(text, file, commit, kernel::batch_in_bulk(text, bulk))();
  return changed ? show(*changed) : fail(changed.failure());
}
