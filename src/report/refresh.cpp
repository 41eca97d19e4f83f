#include "report/refresh.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "report/summary.h"
#include "report/words.h"

namespace egressc::report {
namespace {

constexpr std::size_t most_shown = 5;

// Names, each with the families that something is said of.
using Families = std::map<std::string, std::set<Family>>;

// "a.example, b.example (IPv6)": a family is told where it is one alone.
std::string list(const Families& names) {
  std::vector<std::string> all;
  for (const auto& [name, families] : names)
    all.push_back(families.size() > 1 ? name : fmt::format("{} ({})", name, family_text(*families.begin())));
  return first_of(all, most_shown);
}

bool are_whole(const Families& names) {
  return std::all_of(names.begin(), names.end(), [](const auto& each) { return each.second.size() > 1; });
}

std::string address(const RefreshEvent& event) { return event.address ? to_string(*event.address) : std::string(); }

std::string line(const RefreshEvent& event, bool of_both, const RefreshLimits& limits) {
  const std::string& name = event.name.spelling();
  const std::string soon = fmt::format("closes in {}", duration_text(limits.grace));
  switch (event.kind) {
    case RefreshKind::added:
      return fmt::format("{}: {} opened\n", name, address(event));
    case RefreshKind::closed:
      return fmt::format("{}: {} closed\n", name, address(event));
    case RefreshKind::no_name:
      return of_both ? fmt::format("{}: there is no such name; what it meant {}\n", name, soon)
                     : fmt::format("{}: there is no such name; what it meant over {} {}\n", name,
                                   family_text(event.family), soon);
    case RefreshKind::no_data:
      return fmt::format("{}: it has no {} address any more; what it meant {}\n", name, family_text(event.family),
                         soon);
    case RefreshKind::not_allowed:
      return fmt::format(
          "warning: {}: {} is not opened: no address of the internet, and not among those that the policy lists\n",
          name, address(event));
    case RefreshKind::cut:
      return fmt::format("warning: {}: it has more than {} {} addresses, and the rest is not opened\n", name,
                         limits.most_addresses, family_text(event.family));
    case RefreshKind::failed:
    case RefreshKind::recovered:
      break;  // told together
  }
  return {};
}

// In the order of RefreshKind.
constexpr std::string_view words[] = {"added",   "closed",  "failed",      "recovered",
                                      "no_name", "no_data", "not_allowed", "cut"};

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string describe_refresh(std::span<const RefreshEvent> events, const RefreshLimits& limits) {
  using namespace report;
  std::map<std::string, Families> failed;
  Families recovered;
  Families missing;
  for (const RefreshEvent& event : events) {
    if (event.kind == RefreshKind::failed) failed[event.why][event.name.spelling()].insert(event.family);
    if (event.kind == RefreshKind::recovered) recovered[event.name.spelling()].insert(event.family);
    if (event.kind == RefreshKind::no_name) missing[event.name.spelling()].insert(event.family);
  }
  std::string text;
  std::string last;
  for (const RefreshEvent& event : events) {
    const bool of_both = event.kind == RefreshKind::no_name && missing[event.name.spelling()].size() > 1;
    // What is said of a name, and not of its addresses, is the same for both families.
    if (const std::string said = line(event, of_both, limits); last != said) text += last = said;
  }
  std::string together;
  for (const auto& [why, names] : failed)
    fmt::format_to(std::back_inserter(together), "warning: not answered ({}): {}; what they mean{} stays as it is\n",
                   printable(why, 200), list(names), are_whole(names) ? "" : " there");
  if (!recovered.empty()) fmt::format_to(std::back_inserter(together), "answered again: {}\n", list(recovered));
  return together + text;
}

std::string describe_refresh_json(std::span<const RefreshEvent> events) {
  using namespace report;
  std::string lines;
  for (const RefreshEvent& event : events) {
    JsonText json;
    json.open_object();
    json.text("event", words[static_cast<std::size_t>(event.kind)]);
    json.text("name", event.name.spelling());
    json.number("family", static_cast<std::uint64_t>(event.family));
    if (event.address) json.text("address", address(event));
    if (!event.why.empty()) json.text("why", event.why);
    json.close();
    lines += json.print_line();
  }
  return lines;
}

}  // namespace egressc
