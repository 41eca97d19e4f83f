// Times as values: no clock is read here.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace egressc {

// Microseconds since 1970-01-01T00:00:00Z.
using Micros = std::int64_t;
inline constexpr Micros no_time = std::numeric_limits<Micros>::min();
inline constexpr Micros second = 1'000'000;

// A day of the Gregorian calendar.
struct CivilDate {
  int year = 1970;
  unsigned month = 1;  // 1..12
  unsigned day = 1;    // 1..31
  auto operator<=>(const CivilDate&) const = default;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar.
std::int64_t days_from_civil(CivilDate date);
CivilDate civil_from_days(std::int64_t days);

// "2026-11-23T06:59:58Z", fractions of a second cut off.
std::string to_string_utc(Micros time);
// "YYYY-MM-DD", optionally "Thh:mm[:ss[.fraction]]" (or a blank for the T), optionally "Z", "+hh:mm", "-hhmm". Without
// a zone `utc_offset_minutes` is taken. The whole text must match; nullopt otherwise, also for a date that does not
// exist.
std::optional<Micros> parse_iso_time(std::string_view text, int utc_offset_minutes = 0);
// "YYYY-MM-DD"; nullopt for anything else, and for a date that does not exist.
std::optional<CivilDate> parse_date(std::string_view text);
std::string to_string(CivilDate date);

}  // namespace egressc
