#include "lint/findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <tuple>

namespace egressc {
namespace {

constexpr std::size_t most_names = 3;

const LintRule& rule_of(std::string_view id) {
  const auto rules = lint_rules();
  const auto rule = std::lower_bound(rules.begin(), rules.end(), id,
                                     [](const LintRule& known, std::string_view wanted) { return known.id < wanted; });
  assert(rule != rules.end() && rule->id == id);
  return *rule;
}

}  // namespace

void Tally::add(const Location& where, const std::string& name) {
  if (count_++ == 0) first_ = where;
  if (names_.size() < most_names) names_.push_back(name);
}

std::string Tally::names() const {
  const std::string first = fmt::format("{}", fmt::join(names_, ", "));
  return count_ == names_.size() ? first : fmt::format("{} and {} more", first, count_ - names_.size());
}

Finding& Findings::add(std::string_view rule, const Location& where, const Subject* subject, std::string message,
                       std::string remedy) {
  const LintRule& known = rule_of(rule);
  all_.push_back({known.id, known.severity, where, subject == nullptr ? std::string() : subject->label,
                  std::move(message), std::move(remedy), 1});
  if (all_.back().where.file.empty()) all_.back().where.file = file_;
  return all_.back();
}

Finding& Findings::add(std::string_view rule, std::string message, std::string remedy) {
  return add(rule, Location{}, nullptr, std::move(message), std::move(remedy));
}

void Findings::add(std::string_view rule, const Tally& tally, const Subject* subject, std::string message,
                   std::string remedy) {
  if (tally.count() == 0) return;
  add(rule, tally.first(), subject, fmt::format("{}: {}", message, tally.names()), std::move(remedy)).count =
      tally.count();
}

std::vector<Finding> Findings::take() {
  const auto place = [](const Finding& finding) {
    return std::make_tuple(finding.where.line, finding.where.column, finding.rule);
  };
  std::stable_sort(all_.begin(), all_.end(), [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  return std::move(all_);
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace egressc
