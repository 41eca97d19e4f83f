#include "learn/gather.h"

namespace egressc::learn {
Gathered gather(std::span<const Observations> inputs, const LearnOptions& options, LearnSummary& summary,
                Diagnostics& diagnostics) {
  warn_of_times(inputs, options.dns_grace, diagnostics);
  std::deque<Observations> joined;
  std::vector<Attempt> attempts = collect_attempts(inputs, options, joined, summary);
  const AskerIndex askers(inputs);
  NameIndex names(inputs, askers, options.dns_grace);
  auto unmatched = match_claims(inputs, askers, names, options, attempts, summary);
  return {std::move(joined), std::move(attempts), std::move(names), std::move(unmatched)};
}

}  // namespace egressc::learn
