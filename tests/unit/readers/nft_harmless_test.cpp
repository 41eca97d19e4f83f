#include <doctest/doctest.h>

#include <string_view>

#include "egressc/readers.h"

using namespace egressc;

TEST_CASE("nftables text that may be given to libnftables") {
  for (const std::string_view text : {
           "",
           "table inet t { chain c { type filter hook output priority 0; policy drop; } }\n",
           "# include \"/etc/shadow\"\ntable inet t { }\n",
           "table inet t { # include \"x\" \\\n}\n",
           "add rule inet t c log prefix \"include \\\"\n",
           "add rule inet t c comment \"a\ninclude \nb\"\n",
           "add chain inet t x-include\nadd chain inet t includes\nadd chain inet t do_monitor\n",
           "define monitors = 5\n",
       }) {
    CAPTURE(text);
    Diagnostics diagnostics;
    CHECK(is_harmless_nft(text, "x.nft", diagnostics));
    CHECK(diagnostics.all().empty());
  }
}

TEST_CASE("nftables text that could read a file, or wait for ever") {
  struct Row {
    std::string_view text;
    Location where;
  };
  const Row rows[] = {
      {"include \"/etc/shadow\"\n", {"x.nft", 1, 1}},
      {"include\"/etc/shadow\"", {"x.nft", 1, 1}},
      {"\tinclude \\\n\"x\"", {"x.nft", 1, 2}},
      {"table inet t {\n  chain c {\n    include \"x\"\n  }\n}\n", {"x.nft", 3, 5}},
      {"add table inet t; include \"x\"", {"x.nft", 1, 19}},
      // The string ends before it, and the comment with its line.
      {"add rule inet t c log prefix \"a\ninclude \"include \"x\"", {"x.nft", 2, 10}},
      {"# \"\ninclude \"x\"\n", {"x.nft", 2, 1}},
      {"# \\\ninclude \"x\"\n", {"x.nft", 2, 1}},
      {"\"\ninclude x\n", {"x.nft", 2, 1}},
      {"-include \"x\"", {"x.nft", 1, 2}},
      {"7include \"x\"", {"x.nft", 1, 2}},
      {"$include \"x\"", {"x.nft", 1, 2}},
      {"monitor\n", {"x.nft", 1, 1}},
      {"list ruleset; monitor ruleset\n", {"x.nft", 1, 15}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    CHECK_FALSE(is_harmless_nft(row.text, "x.nft", diagnostics));
    REQUIRE(diagnostics.all().size() == 1);
    CHECK(diagnostics.all()[0].where == row.where);
  }
}
