#include "report/summary.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "egressc/compare.h"
#include "egressc/policy.h"
#include "report/words.h"

namespace egressc::report {
namespace {

constexpr std::size_t few = 5;

void append_one_family(std::string& out, std::span<const OneFamily> names, std::size_t most) {
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    const OneFamily& name = names[i];
    const Family other = name.family == Family::ipv4 ? Family::ipv6 : Family::ipv4;
    fmt::format_to(std::back_inserter(out), "note: {} may reach {} over {} alone: {}\n", printable(name.subject),
                   printable(name.name, 253), family_text(name.family),
                   name.has_other ? fmt::format("its {} addresses are denied", family_text(other))
                                  : fmt::format("the policy knows no {} address of it", family_text(other)));
  }
  if (names.size() > most)
    fmt::format_to(std::back_inserter(out), "note: and {} more names over one family alone (--verbose lists them)\n",
                   names.size() - most);
}

void append_rules(std::string& out, std::span<const Undecided> rules, std::size_t most) {
  for (std::size_t i = 0; i < std::min(rules.size(), most); ++i) {
    const Undecided& rule = rules[i];
    fmt::format_to(std::back_inserter(out), "  {}: {}\n    {}\n", place_text({rule.where.file, rule.where.line, 0}),
                   printable(rule.why), printable(rule.text));
  }
  if (rules.size() > most)
    fmt::format_to(std::back_inserter(out), "  and {} more (--verbose lists them)\n", rules.size() - most);
}

void append_undecided(std::string& out, std::string_view where, std::span<const Undecided> rules, std::string_view what,
                      std::size_t most) {
  if (rules.empty()) return;
  fmt::format_to(std::back_inserter(out), "undecided in {}: {}; {}\n", printable(where), counted(rules.size(), "rule"),
                 what);
  append_rules(out, rules, most);
}

bool same_rules(const std::vector<Undecided>& a, const std::vector<Undecided>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Undecided& x, const Undecided& y) { return x.text == y.text && x.why == y.why; });
}

void append_undecided(std::string& out, const Difference& difference, const Side& before, const Side& after,
                      std::size_t most) {
  const bool marked = !difference.possibly_added.empty() || !difference.possibly_removed.empty();
  const auto& old_rules = before.meaning.undecided;
  const auto& new_rules = after.meaning.undecided;
  if (!marked && same_rules(old_rules, new_rules)) {
    append_undecided(out, "both", new_rules, "taken to do the same in both", most);
    return;
  }
  const std::string_view what =
      marked ? "\"?\" marks what depends on undecided rules" : "no difference depends on them";
  append_undecided(out, before.name, old_rules, what, most);
  append_undecided(out, after.name, new_rules, what, most);
}

void append_left_out(std::string& out, const Difference& difference, const Side& before, const Side& after) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    FlowBox box;
    box.addresses = range_of(Prefix{{family, 0, 0}, 0});
    if (!(difference.universe & FlowSpace(box)).empty()) continue;
    const Side& silent = (before.universe & FlowSpace(box)).empty() ? before : after;
    fmt::format_to(std::back_inserter(out), "note: {} says nothing of {}, which is not compared\n",
                   printable(silent.name), family_text(family));
  }
}

std::size_t count(std::span<const SubjectDifference> subjects, FlowList SubjectDifference::*list) {
  std::size_t lines = 0;
  for (const SubjectDifference& subject : subjects) lines += (subject.*list).all_but ? 1 : (subject.*list).lines.size();
  return lines;
}

