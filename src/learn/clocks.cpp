// Whether the times of the inputs fit together: without that no answer names a connection.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "learn/gather.h"

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

struct Seen {
  Address address;
  Micros at = no_time;
  Micros life = 0;  // of an answer: how long it may be used
  auto operator<=>(const Seen&) const = default;
};

// What is compared of two inputs, however long they are.
constexpr std::size_t most_connections = 512;
constexpr std::size_t most_answers = 32;  // to the same address

// A connection follows its answer within so much, as a rule. Which names it may have at most is another matter.
constexpr Micros earliest = 2 * second;
constexpr Micros soon = 120 * second;

constexpr Micros minute = 60 * second;
constexpr Micros zone_step = 15 * minute;    // all zones in use are multiples of it
constexpr int fewest_steps = 2;              // less is no zone, but a clock that is wrong
constexpr int most_steps = 14 * 4;           // 14 hours, to either side
constexpr std::size_t fewest_addresses = 5;  // of fewer, it may be chance

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

// The first connection to each address, as many as are compared, spread over the input; by address.
std::vector<Seen> sample_connections(const Observations& input) {
  std::vector<Seen> sample;
  const std::size_t step = 1 + (input.flows().size() + input.socket_events.size()) / (8 * most_connections);
  std::size_t next = 0;
  const auto add = [&](const Address& to, Micros at) {
    if (at != no_time && next++ % step == 0) sample.push_back({to, at});
  };
  for (const Flow& flow : input.flows()) add(flow.to, flow.first);
  for (const SocketEvent& event : input.socket_events)
    if (event.has_address) add(event.to, event.at);
  std::sort(sample.begin(), sample.end());
  sample.erase(
      std::unique(sample.begin(), sample.end(), [](const Seen& a, const Seen& b) { return a.address == b.address; }),
      sample.end());
  if (sample.size() > most_connections) {
    const std::size_t stride = sample.size() / most_connections + 1;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sample.size(); i += stride) sample[kept++] = sample[i];
    sample.resize(kept);
  }
  return sample;
}

// The answers that hold an address of `connections`; by address and time.
std::vector<Seen> answers_to(const std::vector<Seen>& connections, const Observations& resolver, Micros grace) {
  std::vector<Seen> answers;
  std::vector<std::size_t> counts(connections.size());
  for (const Resolution& resolution : resolver.resolutions) {
    if (resolution.at == no_time || resolution.at == any_time) continue;
    const auto found =
        std::lower_bound(connections.begin(), connections.end(), resolution.answer,
                         [](const Seen& seen, const Address& address) { return seen.address < address; });
    if (found == connections.end() || found->address != resolution.answer) continue;
    if (counts[static_cast<std::size_t>(found - connections.begin())]++ >= most_answers) continue;
    answers.push_back({resolution.answer, resolution.at, life_of(resolution) + grace});
  }
  std::sort(answers.begin(), answers.end());
  return answers;
}

// How many connections an answer precedes, with the answers' times shifted.
struct Fit {
  std::size_t count = 0;
  std::size_t held = 0;  // that any answer holds, whenever
  Micros lag = 0;        // of all that fit
};

Fit fit_of(const std::vector<Seen>& connections, const std::vector<Seen>& answers, Micros shift, Micros latest) {
  Fit fit;
  for (const Seen& connection : connections) {
    const auto none = std::lower_bound(answers.begin(), answers.end(), Seen{connection.address, no_time});
    if (none == answers.end() || none->address != connection.address) continue;
    ++fit.held;
    const Micros at = connection.at - shift;
    const auto after = std::upper_bound(none, answers.end(), Seen{connection.address, at + earliest});
    if (after == none || at - (after - 1)->at > std::min(latest, (after - 1)->life)) continue;
    ++fit.count;
    fit.lag += std::abs(at - (after - 1)->at);
  }
  return fit;
}

