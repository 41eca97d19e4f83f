#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "egressc/diagnostics.h"
#include "usage/usage.h"
#include "usage/words.h"

namespace egressc {
namespace {

using namespace counting;

// Wider destinations push what follows to the right.
constexpr std::size_t widest_destination = 44;
constexpr std::size_t widest_services = 30;

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view dim = "\033[2m";
constexpr std::string_view red = "\033[31m";

std::string painted(std::string_view style, std::string_view text, bool color) {
  return color ? fmt::format("{}{}\033[0m", style, text) : std::string(text);
}

struct Row {
  std::string packets;
  std::string bytes;
  std::string to;
  std::string services;
  std::string_view note;
  bool is_idle = false;
};

std::string_view note_of(const GrantUsage& grant) {
  if (grant.expired) return "expired";
  if (!grant.loaded) return "not loaded";
  if (grant.count.packets == 0) return "never used";
  return grant.shared ? "shared" : "";
}

Row row_of(const GrantUsage& grant) {
  return {fmt::to_string(grant.count.packets),
          size_text(grant.count.bytes),
          destination_text(grant),
          services_text(grant),
          note_of(grant),
          grant.count.packets == 0};
}

Row row_of(const ResolverUsage& resolvers) {
  const bool is_idle = resolvers.count.packets == 0;
  return {fmt::to_string(resolvers.count.packets),
          size_text(resolvers.count.bytes),
          "(resolvers)",
          "any/53",
          is_idle            ? "never used"
          : resolvers.shared ? "shared"
                             : "",
          is_idle};
}

// The numbers of the grants that are shown, ascending.
std::vector<std::size_t> shown_of(const std::vector<GrantUsage>& grants, std::size_t most) {
  std::vector<std::size_t> order(grants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (grants.size() <= most) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return grants[a].count.packets > grants[b].count.packets; });
  order.resize(most);
  std::sort(order.begin(), order.end());
  return order;
}

void append_rows(std::string& text, const std::vector<Row>& rows, bool color) {
  std::size_t packets = std::string_view("packets").size();
  std::size_t bytes = std::string_view("bytes").size();
  std::size_t to = 0;
  std::size_t services = 0;
  for (const Row& row : rows) {
    packets = std::max(packets, row.packets.size());
    bytes = std::max(bytes, row.bytes.size());
    to = std::max(to, std::min(row.to.size(), widest_destination));
    services = std::max(services, std::min(row.services.size(), widest_services));
  }
  text += painted(dim, fmt::format("  {:>{}}  {:>{}}  to", "packets", packets, "bytes", bytes), color) + '\n';
  for (const Row& row : rows) {
    std::string line = fmt::format("  {:>{}}  {:>{}}  {:<{}}  {:<{}}", row.packets, packets, row.bytes, bytes, row.to,
                                   to, row.services, services);
    if (!row.note.empty()) line += fmt::format("  {}", row.note);
    line.erase(line.find_last_not_of(' ') + 1);
    text += (row.is_idle ? painted(dim, line, color) : line) + '\n';
  }
}

void append_rest(std::string& text, const std::vector<GrantUsage>& grants, const std::vector<std::size_t>& shown) {
  if (shown.size() == grants.size()) return;
  const auto is_used = [](const GrantUsage& grant) { return grant.count.packets != 0; };
  std::ptrdiff_t used = std::count_if(grants.begin(), grants.end(), is_used);
  for (const std::size_t number : shown) used -= is_used(grants[number]) ? 1 : 0;
  const auto rest = static_cast<std::ptrdiff_t>(grants.size() - shown.size());
  text += fmt::format("  {} more {}: {} used, {} not\n", rest, rest == 1 ? "grant" : "grants", used, rest - used);
}

void append_subject(std::string& text, const Usage& usage, const SubjectUsage& subject, bool color, std::size_t most) {
  text += painted(bold, fmt::format("{} ({})", printable(subject.label), who_text(subject)), color);
  text += fmt::format(": {} allowed", count_text(subject.allowed));
  if (subject.denied) {
    const std::string denied =
        fmt::format("{} {}", count_text(*subject.denied), usage.monitors ? "would have been denied" : "denied");
    text += ", " + (subject.denied->packets == 0 ? denied : painted(red, denied, color));
  }
  text += '\n';
  if (!usage.by_grant) return;
  const std::vector<std::size_t> shown = shown_of(subject.grants, most);
  std::vector<Row> rows;
  for (const std::size_t number : shown) rows.push_back(row_of(subject.grants[number]));
  if (subject.resolvers) rows.push_back(row_of(*subject.resolvers));
  if (!rows.empty()) append_rows(text, rows, color);
  append_rest(text, subject.grants, shown);
}

bool has_shared(const Usage& usage) {
  return std::any_of(usage.subjects.begin(), usage.subjects.end(), [](const SubjectUsage& subject) {
    return (subject.resolvers && subject.resolvers->shared) ||
           std::any_of(subject.grants.begin(), subject.grants.end(), [](const GrantUsage& g) { return g.shared; });
  });
}

std::string totals(const Usage& usage, bool color) {
  std::string text;
  const auto out = std::back_inserter(text);
  const std::string_view denied = usage.monitors ? "would have been denied" : "denied";
  if (usage.denied_others)
    fmt::format_to(out, "{} {} in all; {} were not a subject's\n", count_text(usage.denied), denied,
                   count_text(*usage.denied_others));
  else
    fmt::format_to(out, "{} {} in all{}\n", count_text(usage.denied), denied,
                   usage.by_grant ? "" : "; by whom is not known");
  if (usage.baseline != Count{}) fmt::format_to(out, "{} accepted by the baseline\n", count_text(usage.baseline));
  fmt::format_to(out, "{} of {}\n", count_text(usage.established),
                 usage.opening_only
                     ? "open connections (established, related); a grant counts only the packets that open one"
                     : "answers and of connections without an owner; a grant counts every packet");
  if (usage.by_grant && has_shared(usage)) text += "shared: other grants open some of it too, and each counts it\n";
  if (usage.strangers != 0)
    text +=
        painted(red,
                fmt::format("{} passed by {} {} not of this policy", count_text(usage.unattributed), usage.strangers,
                            usage.strangers == 1 ? "element or rule that is" : "elements or rules that are"),
                color) +
        '\n';
  if (!usage.by_grant)
    text += "The sets in this table do not count by element: apply the policy again to see what each grant does\n";
  return text;
}

}  // namespace

std::string describe_usage(const Usage& usage, bool color, std::size_t most) {
  std::string text;
  for (const SubjectUsage& subject : usage.subjects) {
    append_subject(text, usage, subject, color, most);
    text += '\n';
  }
  return text + totals(usage, color);
}

}  // namespace egressc
