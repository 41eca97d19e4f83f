// Tables, base chains and what of them counts.
#include <string>

#include "nft_json_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

const FlowPoint tcp4 = point({});
const FlowPoint tcp6 = point({.to = "2001:db8::1"});

std::string base(std::string_view family, std::string_view table, std::string_view words) {
  return R"({"chain": {"family": ")" + std::string(family) + R"(", "table": ")" + std::string(table) +
         R"(", "name": "o", )" + std::string(words) + "}}";
}

const char* const dropping = R"("type": "filter", "hook": "output", "prio": 0, "policy": "drop")";
const char* const accepting = R"("type": "filter", "hook": "output", "prio": 0, "policy": "accept")";

std::string notes(const std::string& json) {
  Diagnostics diagnostics;
  CHECK(read(json, diagnostics).has_value());
  return diagnostics.render(false);
}

}  // namespace

TEST_CASE("nothing filters, and everything passes") {
  CHECK(meaning_of(listing({})).least == possible_flows());
  CHECK(meaning_of(R"({"nftables": []})").least == possible_flows());
}

TEST_CASE("every base chain on the way out has to accept") {
  const auto outcome = [](const std::string& words) {
    return passes(meaning_of(listing({base("inet", "a", accepting), base("inet", "b", words)})), tcp4);
  };
  CHECK(outcome(accepting) == Passes::yes);
  CHECK(outcome(dropping) == Passes::no);
  CHECK(outcome(R"("type": "route", "hook": "output", "prio": -150, "policy": "drop")") == Passes::no);
  CHECK(outcome(R"("type": "filter", "hook": "postrouting", "prio": 0, "policy": "drop")") == Passes::no);
  CHECK(outcome(R"("type": "nat", "hook": "output", "prio": -100, "policy": "drop")") == Passes::maybe);
  CHECK(outcome(R"("type": "filter", "hook": "input", "prio": 0, "policy": "drop")") == Passes::yes);
  CHECK(outcome(R"("type": "filter", "hook": "forward", "prio": 0, "policy": "drop")") == Passes::yes);
}

TEST_CASE("base chains come in the order in which packets meet them") {
  Diagnostics diagnostics;
  const auto filter = read(
      listing({base("inet", "late", R"("type": "filter", "hook": "postrouting", "prio": -300, "policy": "accept")"),
               base("ip", "second", accepting), base("ip6", "third", R"("type": "filter", "hook": "output")"),
               base("inet", "first", R"("type": "route", "hook": "output", "prio": -150, "policy": "accept")")}),
      diagnostics);
  REQUIRE(filter.has_value());
  CHECK(filter->hooks == std::vector<std::string>{"inet first o", "ip second o", "ip6 third o", "inet late o"});
}

TEST_CASE("a table of one family sees no packets of the other") {
  CHECK(passes(meaning_of(listing({base("ip", "t", dropping)})), tcp4) == Passes::no);
  CHECK(passes(meaning_of(listing({base("ip", "t", dropping)})), tcp6) == Passes::yes);
  CHECK(passes(meaning_of(listing({base("ip6", "t", dropping)})), tcp4) == Passes::yes);
  CHECK(passes(meaning_of(listing({base("ip6", "t", dropping)})), tcp6) == Passes::no);
  const std::string both = listing({base("ip", "t", dropping), base("ip6", "t", dropping), rule(accept, "o", "ip6")});
  CHECK(passes(meaning_of(both), tcp4) == Passes::no);
  CHECK(passes(meaning_of(both), tcp6) == Passes::yes);
}

TEST_CASE("names belong to their table") {
  const std::string json = listing(
      {base("inet", "t", dropping), base("inet", "u", accepting), chain("c"),
       R"({"chain": {"family": "inet", "table": "u", "name": "c"}})", rule(R"({"jump": {"target": "c"}})"),
       rule(accept, "c"), R"({"rule": {"family": "inet", "table": "u", "chain": "c", "expr": [{"drop": null}]}})"});
  CHECK(passes(meaning_of(json), tcp4) == Passes::yes);
  const std::string tricky =
      listing({base("inet", "a b", dropping), R"({"chain": {"family": "inet", "table": "a", "name": "b c"}})",
               R"({"rule": {"family": "inet", "table": "a", "chain": "b c", "expr": [{"accept": null}]}})",
               R"({"rule": {"family": "inet", "table": "a b", "chain": "o", "expr": [{"jump": {"target": "c"}}]}})"});
  CHECK(passes(meaning_of(tricky), tcp4) == Passes::maybe);
  const std::string blank = listing({base_chain(), chain(" "), rule(accept, " "), rule(R"({"queue": null})")});
  CHECK(passes(meaning_of(blank), tcp4) == Passes::maybe);
}