std::string closing(const Difference& difference, std::span<const SubjectDifference> subjects) {
  if (difference.empty()) return "no difference: both let through the same flows\n";
  std::string text;
  const auto add = [&](FlowList SubjectDifference::*list, std::string_view what) {
    if (const std::size_t lines = count(subjects, list); lines != 0)
      text += text.empty() ? fmt::format("{} {}", counted(lines, "line"), what) : fmt::format(", {} {}", lines, what);
  };
  add(&SubjectDifference::added, "newly allowed");
  add(&SubjectDifference::removed, "newly denied");
  add(&SubjectDifference::possibly_added, "possibly allowed");
  add(&SubjectDifference::possibly_removed, "possibly denied");
  return text + "\n";
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

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
                        counted(log.lines, "line"));
    if (skipped != 0) text += fmt::format(", {} not used", skipped);
    text += '\n';
    if (!log.forgeable.empty() && log.trust != Trust::claimed)
      text += fmt::format("  note: any local user can have written lines of it; {}\n", log.forgeable);
    if (!verbose) continue;
    for (const Skipped& reason : log.skipped)
      text += fmt::format("  {:>8}  {} (first: line {})\n", reason.count, reason.reason, reason.first_line);
  }
  return text;
}

std::string describe_learning(const LearnSummary& summary, bool verbose) {
  const Counted parts[] = {
      {summary.granted, "granted"},
      {summary.review, "for review"},
      {summary.annotated, "claims that a log bears out"},
      {summary.tails, "packets without an owner"},
      {summary.not_egress, "system calls that reach nobody"},
      {summary.filtered, "left out by the options"},
  };
  std::string text = counts_text(parts);
  if (!text.empty()) text = fmt::format("attempts: {}\n", text);
  if (summary.unattributed != 0)
    text += fmt::format("names: {} not used: no packet log tells who asked\n", counted(summary.unattributed, "answer"));
  if (summary.mentioned == 0) return text;
  text += fmt::format("{} only mentioned, and not listed", counted(summary.mentioned, "name"));
  if (verbose) {
    std::string few;
    for (const std::string& name : summary.mentioned_names) few += (few.empty() ? "" : ", ") + printable(name);
    text += fmt::format(": {}{}", few, summary.mentioned > summary.mentioned_names.size() ? ", …" : "");
  }
  return text + "\n";
}

std::string describe_generalized(std::span<const Generalized> generalized) {
  std::string text;
  for (const Generalized& made : generalized) {
    text += fmt::format(
        "{}: {} {} stands for {}: {}\n  it opens their addresses and no other; made live, it would add every name "
        "below {}\n",
        printable(made.subject), made.pattern.spelling(), joined(made.services), counted(made.names.size(), "name"),
        to_string(made.names), made.pattern.key().substr(2));
  }
  return text;
}

std::string describe_cut(std::size_t count) {
  return count == 0 ? std::string() : fmt::format("guard: {} cut\n", counted(count, "grant"));
}

std::string describe_policy(const Policy& policy, const std::string& hash) {
  std::size_t grants = 0;
  std::map<std::string_view, std::size_t> reasons;
  for (const Review& review : policy.review) ++reasons[to_string(review.reason)];
  for (const Subject& subject : policy.subjects) {
    grants += subject.allow.size();
    for (const Review& review : subject.review) ++reasons[to_string(review.reason)];
  }
  std::vector<Counted> counts;
  for (const auto& [reason, count] : reasons) counts.emplace_back(count, reason);
  const std::string review = counts_text(counts);
  return fmt::format("policy: scope {}, {}, {}{}, sha256:{}\n", to_string(policy.scope),
                     counted(policy.subjects.size(), "subject"), counted(grants, "grant"),
                     review.empty() ? "" : fmt::format(", to review: {}", review), hash);
}

std::string diff_notes(const Difference& difference, std::span<const SubjectDifference> subjects,
                       std::span<const OneFamily> one_family, const Side& before, const Side& after, bool verbose) {
  using namespace report;
  const std::size_t most = verbose ? static_cast<std::size_t>(-1) : few;
  std::string out;
  append_one_family(out, one_family, most);
  append_undecided(out, difference, before, after, most);
  append_left_out(out, difference, before, after);
  if (!subjects.empty() || !out.empty()) out.insert(0, subjects.empty() ? "" : "\n");
  return out + closing(difference, subjects);
}

}  // namespace egressc
