#include "usage/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "egressc/diagnostics.h"

namespace egressc::counting {
namespace {

constexpr std::size_t most_services = 5;

std::string list_text(std::string_view word, const std::vector<IdRange>& ranges) {
  std::string text;
  for (const IdRange& range : ranges) text += (text.empty() ? fmt::format("{} ", word) : ", ") + id_text(range);
  return text;
}

}  // namespace

std::string id_text(const IdRange& range) {
  return range.first == range.last ? fmt::to_string(range.first) : fmt::format("{}-{}", range.first, range.last);
}

std::string who_text(const SubjectUsage& subject) {
  const std::string users = list_text("uid", subject.uids);
  const std::string groups = list_text("gid", subject.gids);
  return users + (users.empty() || groups.empty() ? "" : " ") + groups;
}

std::string destination_text(const GrantUsage& grant) {
  std::string text;
  for (const std::string& name : grant.names) text += (text.empty() ? "" : ", ") + printable(name, 253);
  if (grant.live) text += " (live)";
  return text.empty() ? grant.prefix : text;
}

std::string services_text(const GrantUsage& grant) {
  const std::size_t all = grant.services.size();
  const std::size_t shown = all > most_services ? most_services - 1 : all;
  const auto end = grant.services.begin() + static_cast<std::ptrdiff_t>(shown);
  std::string text = fmt::format("{}", fmt::join(grant.services.begin(), end, ", "));
  if (shown != all) text += fmt::format(" and {} more", all - shown);
  return text;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::string_view units = "kMGTPE";
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (amount /= 1000; amount >= 999.95 && unit + 1 < units.size(); amount /= 1000) ++unit;
  return fmt::format("{:.1f} {}B", amount, units[unit]);
}

std::string count_text(const Count& count) {
  return fmt::format("{} {} ({})", count.packets, count.packets == 1 ? "packet" : "packets", size_text(count.bytes));
}

}  // namespace egressc::counting