TEST_CASE("a table that is dormant does nothing") {
  for (const char* const flags : {R"("dormant")", R"(["dormant", "owner"])"}) {
    const std::string table =
        R"({"table": {"family": "inet", "name": "t", "handle": 1, "flags": )" + std::string(flags) + "}}";
    CHECK(passes(meaning_of(listing({table, base("inet", "t", dropping)})), tcp4) == Passes::yes);
  }
  const std::string owned = R"({"table": {"family": "inet", "name": "t", "flags": ["owner"]}})";
  CHECK(passes(meaning_of(listing({owned, base("inet", "t", dropping)})), tcp4) == Passes::no);
  // nft 1.0.6, of a table with any one flag: what it prints is the next value that it makes.
  for (const char* const any : {"\"t\"", "\"ip6\"", "\"owner\"", "7", "null", R"([1000, {"drop": null}])"}) {
    const std::string either =
        R"({"table": {"family": "inet", "name": "t", "handle": 1, "flags": )" + std::string(any) + "}}";
    CHECK(passes(meaning_of(listing({either, base("inet", "t", dropping)})), tcp4) == Passes::maybe);
  }
}

TEST_CASE("chains of other families that may drop are undecided") {
  const char* const egress = R"("type": "filter", "hook": "egress", "dev": "eth0", "prio": 0, "policy": "drop")";
  const auto outcome = [](const std::string& text) { return passes(meaning_of(text), tcp4); };
  CHECK(outcome(listing({base("netdev", "t", egress)})) == Passes::maybe);
  CHECK(outcome(listing({base("bridge", "t", accepting)})) == Passes::yes);
  CHECK(outcome(listing({base("bridge", "t", accepting), rule(drop, "o", "bridge")})) == Passes::maybe);
  CHECK(outcome(listing({base("arp", "t", R"("type": "filter", "hook": "input", "policy": "drop")")})) == Passes::yes);
}

TEST_CASE("a chain of type nat may drop") {
  const std::string nat = base("inet", "t", R"("type": "nat", "hook": "output", "prio": -100, "policy": "accept")");
  const auto outcome = [&](const std::string& statements, const std::string& called) {
    const Meaning meaning = meaning_of(listing({nat, chain("c"), rule(statements), rule(called, "c")}));
    CHECK(meaning.undecided.empty() == (passes(meaning, tcp4) == Passes::yes));
    return passes(meaning, tcp4);
  };
  CHECK(outcome(drop, accept) == Passes::maybe);
  CHECK(outcome(R"({"jump": {"target": "c"}})", drop) == Passes::maybe);
  CHECK(outcome(accept, drop) == Passes::yes);
  CHECK(outcome(R"({"masquerade": null})", drop) == Passes::yes);
  CHECK(outcome(R"({"jump": {"target": "c"}})", R"({"dnat": {"addr": "192.0.2.9"}})") == Passes::yes);
}

TEST_CASE("a packet has no state before conntrack has seen it") {
  const auto state = [](int priority, const char* hook, const char* word) {
    const std::string early = R"("type": "filter", "policy": "drop", "hook": ")" + std::string(hook) +
                              R"(", "prio": )" + std::to_string(priority);
    const std::string condition = match(R"({"ct": {"key": "state"}})", "in", word) + "," + accept;
    return passes(meaning_of(listing({base("inet", "t", early), rule(condition)})), tcp4);
  };
  CHECK(state(0, "output", "\"new\"") == Passes::yes);
  CHECK(state(-199, "output", "\"new\"") == Passes::yes);
  CHECK(state(-200, "output", "\"new\"") == Passes::maybe);
  CHECK(state(-201, "output", "\"new\"") == Passes::no);
  CHECK(state(-300, "output", "\"invalid\"") == Passes::yes);
  CHECK(state(-300, "output", R"(["invalid", "new"])") == Passes::yes);
  CHECK(state(-300, "postrouting", "\"new\"") == Passes::yes);
}

