#include "model/words/text.h"

#include <doctest/doctest.h>

namespace egressc {
namespace {

TEST_CASE("Letters and digits are those of ASCII") {
  CHECK(is_digit('0'));
  CHECK(is_digit('9'));
  CHECK_FALSE(is_digit('a'));
  CHECK_FALSE(is_digit('\xb2'));
  CHECK(is_letter('z'));
  CHECK(is_letter('A'));
  CHECK_FALSE(is_letter('_'));
  CHECK(to_lower('Z') == 'z');
  CHECK(to_lower('\xc4') == '\xc4');
  CHECK(to_lower("API.Example-1") == "api.example-1");
  CHECK(is_number("007"));
  CHECK_FALSE(is_number(""));
  CHECK_FALSE(is_number("-1"));
}

TEST_CASE("What is wanted is taken, or nothing is") {
  std::string_view text = "uid=1001";
  CHECK_FALSE(take(text, "gid="));
  CHECK(text == "uid=1001");
  CHECK(take(text, "uid="));
  CHECK(text == "1001");
}

TEST_CASE("Lines and words are taken with what ends them") {
  std::string_view text = "one\n\ntwo";
  CHECK(take_line(text) == "one");
  CHECK(take_line(text) == "");
  CHECK(text == "two");
  CHECK(take_line(text) == "two");
  CHECK(text.empty());
  CHECK(take_line(text) == "");

  text = "a  b";
  CHECK(take_word(text) == "a");
  CHECK(take_word(text) == "");
  CHECK(take_word(text) == "b");
  CHECK(take_word(text) == "");

  text = "key: value: more";
  CHECK(take_until(text, ':') == "key");
  CHECK(text == " value: more");
}

TEST_CASE("The next word stands behind any number of blanks") {
  std::string_view text = " \t192.0.2.1\tone  two ";
  CHECK(next_word(text) == "192.0.2.1");
  CHECK(next_word(text) == "one");
  CHECK(text == "  two ");
  CHECK(next_word(text) == "two");
  CHECK(next_word(text) == "");
  CHECK(text.empty());
}

TEST_CASE("Parts stand between separators, and may be empty") {
  CHECK(parts_of("", ',') == std::vector<std::string_view>{""});
  CHECK(parts_of("a", ',') == std::vector<std::string_view>{"a"});
  CHECK(parts_of(",a,,b,", ',') == std::vector<std::string_view>{"", "a", "", "b", ""});
}

TEST_CASE("A byte order mark is no part of a text") {
  CHECK(without_byte_order_mark("\xef\xbb\xbf{}") == "{}");
  CHECK(without_byte_order_mark("{}\xef\xbb\xbf") == "{}\xef\xbb\xbf");
}

TEST_CASE("Numbers fit, or are none") {
  CHECK(parse_number<std::uint8_t>("255") == std::uint8_t{255});
  CHECK(parse_number<std::uint8_t>("256") == std::nullopt);
  CHECK(parse_number<std::uint16_t>("0080") == std::uint16_t{80});
  CHECK(parse_number<std::uint32_t>("") == std::nullopt);
  CHECK(parse_number<std::uint32_t>("1 ") == std::nullopt);
  CHECK(parse_number<std::uint32_t>("+1") == std::nullopt);
  CHECK(parse_number<std::uint32_t>("-1") == std::nullopt);
  CHECK(parse_number<int>("-1") == -1);

  std::string_view text = "3:25-";
  CHECK(take_number<std::uint32_t>(text) == 3U);
  CHECK(text == ":25-");
  CHECK(take_number<std::uint32_t>(text) == std::nullopt);
  CHECK(text == ":25-");

  CHECK(parse_decimal("0", 0) == std::uint64_t{0});
  CHECK(parse_decimal("010", 100) == std::nullopt);
  CHECK(parse_decimal("101", 100) == std::nullopt);
  CHECK(parse_decimal("18446744073709551615", ~std::uint64_t{0}) == ~std::uint64_t{0});
  CHECK(parse_decimal("18446744073709551616", ~std::uint64_t{0}) == std::nullopt);
  CHECK(parse_decimal("", 100) == std::nullopt);

  text = "65535/x";
  CHECK(take_decimal(text, 65535) == 65535U);
  CHECK(text == "/x");
  text = "65536";
  CHECK(take_decimal(text, 65535) == std::nullopt);
  text = "00";
  CHECK(take_decimal(text, 65535) == std::nullopt);
  text = "100000";
  CHECK(take_decimal(text, 999999) == std::nullopt);
}

TEST_CASE("Bytes that are no UTF-8 are found and written out") {
  CHECK(find_invalid_utf8("aä€") == std::string_view::npos);
  CHECK(find_invalid_utf8("a\xc0\x80") == 1);
  CHECK(valid_utf8("a\xffz") == "a\\xffz");
  CHECK(is_invisible(0x202e));
  CHECK_FALSE(is_invisible(0x20ac));
}

}  // namespace
}  // namespace egressc
