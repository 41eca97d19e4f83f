#include "sources/audit/record.h"

#include <cstdlib>
#include <cstring>

#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

struct Number {
  unsigned value = 0;
  std::size_t digits = 0;
};

// At most nine digits.
Number take_digits(std::string_view& text) {
  Number number;
  while (number.digits < 9 && number.digits < text.size() && is_digit(text[number.digits]))
    number.value = number.value * 10 + static_cast<unsigned>(text[number.digits++] - '0');
  text.remove_prefix(number.digits);
  return number;
}

bool exists(CivilDate date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31 &&
         civil_from_days(days_from_civil(date)) == date;
}

enum class Half { none, am, pm };

Half take_half(std::string_view& text) {
  const std::string_view before = text;
  take(text, " ");
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
  const Number hours = take_digits(text);
  if (hours.digits == 0 || hours.digits > 2 || !take(text, ":")) return std::nullopt;
  const Number minutes = take_digits(text);
  if (minutes.digits != 2 || minutes.value > 59 || !take(text, ":")) return std::nullopt;
  const Number seconds = take_digits(text);
  if (seconds.digits != 2 || seconds.value > 60) return std::nullopt;
  Half half = take_half(text);
  Micros fraction = 0;
  if (take(text, ".")) {
    const Number digits = take_digits(text);
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

// "1795419859.670:299666"
bool read_epoch(std::string_view stamp, Record& record) {
  const auto seconds = take_number<std::uint64_t>(stamp);
  if (!seconds || *seconds > 99'999'999'999 || !take(stamp, ".")) return false;
  const std::string_view digits = take_until(stamp, ':');
  auto fraction = parse_number<std::uint32_t>(digits);
  if (!fraction || digits.size() > 6 || !read_number(stamp, record.serial)) return false;
  for (std::size_t i = digits.size(); i < 6; ++i) *fraction *= 10;
  record.at = static_cast<Micros>(*seconds) * second + *fraction;
  return true;
}

// "07/29/2025 09:52:29.237:87712186"
bool read_dated(std::string_view stamp, DateReader& dates, Record& record) {
  const std::size_t colon = stamp.rfind(':');
  if (colon == stamp.npos || !read_number(stamp.substr(colon + 1), record.serial)) return false;
  const auto at = dates.read(stamp.substr(0, colon));
  if (!at) return false;
  record.at = *at;
  record.interpreted = true;
  return true;
}

bool read_stamp(std::string_view stamp, DateReader& dates, Record& record) {
  if (stamp.size() == record.stamp_size && std::memcmp(stamp.data(), record.stamp.data(), stamp.size()) == 0)
    return true;
  record.stamp_size = 0;
  record.interpreted = false;
  if (!read_epoch(stamp, record)) return read_dated(stamp, dates, record);
  if (stamp.size() <= record.stamp.size()) {
    std::memcpy(record.stamp.data(), stamp.data(), stamp.size());
    record.stamp_size = stamp.size();
  }
  return true;
}

// The records that a log has most of, and that say nothing of connections.
bool is_often_ignored(std::string_view text) {
  return text.starts_with("type=PROCTITLE msg=audit(") || text.starts_with("type=PATH msg=audit(") ||
         text.starts_with("type=CWD msg=audit(");
}

// Names as auditd and journald write them, numbers (linux/audit.h) as the kernel and an auditd that knows no name do.
RecordType type_named(std::string_view name) {
  if (name.empty() || std::memchr("SUCN1", name[0], 5) == nullptr) return RecordType::other;
  if (name == "SYSCALL") return RecordType::syscall;
  if (name == "SOCKADDR") return RecordType::sockaddr;
  if (name == "SOCKETCALL") return RecordType::socketcall;
  if (name == "URINGOP") return RecordType::uringop;
  if (name == "CONNECT" || name == "NETWORK") return RecordType::network;
  if (take(name, "UNKNOWN[") && name.ends_with(']')) name.remove_suffix(1);
  if (name == "1300") return RecordType::syscall;
  if (name == "1306") return RecordType::sockaddr;
  if (name == "1304") return RecordType::socketcall;
  if (name == "1336") return RecordType::uringop;
  return RecordType::other;
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
    part = take_digits(text);
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

Reading read_record(std::string_view text, DateReader& dates, Record& record) {
  if (is_often_ignored(text)) return Reading::ignored;
  record.node = {};
  if (take(text, "node=")) record.node = take_word(text);
  if (!take(text, "type=")) {
    // Copies of logs have been seen with a stray byte before a record.
    if (text.size() < 6 || !text.substr(1).starts_with("type=")) return Reading::no_record;
    text.remove_prefix(6);
  }
  record.type = type_named(take_word(text));
  const bool audit = text.starts_with("msg=audit(") || text.starts_with("audit(");
  if (!audit) return Reading::no_record;
  if (record.type == RecordType::other) return Reading::ignored;

  text.remove_prefix(text[0] == 'm' ? 10 : 6);
  const auto* close = static_cast<const char*>(std::memchr(text.data(), ')', text.size()));
  if (close == nullptr) return Reading::broken;
  const std::string_view stamp = text.substr(0, static_cast<std::size_t>(close - text.data()));
  text.remove_prefix(stamp.size() + 1);
  if (!read_stamp(stamp, dates, record)) return Reading::broken;
  take(text, " ");
  if (!take(text, ":")) return Reading::broken;
  record.fields = raw_part(without_blanks(text));
  return Reading::record;
}

Reading read_entry(const Envelope& entry, Record& record) {
  if (entry.transport != "audit") return Reading::no_record;
  std::string_view text = entry.message;
  record.type = type_named(take_word(text));
  if (record.type == RecordType::other) return Reading::ignored;
  // Serials begin at 1 and have 32 bits (kernel/audit.c: audit_serial).
  if (entry.source_time == no_time || entry.audit_id == 0 || entry.audit_id > 0xffffffff) return Reading::broken;
  record.stamp_size = 0;
  record.interpreted = false;
  record.at = entry.source_time;
  record.serial = static_cast<std::uint32_t>(entry.audit_id);
  record.node = entry.host;
  record.fields = raw_part(without_blanks(text));
  return Reading::record;
}

}  // namespace egressc::sources
