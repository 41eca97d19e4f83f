#include "sources/audit_dates.h"

#include <array>
#include <cstdlib>

namespace egressc::audit {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Number {
  unsigned value = 0;
  std::size_t digits = 0;
};

// At most nine digits.
Number take_number(std::string_view& text) {
  Number number;
  while (number.digits < 9 && number.digits < text.size() && is_digit(text[number.digits]))
    number.value = number.value * 10 + static_cast<unsigned>(text[number.digits++] - '0');
  text.remove_prefix(number.digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

bool exists(CivilDate date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31 &&
         civil_from_days(days_from_civil(date)) == date;
}

enum class Half { none, am, pm };

Half take_half(std::string_view& text) {
  const std::string_view before = text;
  take(text, ' ');
  if (text.size() >= 2 && (text[1] == 'M' || text[1] == 'm')) {
    const char first = text[0];
    text.remove_prefix(2);
    if (first == 'A' || first == 'a') return Half::am;
    if (first == 'P' || first == 'p') return Half::pm;
  }
  text = before;
  return Half::none;
}

// "09:52:29.237", "09:52:29 PM.237" and "09:52:29.237 PM".
std::optional<Micros> time_of_day(std::string_view text) {
  const Number hours = take_number(text);
  if (hours.digits == 0 || hours.digits > 2 || !take(text, ':')) return std::nullopt;
  const Number minutes = take_number(text);
  if (minutes.digits != 2 || minutes.value > 59 || !take(text, ':')) return std::nullopt;
  const Number seconds = take_number(text);
  if (seconds.digits != 2 || seconds.value > 60) return std::nullopt;
  Half half = take_half(text);
  Micros fraction = 0;
  if (take(text, '.')) {
    const Number digits = take_number(text);
    if (digits.digits == 0 || digits.digits > 6) return std::nullopt;
    fraction = digits.value;
    for (std::size_t i = digits.digits; i < 6; ++i) fraction *= 10;
  }
  if (half == Half::none) half = take_half(text);
  if (!text.empty() || hours.value > (half == Half::none ? 23U : 12U)) return std::nullopt;
  unsigned hour = hours.value;
  if (half != Half::none) hour = hour % 12 + (half == Half::pm ? 12 : 0);
  return Micros{hour * 3600 + minutes.value * 60 + seconds.value} * second + fraction;
}

}  // namespace

std::optional<Micros> DateReader::read(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == text.npos) return std::nullopt;
  const auto time = time_of_day(text.substr(blank + 1));
  if (!time) return std::nullopt;
  const auto date = read_date(text.substr(0, blank));
  if (!date) return std::nullopt;
  return days_from_civil(*date) * 86400 * second + *time - Micros{utc_offset_minutes_} * 60 * second;
}

std::optional<CivilDate> DateReader::read_date(std::string_view text) {
  std::array<Number, 3> parts;
  char separator = '\0';
  for (Number& part : parts) {
    part = take_number(text);
    if (part.digits == 0 || part.digits == 3 || part.digits > 4) return std::nullopt;
    if (separator == '\0' && !text.empty()) separator = text[0];
    std::size_t gap = 0;  // "/", "-", ".", or a character such as U+5E74 in UTF-8
    while (gap < text.size() && !is_digit(text[gap])) ++gap;
    if (gap > 3) return std::nullopt;
    text.remove_prefix(gap);
  }
  if (!text.empty()) return std::nullopt;

  if (parts[0].digits == 4) {
    const CivilDate date{static_cast<int>(parts[0].value), parts[1].value, parts[2].value};
    return exists(date) ? std::optional(date) : std::nullopt;
  }
  // strftime(3)'s %x prints two digits of the year in many locales.
  const int year = static_cast<int>(parts[2].value) + (parts[2].digits <= 2 ? 2000 : 0);
  const CivilDate day_first{year, parts[1].value, parts[0].value};
  const CivilDate month_first{year, parts[0].value, parts[1].value};
  const bool can_be_month_first = separator == '/' && exists(month_first);
  if (!exists(day_first)) {
    if (!can_be_month_first) return std::nullopt;
    order_ = Order::month_first;
    return month_first;
  }
  if (!can_be_month_first) {
    if (separator == '/') order_ = Order::day_first;
    return day_first;
  }
  if (order_ == Order::month_first) return month_first;
  if (order_ == Order::day_first) return day_first;
  return nearer(month_first, day_first);
}

CivilDate DateReader::nearer(CivilDate month_first, CivilDate day_first) const {
  if (reference_ == no_time) return month_first;
  const std::int64_t today = reference_ / second / 86400;
  const auto distance = [today](CivilDate date) { return std::abs(days_from_civil(date) - today); };
  return distance(day_first) < distance(month_first) ? day_first : month_first;
}

}  // namespace egressc::audit
