#include "egressc/diagnostics.h"

#include <doctest/doctest.h>

using namespace egressc;

TEST_CASE("a diagnostic shows the place, the line and what to do") {
  Diagnostics diagnostics;
  CHECK_FALSE(diagnostics.has_errors());
  diagnostics.warning({"a.log", 0, 0}, "the file is empty");
  CHECK_FALSE(diagnostics.has_errors());
  diagnostics.error({"p.yaml", 3, 7}, "uid -1 is no number", "uids are 0 to 4294967294", "  uid: -1");
  CHECK(diagnostics.has_errors());
  CHECK(diagnostics.render(false) ==
        "a.log: warning: the file is empty\n"
        "p.yaml:3:7: error: uid -1 is no number\n"
        "      uid: -1\n"
        "          ^\n"
        "  hint: uids are 0 to 4294967294\n");
}

TEST_CASE("nothing from an input reaches the terminal as it is") {
  Diagnostics diagnostics;
  diagnostics.error({"a\033[2J.log", 1, 3}, "bad \r\n text", "hint \xff", "\t\033]0;x\007");
  const std::string text = diagnostics.render(false);
  for (const char c : text) CHECK((c == '\n' || (c >= 0x20 && c <= 0x7e)));
  CHECK(text.find("a\\x1b[2J.log:1:3") != text.npos);
}

TEST_CASE("a very long line is shown around its column") {
  Diagnostics diagnostics;
  diagnostics.error({"p.yaml", 1, 5001}, "here", "", std::string(5000, 'a') + "X" + std::string(5000, 'b'));
  const std::string text = diagnostics.render(false);
  CHECK(text.size() < 600);
  const auto x = text.find('X');
  REQUIRE(x != text.npos);
  const auto line_start = text.rfind('\n', x) + 1;
  const auto caret_line = text.find('\n', x) + 1;
  CHECK(text[caret_line + (x - line_start)] == '^');
}

TEST_CASE("spelling suggestions") {
  CHECK(closest("nftable", {"nftables", "ferm"}) == "nftables");
  CHECK(closest("fern", {"nftables", "ferm"}) == "ferm");
  CHECK(closest("xyzzy", {"nftables", "ferm"}) == "");
  CHECK(closest("", {"a"}) == "");
}
