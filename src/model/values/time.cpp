#include "egressc/time.h"

#include <fmt/core.h>

namespace egressc::model {
namespace {

// Reads exactly `digits` digits at `position` and moves past them.
bool take_number(std::string_view text, std::size_t& position, unsigned digits, unsigned& value) {
  if (text.size() - position < digits) return false;
  value = 0;
  for (unsigned i = 0; i < digits; ++i) {
    const char c = text[position + i];
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  position += digits;
  return true;
}

bool take(std::string_view text, std::size_t& position, char wanted) {
  if (position >= text.size() || text[position] != wanted) return false;
  ++position;
  return true;
}

bool take_date(std::string_view text, std::size_t& position, CivilDate& date) {
  unsigned year = 0;
  if (!take_number(text, position, 4, year) || !take(text, position, '-') ||
      !take_number(text, position, 2, date.month) || !take(text, position, '-') ||
      !take_number(text, position, 2, date.day))
    return false;
  date.year = static_cast<int>(year);
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && civil_from_days(days_from_civil(date)) == date;
}

// Seconds (a leap second counts as 59) and up to nine digits of a fraction, cut to microseconds.
bool take_seconds(std::string_view text, std::size_t& position, Micros& micros) {
  unsigned seconds = 0;
  if (!take_number(text, position, 2, seconds) || seconds > 60) return false;
  micros += std::min(seconds, 59U) * second;
  if (position < text.size() && (text[position] == '.' || text[position] == ',')) {
    ++position;
    Micros unit = second / 10;
    const std::size_t start = position;
    for (; position < text.size() && text[position] >= '0' && text[position] <= '9'; ++position, unit /= 10)
      micros += unit * (text[position] - '0');
    return position > start;
  }
  return true;
}

// "Z", "+hh:mm", "-hhmm", "+hh"; minutes east of UTC.
bool take_zone(std::string_view text, std::size_t& position, int& offset) {
  if (take(text, position, 'Z')) {
    offset = 0;
    return true;
  }
  const bool west = position < text.size() && text[position] == '-';
  if (!west && (position >= text.size() || text[position] != '+')) return false;
  ++position;
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!take_number(text, position, 2, hours) || hours > 14) return false;
  if (position < text.size()) {
    take(text, position, ':');
    if (!take_number(text, position, 2, minutes) || minutes > 59) return false;
  }
  offset = static_cast<int>(hours * 60 + minutes) * (west ? -1 : 1);
  return true;
}

}  // namespace

}  // namespace egressc::model

namespace egressc {

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that begin on 1 March.
std::int64_t days_from_civil(CivilDate date) {
  const std::int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t shifted_month = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * shifted_month + 2) / 5 + static_cast<std::int64_t>(date.day) - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

CivilDate civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month = static_cast<unsigned>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

std::string to_string_utc(Micros time) {
  const std::int64_t seconds = time / second - (time % second < 0 ? 1 : 0);
  const std::int64_t days = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
  const std::int64_t of_day = seconds - days * 86400;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", to_string(civil_from_days(days)), of_day / 3600, of_day / 60 % 60,
                     of_day % 60);
}

std::optional<Micros> parse_iso_time(std::string_view text, int utc_offset_minutes) {
  using namespace model;
  std::size_t position = 0;
  CivilDate date;
  if (!take_date(text, position, date)) return std::nullopt;
  Micros time = days_from_civil(date) * 86400 * second;
  int offset = utc_offset_minutes;
  if (position < text.size()) {
    if (!take(text, position, 'T') && !take(text, position, 't') && !take(text, position, ' ')) return std::nullopt;
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!take_number(text, position, 2, hours) || hours > 23 || !take(text, position, ':') ||
        !take_number(text, position, 2, minutes) || minutes > 59)
      return std::nullopt;
    time += (hours * 3600 + minutes * 60) * second;
    if (take(text, position, ':') && !take_seconds(text, position, time)) return std::nullopt;
    if (position < text.size() && !take_zone(text, position, offset)) return std::nullopt;
    if (position != text.size()) return std::nullopt;
  }
  return time - offset * 60 * second;
}

std::optional<CivilDate> parse_date(std::string_view text) {
  std::size_t position = 0;
  CivilDate date;
  if (!model::take_date(text, position, date) || position != text.size()) return std::nullopt;
  return date;
}

std::string to_string(CivilDate date) { return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day); }

}  // namespace egressc
