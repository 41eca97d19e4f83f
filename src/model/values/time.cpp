#include "egressc/time.h"

#include <fmt/core.h>

#include "model/words/text.h"

namespace egressc::model {
namespace {

// Exactly so many digits.
bool take_digits(std::string_view& text, std::size_t digits, unsigned& value) {
  if (text.size() < digits || !is_number(text.substr(0, digits))) return false;
  value = 0;
  for (const char c : text.substr(0, digits)) value = value * 10 + static_cast<unsigned>(c - '0');
  text.remove_prefix(digits);
  return true;
}

bool take_date(std::string_view& text, CivilDate& date) {
  unsigned year = 0;
  if (!take_digits(text, 4, year) || !take(text, "-") || !take_digits(text, 2, date.month) || !take(text, "-") ||
      !take_digits(text, 2, date.day))
    return false;
  date.year = static_cast<int>(year);
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && civil_from_days(days_from_civil(date)) == date;
}

// Seconds (a leap second counts as 59) and up to nine digits of a fraction, cut to microseconds.
bool take_seconds(std::string_view& text, Micros& micros) {
  unsigned seconds = 0;
  if (!take_digits(text, 2, seconds) || seconds > 60) return false;
  micros += std::min(seconds, 59U) * second;
  if (!take(text, ".") && !take(text, ",")) return true;
  const std::size_t before = text.size();
  for (Micros unit = second / 10; !text.empty() && is_digit(text[0]); unit /= 10, text.remove_prefix(1))
    micros += unit * (text[0] - '0');
  return text.size() < before;
}

// "Z", "+hh:mm", "-hhmm", "+hh"; minutes east of UTC.
bool take_zone(std::string_view& text, int& offset) {
  offset = 0;
  if (take(text, "Z")) return true;
  const bool west = take(text, "-");
  if (!west && !take(text, "+")) return false;
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!take_digits(text, 2, hours) || hours > 14) return false;
  if (!text.empty()) {
    take(text, ":");
    if (!take_digits(text, 2, minutes) || minutes > 59) return false;
  }
  offset = static_cast<int>(hours * 60 + minutes) * (west ? -1 : 1);
  return true;
}

// A policy has as many dates as entries, and fmt takes ten times as long.
void append_two_digits(std::string& text, unsigned number) {
  text += static_cast<char>('0' + number / 10);
  text += static_cast<char>('0' + number % 10);
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
  std::string text = to_string(civil_from_days(days));
  text += 'T';
  model::append_two_digits(text, static_cast<unsigned>(of_day / 3600));
  text += ':';
  model::append_two_digits(text, static_cast<unsigned>(of_day / 60 % 60));
  text += ':';
  model::append_two_digits(text, static_cast<unsigned>(of_day % 60));
  text += 'Z';
  return text;
}

std::optional<Micros> parse_iso_time(std::string_view text, int utc_offset_minutes) {
  using namespace model;
  CivilDate date;
  if (!take_date(text, date)) return std::nullopt;
  Micros time = days_from_civil(date) * 86400 * second;
  int offset = utc_offset_minutes;
  if (!text.empty()) {
    if (!take(text, "T") && !take(text, "t") && !take(text, " ")) return std::nullopt;
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!take_digits(text, 2, hours) || hours > 23 || !take(text, ":") || !take_digits(text, 2, minutes) ||
        minutes > 59)
      return std::nullopt;
    time += (hours * 3600 + minutes * 60) * second;
    if (take(text, ":") && !take_seconds(text, time)) return std::nullopt;
    if (!text.empty() && !take_zone(text, offset)) return std::nullopt;
    if (!text.empty()) return std::nullopt;
  }
  return time - offset * 60 * second;
}

std::optional<CivilDate> parse_date(std::string_view text) {
  CivilDate date;
  return model::take_date(text, date) && text.empty() ? std::optional(date) : std::nullopt;
}

std::string to_string(CivilDate date) {
  std::string text;
  if (date.year < 0 || date.year > 9999) {
    text = fmt::format("{:04}", date.year);
  } else {
    model::append_two_digits(text, static_cast<unsigned>(date.year) / 100);
    model::append_two_digits(text, static_cast<unsigned>(date.year) % 100);
  }
  text += '-';
  model::append_two_digits(text, date.month);
  text += '-';
  model::append_two_digits(text, date.day);
  return text;
}

}  // namespace egressc
