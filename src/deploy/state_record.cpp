#include "deploy/state_record.h"

#include <fmt/core.h>

#include <array>

#include "egressc/diagnostics.h"

namespace egressc {
namespace {

constexpr std::string_view first_line = "egressc record 1";
constexpr std::array<std::string_view, 3> kinds = {"policy", "ruleset", "nothing"};
constexpr std::size_t digits_shown = 12;

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The value of "NAME: value\n".
std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
  if (!take(text, name) || !take(text, ": ")) return std::nullopt;
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end + 1);
  return value;
}

// A field is one line.
std::string one_line(std::string_view text) { return printable(text, text.size()); }

}  // namespace

std::string hash_in(std::string_view comment) {
  constexpr std::string_view word = " policy sha256 ";
  const std::size_t place = comment.find(word);
  if (!comment.starts_with("egressc ") || place == comment.npos) return {};
  const std::string_view hash = comment.substr(place + word.size());
  const bool is_hash = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == hash.npos;
  return is_hash ? fmt::format("sha256:{}", hash) : std::string();
}

std::string write_record(const StateRecord& record) {
  return fmt::format("{}\nkind: {}\ntime: {}\ntable: {}\nfile: {}\n\n{}", first_line,
                     kinds[static_cast<std::size_t>(record.kind)],
                     record.time == no_time ? "unknown" : to_string_utc(record.time), one_line(record.comment),
                     one_line(record.file), record.body);
}

std::optional<StateRecord> read_record(std::string_view text) {
  if (!take(text, first_line) || !take(text, "\n")) return std::nullopt;
  const auto kind = take_field(text, "kind");
  const auto time = kind ? take_field(text, "time") : std::nullopt;
  const auto comment = time ? take_field(text, "table") : std::nullopt;
  const auto file = comment ? take_field(text, "file") : std::nullopt;
  if (!file || !take(text, "\n")) return std::nullopt;
  StateRecord record{RecordKind::nothing, no_time, std::string(*comment), std::string(*file), std::string(text)};
  std::size_t number = 0;
  while (number < kinds.size() && kinds[number] != *kind) ++number;
  if (number == kinds.size()) return std::nullopt;
  record.kind = static_cast<RecordKind>(number);
  if (*time == "unknown") return record;
  const auto parsed = parse_iso_time(*time);
  if (!parsed) return std::nullopt;
  record.time = *parsed;
  return record;
}

std::string describe(const StateRecord& record) {
  const std::string when = record.time == no_time ? "" : ", applied " + to_string_utc(record.time);
  if (record.kind == RecordKind::nothing)
    return record.time == no_time ? "no table" : fmt::format("no table, removed {}", to_string_utc(record.time));
  if (record.kind == RecordKind::ruleset) return "a table that egressc did not apply";
  const std::string hash = hash_in(record.comment);
  constexpr std::size_t prefix = std::string_view("sha256:").size();
  return fmt::format("{} ({}{})", record.file.empty() ? "a policy" : printable(record.file, 4096),
                     hash.substr(0, prefix + digits_shown), when);
}

}  // namespace egressc
