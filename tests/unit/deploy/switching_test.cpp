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
         " {\n\t\tmeta skuid vmap {\n\t\t\t" + uid + " : goto u" + uid + tag + "\n\t\t}\n\t}\n";
}

RunningTable listed(const std::string& inside) { return running_table("table inet egressc {\n" + inside + "}\n"); }

// What chains() and base() say, and a live set of this name, if there is one.
NftTable made(std::uint32_t uid, const std::string& tag, const std::string& live = "") {
  NftTable table;
  const auto add_set = [&](const std::string& name, std::chrono::seconds timeout) {
    NftSet set;
    set.name = name;
    set.timeout = timeout;
    table.sets.push_back(std::make_shared<const NftSet>(set));
  };
  if (!live.empty()) add_set(live, std::chrono::hours(1));
  const std::string subject = "u" + std::to_string(uid) + tag;
  add_set(subject + "_4", std::chrono::seconds(0));
  table.chains = {
      {.name = subject, .rules = {{{NftPhrase::counter, NftGoto{"deny" + tag}}}}},
      {.name = "deny" + tag, .rules = {{{NftPhrase::counter, NftPhrase::drop}}}},
      {.name = "rules" + tag, .rules = {{{NftDispatch{false, {{{uid, uid}, subject}}}}}}},
      {.name = "output", .drops = false, .rules = {{{NftGoto{"rules" + tag}}, "egressc 1 policy sha256 00"}}},
  };
  return table;
}

}  // namespace

TEST_CASE("the tag that is free is the one that does not run") {
  const std::pair<RunningTable, std::string_view> rows[] = {
      {running_table(""), ""},
      {listed(chains("1001", "") + base("")), "_b"},
      {listed(chains("1001", "_b") + base("_b")), ""},
      // What was left behind does not run.
      {listed(chains("1001", "") + chains("1002", "_b") + base("")), "_b"},
      {listed(chains("1001", "") + chains("1002", "_b") + base("_b")), ""},
  };
  for (const auto& [running, tag] : rows) CHECK(free_tag(running) == tag);
}

TEST_CASE("beside what runs, then in its place") {
  const std::string live = "\tset n_00_4 {\n\t\ttypeof ip daddr\n\t\tflags timeout\n\t\ttimeout 1h\n\t}\n";
  const auto switched =
      switching(made(1002, "_b", "n_00_4"), listed(live + "\tset n_11_4 {\n\t}\n" + chains("1001", "") + base("")));
  REQUIRE(switched);
  CHECK(nft_text(switched->prepare) == "table inet egressc {\n" + live + chains("1002", "_b") + "}\n");
  CHECK(nft_text(switched->turn) == "flush chain inet egressc output\ntable inet egressc {\n" + base("_b") + "}\n");
  CHECK(nft_text(switched->clear) ==
        "flush chain inet egressc u1001\nflush chain inet egressc deny\n"
        "flush chain inet egressc rules\ndelete chain inet egressc u1001\n"
        "delete chain inet egressc deny\ndelete chain inet egressc rules\n"
        "delete set inet egressc n_11_4\ndelete set inet egressc u1001_4\n");
  CHECK(nft_text(switched->give_up) ==
        "flush chain inet egressc u1002_b\nflush chain inet egressc deny_b\nflush chain inet egressc rules_b\n"
        "delete chain inet egressc u1002_b\ndelete chain inet egressc deny_b\ndelete chain inet egressc rules_b\n"
        "delete set inet egressc u1002_b_4\n");
}

TEST_CASE("what was left behind goes first, what others added goes with the old ruleset") {
  const std::string mine = "\tchain mine {\n\t\ttcp dport 9 drop\n\t}\n";
  const auto switched =
      switching(made(1002, ""), listed(chains("1001", "_b") + mine + chains("1003", "") + base("_b")));
  REQUIRE(switched);
  const std::string prepare = nft_text(switched->prepare);
  const std::string clear = nft_text(switched->clear);
  CHECK(prepare.starts_with("flush chain inet egressc u1003\nflush chain inet egressc deny\n"));
  CHECK(prepare.find("u1001_b") == std::string::npos);
  CHECK(prepare.find("chain inet egressc mine") == std::string::npos);
  CHECK(clear.find("delete chain inet egressc mine\n") != std::string::npos);
  CHECK(clear.find("delete chain inet egressc deny_b\n") != std::string::npos);
  CHECK(clear.find("delete chain inet egressc deny\n") == std::string::npos);
  CHECK(clear.find("u1003") == std::string::npos);
}

TEST_CASE("what is not ours is replaced whole") {
  const NftTable table = made(1002, "");
  const std::string_view foreign[] = {
      "",
      "table inet egressc {\n\tchain mine {\n\t}\n}\n",
      "table inet egressc {\n\tchain output {\n\t\ttype filter hook output priority 5; policy accept;\n\t\tgoto x "
      "comment \"egressc 1\"\n\t}\n}\n",
      "table inet egressc {\n\tchain output {\n\t\ttype filter hook output priority filter; policy accept;\n\t}\n}\n",
  };
  for (const std::string_view listing : foreign) CHECK_FALSE(switching(table, running_table(listing)));
  CHECK_FALSE(switching(table, listed("\tmap m {\n\t}\n" + chains("1001", "_b") + base("_b"))));
}

namespace {

std::string in_table(const std::string& inside) { return "table inet egressc {\n" + inside + "}\n"; }

std::string live_set(const std::string& elements = "") {
  return "\tset n_00_4 {\n\t\ttypeof ip daddr\n\t\tflags timeout\n\t\ttimeout 1h\n" +
         (elements.empty() ? "" : "\t\telements = { " + elements + " }\n") + "\t}\n";
}

}  // namespace

