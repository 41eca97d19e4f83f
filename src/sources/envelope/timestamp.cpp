#include <cstring>

#include "sources/envelope/envelope.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// 1..12, or 0.
unsigned month_of(std::string_view text) {
  static constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() < 3) return 0;
  for (std::size_t i = 0; i < names.size(); i += 3)
    if (text.starts_with(names.substr(i, 3))) return static_cast<unsigned>(i / 3 + 1);
  return 0;
}

bool starts_with_weekday(std::string_view text) {
  static constexpr std::string_view names = "MonTueWedThuFriSatSun";
  if (text.size() < 4 || text[3] != ' ') return false;
  for (std::size_t i = 0; i < names.size(); i += 3)
    if (text.starts_with(names.substr(i, 3))) return true;
  return false;
}

// "hh:mm:ss" with an optional fraction: its length, or 0. Whether the numbers are in range shows later.
std::size_t clock_length(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return 0;
  for (const unsigned i : {0U, 1U, 3U, 4U, 6U, 7U})
    if (!is_digit(text[i])) return 0;
  if (text.size() < 10 || (text[8] != '.' && text[8] != ',')) return 8;
  const std::size_t digits = count_digits(text.substr(9));
  return digits == 0 ? 8 : 9 + digits;
}

// The parts of a date in another order, put into ISO 8601 for parse_iso_time(), which knows what exists.
class IsoText {
 public:
  IsoText(unsigned month, unsigned day, std::string_view clock)
      : size_(11 + std::min(clock.size(), text_.size() - 17)) {
    put(5, month);
    put(8, day);
    std::memcpy(text_.data() + 11, clock.data(), size_ - 11);
  }

  std::optional<Micros> in_year(int year, int utc_offset_minutes) {
    if (year < 0 || year > 9999) return std::nullopt;
    put(0, static_cast<unsigned>(year) / 100);
    put(2, static_cast<unsigned>(year) % 100);
    return parse_iso_time({text_.data(), size_}, utc_offset_minutes);
  }

 private:
  void put(std::size_t position, unsigned number) {
    text_[position] = static_cast<char>('0' + number / 10 % 10);
    text_[position + 1] = static_cast<char>('0' + number % 10);
  }
  std::array<char, 48> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T'};
  std::size_t size_;
};

// The year in which the date is nearest to `reference`. Four years to both sides hold a 29 February, but for those
// around 2100.
Micros nearest(IsoText& text, Micros reference, int utc_offset_minutes) {
  const int around = civil_from_days(reference / second / 86400).year;
  Micros best = no_time;
  Micros best_distance = 0;
  for (int year = around - 4; year <= around + 4; ++year) {
    const auto at = text.in_year(year, utc_offset_minutes);
    if (!at) continue;
    const Micros distance = *at < reference ? reference - *at : *at - reference;
    if (best != no_time && distance >= best_distance) continue;
    best = *at;
    best_distance = distance;
  }
  return best;
}

int to_int(std::string_view digits) { return parse_number<int>(digits).value_or(0); }

// "Nov 23 07:44:18" and "Mon Nov 23 07:44:18 2026".
std::optional<Stamp> parse_named_month(std::string_view text, const ParseContext& context) {
  const bool weekday = starts_with_weekday(text);
  std::size_t position = weekday ? 4 : 0;
  const unsigned month = month_of(text.substr(position));
  position += 3;
  if (month == 0 || text.size() < position + 4 || text[position] != ' ') return std::nullopt;
  ++position;
  if (text[position] == ' ') ++position;
  const std::size_t day_digits = count_digits(text.substr(position));
  if (day_digits == 0 || day_digits > 2) return std::nullopt;
  const auto day = static_cast<unsigned>(to_int(text.substr(position, day_digits)));
  position += day_digits;
  if (position >= text.size() || text[position] != ' ') return std::nullopt;
  ++position;
  const std::size_t clock = clock_length(text.substr(position));
  if (clock == 0) return std::nullopt;
  IsoText iso(month, day, text.substr(position, clock));
  position += clock;

  Stamp stamp{no_time, position, false};
  const std::string_view rest = text.substr(position);
  if (weekday && rest.starts_with(' ') && count_digits(rest.substr(1)) == 4) {
    stamp.length += 5;
    stamp.at = iso.in_year(to_int(rest.substr(1, 4)), context.utc_offset_minutes).value_or(no_time);
  } else if (context.year) {
    stamp.at = iso.in_year(*context.year, context.utc_offset_minutes).value_or(no_time);
  } else if (context.reference != no_time) {
    stamp.at = nearest(iso, context.reference, context.utc_offset_minutes);
  } else {
    stamp.at = iso.in_year(2000, context.utc_offset_minutes).value_or(no_time);
    stamp.undated = true;
  }
  return stamp;
}

