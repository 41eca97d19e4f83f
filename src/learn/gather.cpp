#include "learn/gather.h"

#include <fmt/core.h>

namespace egressc::learn {
Gathered gather(std::span<const Observations> inputs, const LearnOptions& options, LearnSummary& summary,
                Diagnostics& diagnostics) {
  warn_of_times(inputs, options.dns_grace, diagnostics);
  std::deque<Observations> joined;
  std::vector<Attempt> attempts = collect_attempts(inputs, options, joined, summary);
  if (options.max_flows && attempts.size() > *options.max_flows)
    diagnostics.error(
        {}, fmt::format("the logs show {} flows, more than --max-flows {}", attempts.size(), *options.max_flows),
        "choose fewer with --uid, --since and --until, or raise --max-flows");
  const AskerIndex askers(inputs);
  NameIndex names(inputs, askers, options.dns_grace);
  summary.unattributed = names.unattributed();
  auto unmatched = match_claims(inputs, askers, names, options, attempts, summary);
  return {std::move(joined), std::move(attempts), std::move(names), std::move(unmatched)};
}

}  // namespace egressc::learn
