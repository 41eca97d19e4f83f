#include <doctest/doctest.h>

#include <string_view>

#include "egressc/readers.h"

using namespace egressc;

TEST_CASE("ferm that may be given to ferm") {
  const std::string_view rows[] = {
      "",
      "# a comment may hold `id` and \"anything\n",
      " \t# @hook pre 'id';\n",
      "domain (ip ip6) table filter chain OUTPUT { policy DROP; mod state state (ESTABLISHED RELATED) ACCEPT; }\n",
      "@def $NET = (192.0.2.0/24 198.51.100.1);\n@def &allow($p) = proto tcp dport $p ACCEPT;\n",
      "table filter chain OUTPUT { saddr ! 192.0.2.1 !proto udp &allow((80 443)); daddr @ipfilter($NET) DROP; }",
      "@if @eq($DOMAIN, ip) { chain x { NOP; } } @else chain y DROP; # `id`",
      "chain OUTPUT { LOG log-prefix \"blocked: [x] \"; mod comment comment 'it is | ; { # fine' ACCEPT; }",
      "chain OUTPUT proto tcp @subchain 'web' { dport http ACCEPT; }",
  };
  for (const std::string_view row : rows) {
    CAPTURE(row);
    Diagnostics diagnostics;
    CHECK(is_harmless_ferm(row, "x.ferm", diagnostics));
    CHECK(diagnostics.all().empty());
  }
}

TEST_CASE("ferm that could run or read something") {
  struct Row {
    std::string_view text;
    std::uint32_t line;
    std::uint32_t column;
  };
  const Row rows[] = {
      {"`id`", 1, 1},
      {"domain ip {\n  @def $x = `id`;\n}", 2, 13},
      {"chain x ACCEPT; # '\n`id`", 2, 1},
      {"\r# `id`", 1, 1},
      {"@include 'id|';", 1, 1},
      {"include 'id|';", 1, 1},
      {"foo@include 'id|';", 1, 4},
      {"@hook pre 'id';", 1, 1},
      {"hook pre 'id';", 1, 1},
      {"daddr @resolve(example.com) ACCEPT;", 1, 7},
      {"@def $x = @glob('/etc/*');", 1, 11},
      {"chain x @preserve;", 1, 9},
      // a keyword can be a string
      {"! 'include' 'id|';", 1, 3},
      {"! \"@include\" 'id|';", 1, 3},
      {"! ('hook') pre 'id';", 1, 4},
      {"@def $k = 'include'; ! $k 'id|';", 1, 11},
      // or be built
      {"! @cat('inc', 'lude') 'id|';", 1, 3},
      {"! @join('', ('inc' 'lude')) 'id|';", 1, 3},
      {"! @substr('xinclude', 1, 7) 'id|';", 1, 3},
      {"@def $a = inc; ! \"${a}lude\" 'id|';", 1, 18},
      {"! @basename('/x/include') 'id|';", 1, 3},
      {"! @dirname('include/x') 'id|';", 1, 3},
      {"@def &f($v) = $v x; &f('\"$a\"');", 1, 24},
      {"&f('@resolve');", 1, 4},
      {"&f('@what');", 1, 4},
      {"&f('`id`');", 1, 4},
      {"chain x mod comment comment 'it\\'s' ACCEPT;", 1, 29},
      {"chain x mod comment comment 'open ACCEPT;", 1, 29},
      {"chain x mod comment comment \"open\nline\" ACCEPT;", 1, 29},
      {"chain x mod comment comment \"\xc3\xa9\" ACCEPT;", 1, 29},
      {"chain x | y", 1, 9},
      {"chain x > y", 1, 9},
      {"chain x \\", 1, 9},
      {"chain x @", 1, 9},
      {"chain x %", 1, 9},
      {std::string_view("chain x \0 y", 11), 1, 9},
      {"chain x\r\n", 1, 8},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    CHECK_FALSE(is_harmless_ferm(row.text, "x.ferm", diagnostics));
    REQUIRE(diagnostics.all().size() == 1);
    CHECK(diagnostics.all().front().where.line == row.line);
    CHECK(diagnostics.all().front().where.column == row.column);
    CHECK(!diagnostics.all().front().hint.empty());
  }
}