std::string signed_clock(Micros offset) {
  const Micros minutes = std::abs(offset) / minute;
  return fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// Where names hardly fit, but nearly all would with the answers some quarter hours earlier or later: a time zone.
bool warn_of_zone(const Observations& resolver, const Observations& other, Micros grace, Diagnostics& diagnostics) {
  const std::vector<Seen> connections = sample_connections(other);
  const std::vector<Seen> answers = answers_to(connections, resolver, grace);
  const Fit now = fit_of(connections, answers, 0, any_time);
  if (now.held < fewest_addresses || now.count * 5 > now.held) return false;
  Fit best;
  Micros shift = 0;
  for (int step = -most_steps; step <= most_steps; ++step) {
    if (std::abs(step) < fewest_steps) continue;
    const Fit fit = fit_of(connections, answers, step * zone_step, soon);
    if (fit.count < best.count || (fit.count == best.count && fit.lag >= best.lag)) continue;
    best = fit;
    shift = step * zone_step;
  }
  if (best.count * 5 < now.held * 4) return false;
  const bool resolver_is_local = resolver.assumed_offset.has_value();
  const bool other_is_local = other.assumed_offset.has_value();
  const Micros zone =
      resolver_is_local ? *resolver.assumed_offset * minute - shift : other.assumed_offset.value_or(0) * minute + shift;
  diagnostics.warning(
      {resolver.file, 0, 0},
      fmt::format("it seems to be in another time zone, so it names hardly anything: of {} addresses that its answers "
                  "hold and {} reaches, {} fit in time, and {} would if its times were {} hours {}",
                  now.held, other.file, now.count, best.count, signed_clock(shift).substr(1),
                  shift < 0 ? "earlier" : "later"),
      resolver_is_local != other_is_local
          ? fmt::format("if {} is in local time, say --timezone {}", resolver_is_local ? resolver.file : other.file,
                        signed_clock(zone))
          : "--timezone is of all times without a zone: convert the one that is off");
  return true;
}

// A resolver's log that covers none of the connections names nothing: most often a time zone or a year is wrong.
void warn_of_other_times(const Observations& resolver, const Observations& other, Micros grace,
                         Diagnostics& diagnostics) {
  constexpr Micros slack = 3600 * second;
  const Span answers = answers_of(resolver);
  const Span attempts = connections_of(other);
  if (answers.first == no_time || attempts.first == no_time) return;
  if (resolver.trust != Trust::claimed && warn_of_zone(resolver, other, grace, diagnostics)) return;
  if (answers.overlaps(attempts, slack)) return;
  diagnostics.warning({resolver.file, 0, 0},
                      fmt::format("its answers ({} to {}) do not overlap the connections of {} ({} to {}), so they "
                                  "name none of them",
                                  to_string_utc(answers.first), to_string_utc(answers.last), other.file,
                                  to_string_utc(attempts.first), to_string_utc(attempts.last)),
                      "if one of them is off, say --timezone, --year or --boot-time");
}

// What has no time is joined with nothing: an answer of later could name what was reached before.
void warn_of_no_times(const Observations& input, bool has_names, Diagnostics& diagnostics) {
  const auto answers =
      static_cast<std::size_t>(std::count_if(input.resolutions.begin(), input.resolutions.end(),
                                             [](const Resolution& resolution) { return resolution.at == no_time; }));
  if (answers != 0)
    diagnostics.warning(
        {input.file, 0, 0},
        answers == input.resolutions.size()
            ? fmt::format("none of its answers has a time, so its {} answer(s) name nothing", answers)
            : fmt::format("{} of its {} answers have no time and name nothing", answers, input.resolutions.size()),
        "log with times: `docker logs -t`, a syslog daemon or the journal adds them");
  if (!has_names || input.uptime_only) return;
  const auto flows = static_cast<std::size_t>(std::count_if(input.flows().begin(), input.flows().end(),
                                                            [](const Flow& flow) { return flow.first == no_time; }));
  if (flows != 0)
    diagnostics.warning({input.file, 0, 0},
                        fmt::format("{} of its {} connections have no time that is understood, so no answer names them",
                                    flows, input.flows().size()),
                        "log with times that have a zone, such as those of RFC 3339");
}

}  // namespace

// Of times without a year or a boot time, or of another zone, and of resolvers' logs that cover none of the
// connections.
void warn_of_times(std::span<const Observations> inputs, Micros grace, Diagnostics& diagnostics) {
  const bool has_names = std::any_of(inputs.begin(), inputs.end(), [](const Observations& input) {
    return input.trust != Trust::claimed && !input.resolutions.empty();
  });
  for (const Observations& input : inputs) {
    if (input.undated)
      diagnostics.warning({input.file, 0, 0}, "its times have no year and no other input has one: taken as 2000",
                          "say --year");
    if (input.uptime_only && input.trust != Trust::claimed)
      diagnostics.warning({input.file, 0, 0},
                          "its times are seconds since boot, so its connections cannot be joined with other inputs",
                          "say --boot-time, as `date -Is -d \"$(uptime -s)\"` prints it");
    if (input.trust != Trust::claimed) warn_of_no_times(input, has_names, diagnostics);
  }
  for (const Observations& resolver : inputs)
    for (const Observations& other : inputs) warn_of_other_times(resolver, other, grace, diagnostics);
}

}  // namespace egressc::learn