// "23/Nov/2026:07:44:18 +0200".
std::optional<Stamp> parse_slashed(std::string_view text, const ParseContext& context) {
  if (text.size() < 20 || text[2] != '/' || text[6] != '/' || text[11] != ':' || count_digits(text) != 2 ||
      count_digits(text.substr(7)) != 4 || clock_length(text.substr(12, 8)) == 0)
    return std::nullopt;
  const unsigned month = month_of(text.substr(3));
  if (month == 0) return std::nullopt;
  std::array<char, 16> clock{};
  std::memcpy(clock.data(), text.data() + 12, 8);
  Stamp stamp{no_time, 20, false};
  std::size_t size = 8;
  if (text.size() >= 26 && text[20] == ' ' && (text[21] == '+' || text[21] == '-') &&
      count_digits(text.substr(22, 4)) == 4) {
    std::memcpy(clock.data() + 8, text.data() + 21, 5);
    size = 13;
    stamp.length = 26;
  }
  IsoText iso(month, static_cast<unsigned>(to_int(text.substr(0, 2))), {clock.data(), size});
  stamp.at = iso.in_year(to_int(text.substr(7, 4)), context.utc_offset_minutes).value_or(no_time);
  return stamp;
}

// BIND's "23-Nov-2026 07:44:18.123".
std::optional<Stamp> parse_dashed(std::string_view text, const ParseContext& context) {
  if (text.size() < 20 || text[6] != '-' || text[11] != ' ' || count_digits(text) != 2 ||
      count_digits(text.substr(7)) != 4)
    return std::nullopt;
  const unsigned month = month_of(text.substr(3));
  const std::size_t clock = clock_length(text.substr(12));
  if (month == 0 || clock == 0) return std::nullopt;
  IsoText iso(month, static_cast<unsigned>(to_int(text.substr(0, 2))), text.substr(12, clock));
  return Stamp{iso.in_year(to_int(text.substr(7, 4)), context.utc_offset_minutes).value_or(no_time), 12 + clock, false};
}

std::optional<Stamp> parse_iso(std::string_view text, const ParseContext& context) {
  if (text.size() < 16 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::size_t stop = text.find_first_not_of("0123456789:.,+-Z", 11);
  std::size_t length = std::min(stop, text.size());
  while (length > 16 && !is_digit(text[length - 1]) && text[length - 1] != 'Z') --length;
  const auto at = parse_iso_time(text.substr(0, length), context.utc_offset_minutes);
  if (!at) return std::nullopt;
  return Stamp{*at, length, false};
}

// The timestamp that has text[position] as its first '-', '/' or ':'.
Micros time_around(std::string_view text, std::size_t position, const ParseContext& context) {
  const auto stamp_at = [&](std::size_t back) -> Micros {
    if (position < back) return no_time;
    const std::size_t start = position - back;
    if (start > 0 && is_digit(text[start]) && is_digit(text[start - 1])) return no_time;
    const auto stamp = parse_stamp(text.substr(start, 64), context);
    return stamp && !stamp->undated ? stamp->at : no_time;
  };
  if (text[position] == '/') return stamp_at(2);
  if (text[position] == ':') return stamp_at(13);  // "Mon Nov 23 07"
  const Micros at = stamp_at(4);
  return at != no_time ? at : stamp_at(2);  // BIND's "23-Nov-2026"
}

}  // namespace

std::optional<Stamp> parse_stamp(std::string_view text, const ParseContext& context) {
  if (text.empty()) return std::nullopt;
  if (!is_digit(text[0])) return parse_named_month(text, context);
  if (text.size() > 2 && text[2] == '/') return parse_slashed(text, context);
  if (text.size() > 2 && text[2] == '-') return parse_dashed(text, context);
  return parse_iso(text, context);
}

std::optional<Uptime> parse_uptime(std::string_view text) {
  if (!text.starts_with('[')) return std::nullopt;
  std::string_view rest = without_blanks(text.substr(1));
  const std::size_t digits = count_digits(rest);
  const auto seconds = digits <= 10 ? take_number<std::int64_t>(rest) : std::nullopt;
  if (digits == 0 || !seconds || !take(rest, ".")) return std::nullopt;
  Micros micros = *seconds * second;
  Micros unit = second / 10;
  const std::size_t fraction = count_digits(rest);
  for (const char c : rest.substr(0, fraction)) {
    micros += unit * (c - '0');
    unit /= 10;
  }
  rest.remove_prefix(fraction);
  if (fraction == 0 || !take(rest, "]")) return std::nullopt;
  return Uptime{micros, text.size() - rest.size()};
}

DatedTime first_calendar_time(std::string_view head, int utc_offset_minutes) {
  static constexpr std::string_view journal_key = "\"__REALTIME_TIMESTAMP\"";
  static constexpr std::string_view marks = "-/:";
  ParseContext context;
  context.utc_offset_minutes = utc_offset_minutes;
  for (std::size_t i = head.find_first_of(marks); i != head.npos; i = head.find_first_of(marks, i + 1)) {
    if (const Micros at = time_around(head, i, context); at != no_time) return {i, at};
    if (head[i] != ':' || !head.substr(0, head.find_last_not_of(' ', i - (i != 0)) + 1).ends_with(journal_key))
      continue;
    std::string_view rest = head.substr(std::min(head.find_first_not_of(" \"", i + 1), head.size()));
    if (const auto at = take_number<Micros>(rest); at && *at > 0) return {i, *at};
  }
  return {};
}

}  // namespace egressc::sources