TEST_CASE("a chain that is called before and after conntrack") {
  const auto state = [](std::initializer_list<int> priorities, const char* word) {
    std::string json = listing({chain("c"), rule(match(R"({"ct": {"key": "state"}})", "in", word) + "," + drop, "c")});
    json.resize(json.size() - 2);
    for (const int priority : priorities) {
      const std::string name = "b" + std::to_string(-priority);
      json += R"(, {"chain": {"family": "inet", "table": "t", "name": ")" + name +
              R"(", "type": "filter", "hook": "output", "policy": "accept", "prio": )" + std::to_string(priority) +
              "}}, " + rule(R"({"jump": {"target": "c"}})", name);
    }
    return passes(meaning_of(json + "]}"), tcp4);
  };
  CHECK(state({0}, "\"invalid\"") == Passes::yes);
  CHECK(state({-300}, "\"invalid\"") == Passes::no);
  CHECK(state({-300}, "\"new\"") == Passes::yes);
  CHECK(state({0, -300}, "\"new\"") == Passes::maybe);
  CHECK(state({0, -300}, R"(["new", "invalid"])") == Passes::no);
}

TEST_CASE("nat on the way out is noted") {
  const char* const nat = R"("type": "nat", "hook": "output", "prio": -100, "policy": "accept")";
  const std::string note =
      "ruleset.json: note: chain inet t o gives packets another destination: of those, only what holds for the one "
      "before "
      "nat and the one behind it is decided\n";
  CHECK(notes(listing({base("inet", "t", nat), rule(R"({"dnat": {"addr": "192.0.2.9"}})")})) == note);
  CHECK(notes(listing({base("inet", "t", nat), rule(R"({"xt": {"type": "target", "name": "REDIRECT"}})")})) == note);
  CHECK(notes(listing({base("inet", "t", nat), rule(R"({"masquerade": null})")})).empty());
  CHECK(notes(listing({base("inet", "t", R"("type": "nat", "hook": "prerouting", "policy": "accept")"),
                       rule(R"({"dnat": {"addr": "192.0.2.9"}})")}))
            .empty());
}

TEST_CASE("a rule's text is short, printable and says where it stands") {
  const auto text_of = [](const std::string& statements) {
    Diagnostics diagnostics;
    const auto filter = read(listing({base_chain(), rule(statements)}), diagnostics);
    REQUIRE(filter.has_value());
    CHECK(filter->chains.front().rules.front().where == Location{"ruleset.json", 0, 0});
    return filter->chains.front().rules.front().text;
  };
  CHECK(text_of(match(meta("skuid"), "==", "1000") + "," +
                match(payload("tcp", "dport"), "!=", R"({"set": [80, {"range": [90, 99]}]})") +
                R"(,{"counter": null},)" + accept) ==
        "meta skuid 1000 tcp dport != { 80, 90-99 } counter accept (inet t o # handle 5)");
  CHECK(text_of(match(payload("ip", "daddr"), "==", R"({"prefix": {"addr": "192.0.2.0", "len": 24}})") +
                R"(,{"jump": {"target": "c"}})") == "ip daddr 192.0.2.0/24 jump c (inet t o # handle 5)");
  CHECK(text_of(R"({"vmap": {"key": {"meta": {"key": "skuid"}}, "data": {"set": [[1, {"accept": null}],
      [2, {"accept": null}]]}}})") == "meta skuid vmap { 1 and 1 more : accept } (inet t o # handle 5)");
  CHECK(text_of(R"({"log": {"prefix": "x"}},{"reject": {"type": "tcp reset"}})") ==
        "log reject tcp reset (inet t o # handle 5)");
  CHECK(text_of(R"({"jump": {"target": "\u001b[31m\n"}})") == "jump \\x1b[31m\\x0a (inet t o # handle 5)");
  std::string many = "1";
  for (int i = 2; i < 1000; ++i) many += "," + std::to_string(i);
  const std::string text = text_of(match(meta("skuid"), "==", R"({"set": [)" + many + "]}") + "," + accept);
  CHECK(text.size() < 200);
  CHECK(text.find("... (inet t o # handle 5)") != text.npos);
}

TEST_CASE("undecided rules say why") {
  const auto why = [](const std::string& statements) {
    const Meaning meaning = meaning_of(listing({base_chain(), rule(statements)}));
    REQUIRE(meaning.undecided.size() == 1);
    return meaning.undecided.front().why;
  };
  CHECK(why(match(meta("mark"), "==", "5") + "," + accept) == "it depends on meta mark");
  CHECK(why(match(meta("skuid"), "==", "\"me\"") + "," + accept) == "it depends on meta skuid");
  CHECK(why(R"({"limit": {"rate": 1}},)" + accept) == "it depends on a limit");
  CHECK(why(R"({"xt": {"type": "match", "name": "owner"}},)" + accept) == "nft does not tell what match owner asks");
  CHECK(why(R"({"queue": null})") == "a program decides on what is queued");
  CHECK(why(R"({"jump": {"target": "x"}})") == "there is no chain \"inet t x\"");
}
