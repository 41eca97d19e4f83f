#include "cli/option_values.h"

#include <doctest/doctest.h>

using namespace egressc::cli;

TEST_CASE("a duration is a number and its unit, up to a day") {
  const std::pair<std::string_view, std::int64_t> rows[] = {
      {"0", 0},  // in whatever unit
      {"0ms", 0},
      {"0s", 0},
      {"0h", 0},
      {"500ms", 500},
      {"1s", 1000},
      {"60s", 60'000},
      {"007s", 7000},
      {"5m", 300'000},
      {"1h", 3'600'000},
      {"24h", 86'400'000},
      {"1440m", 86'400'000},
      {"86400s", 86'400'000},
      {"86400000ms", 86'400'000},
  };
  for (const auto& [text, wanted] : rows) {
    CAPTURE(text);
    CHECK(parse_duration(text) == std::chrono::milliseconds(wanted));
  }
}

TEST_CASE("what is no duration, or a longer one") {
  for (const std::string_view text : {"",
                                      "00",
                                      "10",
                                      "s",
                                      "ms",
                                      "1d",
                                      "1w",
                                      "1S",
                                      "1H",
                                      "1 s",
                                      " 1s",
                                      "1s ",
                                      "1.5s",
                                      "-1s",
                                      "+1s",
                                      "1m30s",
                                      "1s1s",
                                      "0x1s",
                                      "1e3s",
                                      "1sec",
                                      "1us",
                                      "\n1s",
                                      "25h",
                                      "1441m",
                                      "86401s",
                                      "86400001ms",
                                      "4294967295h",
                                      "4294967296ms",
                                      "18446744073709551616ms",
                                      "99999999999999999999s"})
    CHECK_FALSE_MESSAGE(parse_duration(text), text);
  CHECK_FALSE(parse_duration(std::string_view("1s\0", 3)));
}

TEST_CASE("a size is a number of bytes, up to 1024G") {
  const std::pair<std::string_view, std::optional<std::size_t>> rows[] = {
      {"1", 1},
      {"100000", 100'000},
      {"64K", 65'536},
      {"512M", 536'870'912},
      {"1024G", std::size_t{1} << 40},
      {"0", std::nullopt},
      {"", std::nullopt},
      {"M", std::nullopt},
      {"1T", std::nullopt},
      {"1025G", std::nullopt},
      {"1m", std::nullopt},
      {"-1", std::nullopt},
  };
  for (const auto& [text, wanted] : rows) {
    CAPTURE(text);
    CHECK(parse_size(text) == wanted);
  }
}
