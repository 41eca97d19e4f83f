// A ruleset beside another one in a table, and the switch from one to the other.
#include "deploy/switching.h"

#include <doctest/doctest.h>

#include <string>

using namespace egressc;
using namespace egressc::deploy;

namespace {

std::string base(const std::string& tag) {
  return "\tchain output {\n\t\ttype filter hook output priority filter; policy accept;\n\t\tgoto rules" + tag +
         " comment \"egressc 1 policy sha256 00\"\n\t}\n";
}

std::string chains(const std::string& uid, const std::string& tag) {
  return "\tset u" + uid + tag + "_4 {\n\t\ttypeof ip daddr\n\t}\n\tchain u" + uid + tag + " {\n\t\tcounter goto deny" +
         tag + "\n\t}\n\tchain deny" + tag + " {\n\t\tcounter drop\n\t}\n\tchain rules" + tag +
         " {\n\t\tmeta skuid vmap { " + uid + " : goto u" + uid + tag + " }\n\t}\n";
}

std::string printed(const std::string& inside) {
  return "# a header\nadd table inet egressc\ndelete table inet egressc\ntable inet egressc {\n" + inside + "}\n";
}

std::string listed(const std::string& inside) { return "table inet egressc {\n" + inside + "}\n"; }

}  // namespace

TEST_CASE("the tag that is free is the one that does not run") {
  const std::pair<std::string, std::string_view> rows[] = {
      {"", ""},
      {listed(chains("1001", "") + base("")), "_b"},
      {listed(chains("1001", "_b") + base("_b")), ""},
      // What was left behind does not run.
      {listed(chains("1001", "") + chains("1002", "_b") + base("")), "_b"},
      {listed(chains("1001", "") + chains("1002", "_b") + base("_b")), ""},
  };
  for (const auto& [listing, tag] : rows) CHECK(free_tag(listing) == tag);
}

TEST_CASE("beside what runs, then in its place") {
  const std::string live = "\tset n_00_4 {\n\t}\n";
  const auto switched = switching(printed(live + chains("1002", "_b") + base("_b")),
                                  listed(live + "\tset n_11_4 {\n\t}\n" + chains("1001", "") + base("")));
  REQUIRE(switched);
  CHECK(switched->prepare == "table inet egressc {\n" + live + chains("1002", "_b") + "}\n");
  CHECK(switched->turn == "flush chain inet egressc output\ntable inet egressc {\n" + base("_b") + "}\n");
  CHECK(switched->clear ==
        "flush chain inet egressc u1001\nflush chain inet egressc deny\n"
        "flush chain inet egressc rules\ndelete chain inet egressc u1001\n"
        "delete chain inet egressc deny\ndelete chain inet egressc rules\n"
        "delete set inet egressc n_11_4\ndelete set inet egressc u1001_4\n");
  CHECK(switched->give_up ==
        "flush chain inet egressc u1002_b\nflush chain inet egressc deny_b\nflush chain inet egressc rules_b\n"
        "delete chain inet egressc u1002_b\ndelete chain inet egressc deny_b\ndelete chain inet egressc rules_b\n"
        "delete set inet egressc u1002_b_4\n");
}

TEST_CASE("what was left behind goes first, what others added goes with the old ruleset") {
  const std::string mine = "\tchain mine {\n\t\ttcp dport 9 drop\n\t}\n";
  const auto switched = switching(printed(chains("1002", "") + base("")),
                                  listed(chains("1001", "_b") + mine + chains("1003", "") + base("_b")));
  REQUIRE(switched);
  CHECK(switched->prepare.starts_with("flush chain inet egressc u1003\nflush chain inet egressc deny\n"));
  CHECK(switched->prepare.find("u1001_b") == std::string::npos);
  CHECK(switched->prepare.find("chain inet egressc mine") == std::string::npos);
  CHECK(switched->clear.find("delete chain inet egressc mine\n") != std::string::npos);
  CHECK(switched->clear.find("delete chain inet egressc deny_b\n") != std::string::npos);
  CHECK(switched->clear.find("delete chain inet egressc deny\n") == std::string::npos);
}

TEST_CASE("what is not ours is replaced whole") {
  const std::string text = printed(chains("1002", "") + base(""));
  const std::string_view foreign[] = {
      "",
      "table inet egressc {\n\tchain mine {\n\t}\n}\n",
      "table inet egressc {\n\tchain output {\n\t\ttype filter hook output priority 5; policy accept;\n\t\tgoto x "
      "comment \"egressc 1\"\n\t}\n}\n",
      "table inet egressc {\n\tchain output {\n\t\ttype filter hook output priority filter; policy accept;\n\t}\n}\n",
  };
  for (const std::string_view listing : foreign) CHECK_FALSE(switching(text, listing));
  CHECK_FALSE(switching(text, listed("\tmap m {\n\t}\n" + chains("1001", "_b") + base("_b"))));
  CHECK_FALSE(switching("add table inet egressc\ndelete table inet egressc\n", listed(chains("1001", "") + base(""))));
}
