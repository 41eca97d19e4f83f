#include "learn/gather.h"

#include <fmt/core.h>

namespace egressc::learn {
namespace {

struct Span {
  Micros first = no_time;
  Micros last = no_time;

  void add(Micros at) { widen(first, last, at, at); }
  bool overlaps(const Span& other, Micros slack) const {
    return first - slack <= other.last && other.first - slack <= last;
  }
};

Span connections_of(const Observations& input) {
  Span span;
  for (const Flow& flow : input.flows()) {
    span.add(flow.first);
    span.add(flow.last);
  }
  for (const SocketEvent& event : input.socket_events) span.add(event.at);
  return span;
}

Span answers_of(const Observations& input) {
  Span span;
  for (const Resolution& resolution : input.resolutions)
    if (resolution.at != any_time) span.add(resolution.at);
  return span;
}

// A resolver's log that covers none of the connections names nothing: most often a time zone or a year is wrong.
void warn_of_disjoint_times(std::span<const Observations> inputs, Diagnostics& diagnostics) {
  constexpr Micros slack = 3600 * second;
  for (const Observations& resolver : inputs) {
    const Span answers = answers_of(resolver);
    if (answers.first == no_time) continue;
    for (const Observations& other : inputs) {
      const Span attempts = connections_of(other);
      if (attempts.first == no_time || answers.overlaps(attempts, slack)) continue;
      diagnostics.warning({resolver.file, 0, 0},
                          fmt::format("its answers ({} to {}) do not overlap the connections of {} ({} to {}), so they "
                                      "name none of them",
                                      to_string_utc(answers.first), to_string_utc(answers.last), other.file,
                                      to_string_utc(attempts.first), to_string_utc(attempts.last)),
                          "if one of them is off, say --timezone, --year or --boot-time");
    }
  }
}

// Of times without a year or a boot time, and of resolvers' logs that cover none of the connections.
void warn_of_times(std::span<const Observations> inputs, Diagnostics& diagnostics) {
  for (const Observations& input : inputs) {
    if (input.undated)
      diagnostics.warning({input.file, 0, 0}, "its times have no year and no other input has one: taken as 2000",
                          "say --year");
    if (input.uptime_only && input.trust != Trust::claimed)
      diagnostics.warning({input.file, 0, 0},
                          "its times are seconds since boot, so its connections cannot be joined with other inputs",
                          "say --boot-time, as `date -Is -d \"$(uptime -s)\"` prints it");
  }
  warn_of_disjoint_times(inputs, diagnostics);
}

}  // namespace

Gathered gather(std::span<const Observations> inputs, const LearnOptions& options, LearnSummary& summary,
                Diagnostics& diagnostics) {
  warn_of_times(inputs, diagnostics);
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
