#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string_view>

#include "model/document/document.h"
#include "model/words/words.h"
#include "usage/usage.h"

namespace egressc::usage {
namespace {

// Of many only the first ones are shown.
constexpr std::size_t most_services = 5;

std::string to_text(const GrantUsage& grant) { return destination_text(grant.names, grant.live, grant.prefix); }

std::string services_text(const GrantUsage& grant) {
  const std::size_t all = grant.services.size();
  return first_of(grant.services, all > most_services ? most_services - 1 : all);
}

// "0 B", "999 B", "1.0 kB", "12.3 GB": powers of 1000.
std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::string_view units = "kMGTPE";
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (amount /= 1000; amount >= 999.95 && unit + 1 < units.size(); amount /= 1000) ++unit;
  return fmt::format("{:.1f} {}B", amount, units[unit]);
}

// "1 packet (60 B)".
std::string count_text(const Count& count) {
  return fmt::format("{} ({})", counted(count.packets, "packet"), size_text(count.bytes));
}

// Wider destinations push what follows to the right.
constexpr std::size_t widest_destination = 44;
constexpr std::size_t widest_services = 30;

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
  return {std::to_string(grant.count.packets),
          size_text(grant.count.bytes),
          to_text(grant),
          services_text(grant),
          note_of(grant),
          grant.count.packets == 0};
}

Row row_of(const ResolverUsage& resolvers) {
  const bool is_idle = resolvers.count.packets == 0;
  return {std::to_string(resolvers.count.packets),
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
  text += painted(Style::dim, fmt::format("  {:>{}}  {:>{}}  to", "packets", packets, "bytes", bytes), color) + '\n';
  for (const Row& row : rows) {
    std::string line = fmt::format("  {:>{}}  {:>{}}  {:<{}}  {:<{}}", row.packets, packets, row.bytes, bytes, row.to,
                                   to, row.services, services);
    if (!row.note.empty()) line += fmt::format("  {}", row.note);
    line.erase(line.find_last_not_of(' ') + 1);
    text += (row.is_idle ? painted(Style::dim, line, color) : line) + '\n';
  }
}

void append_rest(std::string& text, const std::vector<GrantUsage>& grants, const std::vector<std::size_t>& shown) {
  if (shown.size() == grants.size()) return;
  const auto is_used = [](const GrantUsage& grant) { return grant.count.packets != 0; };
  std::ptrdiff_t used = std::count_if(grants.begin(), grants.end(), is_used);
  for (const std::size_t number : shown) used -= is_used(grants[number]) ? 1 : 0;
  const std::size_t rest = grants.size() - shown.size();
  text += fmt::format("  {}: {} used, {} not\n", plural(rest, "more grant", "more grants"), used,
                      static_cast<std::ptrdiff_t>(rest) - used);
}

void append_subject(std::string& text, const Usage& usage, const SubjectUsage& subject, bool color, std::size_t most) {
  text += painted(Style::bold, fmt::format("{} ({})", printable(subject.label), who_text(subject.uids, subject.gids)),
                  color);
  text += fmt::format(": {} allowed", count_text(subject.allowed));
  if (subject.denied) {
    const std::string denied =
        fmt::format("{} {}", count_text(*subject.denied), usage.monitors ? "would have been denied" : "denied");
    text += ", " + (subject.denied->packets == 0 ? denied : painted(Style::red, denied, color));
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
    text += painted(Style::red,
                    fmt::format("{} passed by {} not of this policy", count_text(usage.unattributed),
                                plural(usage.strangers, "element or rule that is", "elements or rules that are")),
                    color) +
            '\n';
  if (!usage.by_grant)
    text += "The sets in this table do not count by element: apply the policy again to see what each grant does\n";
  return text;
}

void add_count(JsonText& json, const Count& count) {
  json.number("packets", count.packets);
  json.number("bytes", count.bytes);
}

void add_count(JsonText& json, std::string_view name, const Count& count) {
  json.open_object(name);
  add_count(json, count);
  json.close();
}

void add_ids(JsonText& json, std::string_view name, const std::vector<IdRange>& ids) {
  json.list(name, ids, [&](const IdRange& range) { json.text(id_text(range)); });
}

void add_grant(JsonText& json, const GrantUsage& grant) {
  json.open_object();
  json.text("file", grant.where.file);
  json.number("line", grant.where.line);
  json.text("to", to_text(grant));
  json.texts("names", grant.names);
  if (!grant.prefix.empty()) json.text("prefix", grant.prefix);
  json.texts("services", grant.services);
  json.boolean("live", grant.live);
  add_count(json, grant.count);
  json.boolean("shared", grant.shared);
  json.boolean("loaded", grant.loaded);
  json.boolean("expired", grant.expired);
  json.close();
}

void add_subject(JsonText& json, const SubjectUsage& subject, bool by_grant) {
  json.open_object();
  json.text("subject", subject.label);
  add_ids(json, "uids", subject.uids);
  add_ids(json, "gids", subject.gids);
  add_count(json, "allowed", subject.allowed);
  if (subject.denied) add_count(json, "denied", *subject.denied);
  if (by_grant) {
    if (subject.resolvers) {
      json.open_object("resolvers");
      add_count(json, subject.resolvers->count);
      json.boolean("shared", subject.resolvers->shared);
      json.close();
    }
    json.list("grants", subject.grants, [&](const GrantUsage& grant) { add_grant(json, grant); });
  }
  json.close();
}

}  // namespace
}  // namespace egressc::usage

namespace egressc {

std::string describe_usage(const Usage& usage, bool color, std::size_t most) {
  using namespace egressc::usage;
  std::string text;
  for (const SubjectUsage& subject : usage.subjects) {
    append_subject(text, usage, subject, color, most);
    text += '\n';
  }
  return text + totals(usage, color);
}

void add_usage(JsonText& json, const Usage& usage) {
  using namespace egressc::usage;
  json.open_object();
  json.boolean("by_grant", usage.by_grant);
  json.boolean("monitor", usage.monitors);
  json.boolean("opening_only", usage.opening_only);
  json.list("subjects", usage.subjects,
            [&](const SubjectUsage& subject) { add_subject(json, subject, usage.by_grant); });
  add_count(json, "established", usage.established);
  add_count(json, "baseline", usage.baseline);
  add_count(json, "denied", usage.denied);
  if (usage.denied_others) add_count(json, "denied_others", *usage.denied_others);
  add_count(json, "unattributed", usage.unattributed);
  json.number("strangers", usage.strangers);
  json.close();
}

}  // namespace egressc