TEST_CASE("what was there before comes back beside what runs") {
  const std::string before = in_table(chains("1001", "") + base(""));
  const auto stages = restoring(before, in_table(chains("1002", "_b") + base("_b")), nullptr);
  REQUIRE(stages);
  CHECK(stages->prepare == in_table(chains("1001", "")));
  CHECK(stages->turn == "flush chain inet egressc output\n" + in_table(base("")));
  CHECK(stages->clear ==
        "flush chain inet egressc u1002_b\nflush chain inet egressc deny_b\nflush chain inet egressc rules_b\n"
        "delete chain inet egressc u1002_b\ndelete chain inet egressc deny_b\ndelete chain inet egressc rules_b\n"
        "delete set inet egressc u1002_b_4\n");
  CHECK(stages->give_up.find("delete chain inet egressc rules\n") != std::string::npos);
}

TEST_CASE("a change that was cut off after its switch, and before it") {
  const std::string before = in_table(chains("1001", "") + base(""));
  const auto after = restoring(before, in_table(chains("1001", "") + chains("1002", "_b") + base("_b")), nullptr);
  REQUIRE(after);
  CHECK(after->prepare.starts_with("flush chain inet egressc u1001\n"));
  CHECK(after->prepare.ends_with(in_table(chains("1001", ""))));
  CHECK(after->clear.find("chain inet egressc deny\n") == std::string::npos);
  // The counters have gone on, and the old rules run.
  std::string runs = in_table(chains("1001", "") + chains("1002", "_b") + base(""));
  runs.insert(runs.find("counter goto") + 7, " packets 5 bytes 300");
  const auto not_yet = restoring(before, runs, nullptr);
  REQUIRE(not_yet);
  CHECK(not_yet->prepare.empty());
  CHECK(not_yet->turn.empty());
  CHECK(not_yet->clear.find("delete chain inet egressc rules_b\n") != std::string::npos);
  CHECK(not_yet->clear.find("u1001") == std::string::npos);
}

TEST_CASE("live sets stay, but for what the change has brought") {
  const std::string before = in_table(live_set("192.0.2.1 expires 5m") + chains("1001", "") + base(""));
  const std::string runs = in_table(live_set("192.0.2.1 expires 4m, 192.0.2.2 expires 1h, 192.0.2.3 expires 1m") +
                                    chains("1002", "_b") + base("_b"));
  NftTable brought = made(1002, "_b");
  NftSet set{.name = "n_00_4", .timeout = std::chrono::hours(1)};
  for (const char* address : {"192.0.2.1", "192.0.2.2"})
    set.elements.push_back({.address = parse_prefix(address).value()});
  brought.sets.push_back(std::make_shared<const NftSet>(set));
  const auto stages = restoring(before, runs, &brought);
  REQUIRE(stages);
  CHECK(stages->prepare.find("n_00_4") == std::string::npos);
  CHECK(
      stages->turn.starts_with("delete element inet egressc n_00_4 { 192.0.2.2 }\nflush chain inet egressc output\n"));
  CHECK(stages->clear.find("n_00_4") == std::string::npos);
  // One that the change has taken out comes back with its elements.
  const auto again = restoring(before, in_table(chains("1002", "_b") + base("_b")), nullptr);
  REQUIRE(again);
  CHECK(again->prepare.find(live_set("192.0.2.1 expires 5m")) != std::string::npos);
}

TEST_CASE("back to nothing, and from nothing") {
  const std::string runs = in_table(chains("1001", "") + base(""));
  const auto out = restoring("", runs, nullptr);
  REQUIRE(out);
  CHECK(out->prepare.empty());
  CHECK(out->turn.find("policy accept") != std::string::npos);
  CHECK(out->turn.find("goto") == std::string::npos);
  CHECK(out->clear == "add table inet egressc\ndelete table inet egressc\n");
  const auto in = restoring(in_table(chains("1001", "_b") + base("_b")), "", nullptr);
  REQUIRE(in);
  CHECK(in->prepare.find("egressc warm-up") != std::string::npos);
  CHECK(in->prepare.find("rules_b") != std::string::npos);
  CHECK(in->turn == "flush chain inet egressc output\n" + in_table(base("_b")));
  const auto none = restoring("", "", nullptr);
  REQUIRE(none);
  CHECK((none->prepare + none->turn + none->clear).empty());
}

TEST_CASE("what would mean two things comes back whole") {
  const std::string ours = in_table(chains("1001", "") + base(""));
  const std::string runs = in_table(chains("1002", "_b") + base("_b"));
  const std::string mine = "\tchain mine {\n\t\ttcp dport 9 drop\n\t}\n";
  std::string other_size = live_set();
  other_size.insert(other_size.find("\t\tflags"), "\t\tsize 9\n");
  const std::pair<std::string, std::string> rows[] = {
      {in_table(mine), runs},
      {ours, in_table(mine)},
      {in_table("\tflags dormant\n" + chains("1001", "") + base("")), runs},
      {in_table("\tmap m {\n\t}\n" + chains("1001", "") + base("")), runs},
      {in_table(live_set() + chains("1001", "") + base("")), in_table(other_size + chains("1002", "_b") + base("_b"))},
      {in_table(mine + chains("1001", "") + base("")), in_table(mine + chains("1002", "_b") + base("_b"))},
      {ours, in_table(chains("1002", "") + base(""))},
  };
  for (const auto& [before, now] : rows) {
    const std::string text = now;
    CAPTURE(text);
    CHECK_FALSE(restoring(before, now, nullptr));
  }
}
