#include "egressc/time.h"

#include <doctest/doctest.h>

using namespace egressc;

TEST_CASE("ISO times") {
  struct Row {
    const char* text;
    const char* utc;  // nullptr: refused
  };
  const Row rows[] = {
      {"2026-11-23T07:44:18Z", "2026-11-23T07:44:18Z"},
      {"2026-11-23T07:44:18.590357215Z", "2026-11-23T07:44:18Z"},
      {"2026-11-23 07:44:18,590", "2026-11-23T07:44:18Z"},
      {"2026-11-23T09:44:18+02:00", "2026-11-23T07:44:18Z"},
      {"2026-11-23T00:44:18-0700", "2026-11-23T07:44:18Z"},
      {"2026-11-23", "2026-11-23T00:00:00Z"},
      {"2026-11-23T07:44", "2026-11-23T07:44:00Z"},
      {"2024-02-29", "2024-02-29T00:00:00Z"},
      {"2026-02-29", nullptr},
      {"2026-13-01", nullptr},
      {"2026-00-01", nullptr},
      {"2026-11-31", nullptr},
      {"2026-11-23T24:00:00Z", nullptr},
      {"2026-11-23T07:60:00Z", nullptr},
      {"2026-11-23T07:44:18.Z", nullptr},
      {"2026-11-23T07:44:18Zx", nullptr},
      {"2026-11-23T07:44:18+2:00", nullptr},
      {"26-11-23", nullptr},
      {"", nullptr},
      {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
      {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto time = parse_iso_time(row.text);
    REQUIRE(time.has_value() == (row.utc != nullptr));
    if (time) CHECK(to_string_utc(*time) == row.utc);
  }
  CHECK(parse_iso_time("2026-11-23T07:00:00", 120) == parse_iso_time("2026-11-23T05:00:00Z"));
  CHECK(*parse_iso_time("1970-01-01T00:00:00.000001Z") == 1);
}

TEST_CASE("days and dates are inverse over four centuries") {
  for (std::int64_t day = days_from_civil({1800, 1, 1}); day <= days_from_civil({2200, 12, 31}); ++day)
    REQUIRE(days_from_civil(civil_from_days(day)) == day);
  CHECK(days_from_civil({1970, 1, 1}) == 0);
  CHECK(days_from_civil({2000, 3, 1}) == 11017);
  CHECK(to_string(civil_from_days(20780)) == "2026-11-23");
}
