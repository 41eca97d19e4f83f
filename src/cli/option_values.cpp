#include "cli/option_values.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace egressc {
namespace {

template <typename Value>
std::optional<Value> one_of(std::string_view text, std::initializer_list<Value> values) {
  for (const Value value : values)
    if (text == to_string(value)) return value;
  return std::nullopt;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<IdRange> parse_id_range(std::string_view text, const UserIds& names) {
  if (const auto name = names.find(text); name != names.end()) return IdRange{name->second, name->second};
  const std::size_t dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash));
  const auto last = dash == text.npos ? first : parse_number(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last == no_id) return std::nullopt;
  return IdRange{*first, *last};
}

}  // namespace

std::optional<Scope> parse_scope(std::string_view text) { return one_of(text, {Scope::host, Scope::subjects}); }
std::optional<Deny> parse_deny(std::string_view text) { return one_of(text, {Deny::reject, Deny::drop}); }
std::optional<Mode> parse_mode(std::string_view text) { return one_of(text, {Mode::enforce, Mode::monitor}); }
std::optional<Trust> parse_trust(std::string_view text) {
  return one_of(text, {Trust::kernel, Trust::packet, Trust::claimed});
}
std::optional<Protocol> parse_assumed_protocol(std::string_view text) {
  return one_of(text, {Protocol::any, Protocol::tcp, Protocol::udp});
}

std::optional<int> parse_utc_offset(std::string_view text) {
  if (text == "UTC") return 0;
  // The zone of a time that is at the epoch in that zone tells the offset.
  const auto time = parse_iso_time("1970-01-01T00:00:00" + std::string(text.substr(0, 8)));
  if (!time || text.empty()) return std::nullopt;
  return static_cast<int>(-*time / (60 * second));
}

std::optional<Verification> parse_verification(std::string_view text) {
  if (text == "model") return Verification::model;
  if (text == "kernel") return Verification::kernel;
  if (text == "none") return Verification::none;
  return std::nullopt;
}

std::optional<bool> parse_names(std::string_view text) {
  if (text == "live") return true;
  if (text == "pinned") return false;
  return std::nullopt;
}

std::optional<int> parse_year(std::string_view text) {
  const auto year = parse_number(text);
  // 2105: the last whole year that fits the 32 bits in which seconds are kept.
  if (!year || *year < 1970 || *year > 2105) return std::nullopt;
  return static_cast<int>(*year);
}

std::optional<unsigned> parse_thread_count(std::string_view text) {
  const auto count = parse_number(text);
  if (!count || *count == 0 || *count > 256) return std::nullopt;
  return *count;
}

std::optional<FieldPath> parse_field_path(std::string_view text) {
  constexpr std::string_view fields[] = {"host", "address", "port", "url", "protocol", "uid", "gid", "pid", "time"};
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals + 1 == text.size()) return std::nullopt;
  if (std::find(std::begin(fields), std::end(fields), text.substr(0, equals)) == std::end(fields)) return std::nullopt;
  return FieldPath{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::optional<std::vector<IdRange>> parse_ids(std::string_view text, const UserIds& names) {
  std::vector<IdRange> ids;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const auto range = parse_id_range(text.substr(start, end - start), names);
    if (!range) return std::nullopt;
    ids.push_back(*range);
    start = end + 1;
  }
  return ids;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::pair<std::string_view, std::uint32_t> units[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  constexpr std::uint64_t day = 24 * 3'600'000;
  const std::string_view unit = text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
  const auto number = parse_number(text.substr(0, text.size() - unit.size()));
  for (const auto& [name, milliseconds] : units)
    if (number && unit == name && std::uint64_t{*number} * milliseconds <= day)
      return std::chrono::milliseconds(std::uint64_t{*number} * milliseconds);
  return std::nullopt;
}

std::optional<Micros> parse_grace(std::string_view text) {
  const auto time = parse_duration(text);
  return time ? std::optional(Micros{time->count()} * 1000) : std::nullopt;
}

std::optional<Ambiguous> parse_ambiguous(std::string_view text) {
  if (text == "pinned") return Ambiguous::pinned;
  if (text == "review") return Ambiguous::review;
  return std::nullopt;
}

std::optional<std::size_t> parse_sibling_count(std::string_view text) {
  const auto count = parse_number(text);
  if (!count || *count < 2 || *count > 10'000) return std::nullopt;
  return *count;
}

std::optional<Micros> parse_age(std::string_view text) {
  constexpr std::uint64_t hour = 3600;
  constexpr std::pair<std::string_view, std::uint64_t> units[] = {{"h", hour}, {"d", 24 * hour}};
  constexpr std::uint64_t longest = 100 * 366 * 24 * hour;
  const std::string_view unit = text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
  const auto number = parse_number(text.substr(0, text.size() - unit.size()));
  for (const auto& [name, seconds] : units)
    if (number && *number != 0 && unit == name && *number * seconds <= longest)
      return static_cast<Micros>(*number * seconds) * second;
  return std::nullopt;
}

}  // namespace egressc
