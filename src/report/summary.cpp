#include "report/summary.h"

#include <fmt/core.h>

#include <map>

#include "egressc/diagnostics.h"

namespace egressc {
std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string duration_text(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string describe_logs(std::span<const Observations> logs, bool verbose) {
  std::string text;
  for (const Observations& log : logs) {
    std::uint64_t skipped = 0;
    for (const Skipped& reason : log.skipped) skipped += reason.count;
    text += fmt::format("{}: {} ({}), {}", printable(log.file), log.format, to_string(log.trust),
                        plural(log.lines, "line", "lines"));
    if (skipped != 0) text += fmt::format(", {} not used", skipped);
    text += '\n';
    if (!verbose) continue;
    for (const Skipped& reason : log.skipped)
      text += fmt::format("  {:>8}  {} (first: line {})\n", reason.count, reason.reason, reason.first_line);
  }
  return text;
}

std::string describe_learning(const LearnSummary& summary) {
  const std::pair<std::uint64_t, std::string_view> parts[] = {
      {summary.granted, "granted"},
      {summary.review, "for review"},
      {summary.annotated, "claims that a log bears out"},
      {summary.tails, "packets without an owner"},
      {summary.not_egress, "system calls that reach nobody"},
      {summary.filtered, "left out by the options"},
  };
  std::string text;
  for (const auto& [count, what] : parts)
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  return text.empty() ? text : fmt::format("attempts: {}\n", text);
}

std::string describe_generalized(std::span<const Generalized> generalized) {
  std::string text;
  for (const Generalized& made : generalized) {
    std::string services;
    for (const Service& service : made.services) services += (services.empty() ? "" : ", ") + to_string(service);
    text += fmt::format(
        "{}: {} {} stands for {}: {}\n  it opens their addresses and no other; made live, it would add every name "
        "below {}\n",
        printable(made.subject), made.pattern.spelling(), services, plural(made.names.size(), "name", "names"),
        to_string(made.names), made.pattern.key().substr(2));
  }
  return text;
}

std::string describe_cut(std::size_t count) {
  return count == 0 ? std::string() : fmt::format("guard: {} cut\n", plural(count, "grant", "grants"));
}

std::string describe_policy(const Policy& policy, const std::string& hash) {
  std::size_t grants = 0;
  std::map<std::string_view, std::size_t> reasons;
  for (const Review& review : policy.review) ++reasons[to_string(review.reason)];
  for (const Subject& subject : policy.subjects) {
    grants += subject.allow.size();
    for (const Review& review : subject.review) ++reasons[to_string(review.reason)];
  }
  std::string review;
  for (const auto& [reason, count] : reasons)
    review += fmt::format("{}{} {}", review.empty() ? "" : ", ", count, reason);
  return fmt::format("policy: scope {}, {}, {}{}, sha256:{}\n", to_string(policy.scope),
                     plural(policy.subjects.size(), "subject", "subjects"), plural(grants, "grant", "grants"),
                     review.empty() ? "" : fmt::format(", to review: {}", review), hash);
}

}  // namespace egressc
