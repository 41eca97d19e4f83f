#include "cli/option_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "model/words/text.h"

namespace egressc::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

// A whole number of one of the units, up to `most` of the smallest.
std::optional<std::uint64_t> parse_amount(std::string_view text, std::initializer_list<Unit> units,
                                          std::uint64_t most) {
  const std::string_view unit = text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
  const auto number =
      parse_number_within(text.substr(0, text.size() - unit.size()), 0, std::numeric_limits<std::uint32_t>::max());
  for (const Unit& each : units)
    if (number && unit == each.name && *number * each.size <= most) return *number * each.size;
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> parse_number_within(std::string_view text, std::size_t least, std::size_t most) {
  const auto number = parse_number<std::uint64_t>(text);
  return number && *number >= least && *number <= most ? number : std::nullopt;
}

std::optional<int> parse_utc_offset(std::string_view text) {
  if (text == "UTC") return 0;
  // The zone of a time that is at the epoch in that zone tells the offset.
  const auto time = parse_iso_time("1970-01-01T00:00:00" + std::string(text.substr(0, 8)));
  if (!time || text.empty()) return std::nullopt;
  return static_cast<int>(-*time / (60 * second));
}

std::optional<FieldPath> parse_field_path(std::string_view text) {
  constexpr std::string_view fields[] = {"host", "address", "port", "url", "protocol", "uid", "gid", "pid", "time"};
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals + 1 == text.size()) return std::nullopt;
  if (std::find(std::begin(fields), std::end(fields), text.substr(0, equals)) == std::end(fields)) return std::nullopt;
  return FieldPath{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t day = 24 * 3'600'000;
  if (text == "0") return std::chrono::milliseconds(0);  // in whatever unit
  const auto amount = parse_amount(text, {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}, day);
  return amount ? std::optional(std::chrono::milliseconds(*amount)) : std::nullopt;
}

std::optional<Micros> parse_grace(std::string_view text) {
  const auto time = parse_duration(text);
  return time ? std::optional(Micros{time->count()} * 1000) : std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  const auto size =
      parse_amount(text, {{"", 1}, {"K", 1U << 10}, {"M", 1U << 20}, {"G", std::uint64_t{1} << 30}}, most);
  return size && *size != 0 ? std::optional<std::size_t>(*size) : std::nullopt;
}

std::optional<Micros> parse_age(std::string_view text) {
  constexpr std::uint64_t hour = 3600;
  constexpr std::uint64_t longest = 100 * 366 * 24 * hour;
  const auto amount = parse_amount(text, {{"h", hour}, {"d", 24 * hour}}, longest);
  if (!amount || *amount == 0) return std::nullopt;
  return static_cast<Micros>(*amount) * second;
}

}  // namespace egressc::cli

namespace egressc {

std::vector<std::string> OptionReader::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::string OptionReader::text(std::string_view name) const { return given(name).value_or(std::string()); }

std::optional<std::string> OptionReader::given(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

void OptionReader::color(ColorMode& target) {
  choice("color", target, {ColorMode::automatic, ColorMode::always, ColorMode::never});
}

void OptionReader::time(std::string_view name, std::optional<Micros>& target, int offset_minutes) {
  value(
      name, target, [=](std::string_view word) { return parse_iso_time(word, offset_minutes); },
      "a time such as 2026-11-23T07:00:00Z");
}

void OptionReader::time(std::string_view name, Micros& target, int offset_minutes) {
  std::optional<Micros> read;
  time(name, read, offset_minutes);
  target = read.value_or(target);
}

void OptionReader::word(std::string_view name, std::string& target) {
  if (choice_of(name, ", or ")) target = text(name);
}

void OptionReader::wrong(std::string_view name, std::string_view text, std::string_view expected) {
  diagnostics_.error({}, fmt::format("--{} {}: expected {}", name, text, expected));
}

std::optional<std::size_t> OptionReader::choice_of(std::string_view name, std::string_view last) {
  if (!flag(name)) return std::nullopt;
  const std::vector<std::string> known = words(name);
  const auto found = std::find(known.begin(), known.end(), text(name));
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  wrong(name, text(name), cli::listed(known, last));
  return std::nullopt;
}

}  // namespace egressc
