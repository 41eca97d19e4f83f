// Text that is no listing of nft, and listings that mean harm.
#include <string>

#include "nft_json_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

std::string errors(const std::string& json) {
  Diagnostics diagnostics;
  const bool is_read = read(json, diagnostics).has_value();
  CHECK(is_read == !diagnostics.has_errors());
  const std::string text = diagnostics.render(false);
  return text.substr(0, text.find('\n'));
}

std::string repeated(std::size_t count, std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < count; ++i) made += text;
  return made;
}

}  // namespace

TEST_CASE("text that is no listing is an error with its place") {
  CHECK(errors("") == "ruleset.json:1:1: error: this is no JSON: The document is empty.");
  CHECK(errors("table inet t {}").starts_with("ruleset.json:1:2: error: this is no JSON: "));
  CHECK(errors("{\"nftables\": [\n  {\"table\": }]}").starts_with("ruleset.json:2:13: error: this is no JSON: "));
  CHECK(errors("{\"nftables\": []} x").starts_with("ruleset.json:1:18: error: this is no JSON: "));
  CHECK(errors(std::string("{\"nftables\": []}\0x", 18)) ==
        "ruleset.json:1:17: error: this is no JSON: a byte is zero");
  CHECK(errors("{\"nftables\": [\"\xff\"]}").starts_with("ruleset.json:1:"));
  CHECK(errors("{\"nftables\": [1e999]}").starts_with("ruleset.json:1:"));
  const std::string no_list = "ruleset.json: error: this is no ruleset of nftables: it has no list \"nftables\"";
  for (const char* const json : {"null", "5", "\"x\"", "[]", "{}", "{\"nftables\": {}}", "{\"nftables\": 5}"})
    CHECK(errors(json) == no_list);
  const std::string no_entry =
      "ruleset.json: error: an entry of the list \"nftables\" is not an object such as {\"rule\": {...}}";
  for (const char* const entry : {"null", "5", "[]", "{}", R"({"rule": 5})", R"({"rule": {}, "chain": {}})"})
    CHECK(errors(std::string("{\"nftables\": [") + entry + "]}") == no_entry);
}

TEST_CASE("listings that contradict themselves are errors") {
  CHECK(errors(listing({base_chain(), base_chain()})) == "ruleset.json: error: a chain is listed twice");
  CHECK(
      errors(listing({R"({"table": {"family": "ip", "name": "t"}})", R"({"table": {"family": "ip", "name": "t"}})"})) ==
      "ruleset.json: error: a table is listed twice");
  CHECK(errors(listing({R"({"set": {"table": "t", "name": "s"}})", R"({"map": {"table": "t", "name": "s"}})"})) ==
        "ruleset.json: error: a set is listed twice");
  CHECK(errors(listing({rule(accept)})) == "ruleset.json: error: a rule belongs to a chain that is not listed");
  CHECK(errors(listing({R"({"chain": {"family": "inet", "table": "t"}})"})) ==
        "ruleset.json: error: a chain has no name");
  CHECK(errors(listing({base_chain("inet", R"("hook": "output", "policy": "maybe")")})) ==
        "ruleset.json: error: the policy of a chain is not understood");
  CHECK(errors(listing({R"({"add": {"table": {"family": "inet", "name": "t"}}})"})) ==
        "ruleset.json: error: these are commands for nft, and not a ruleset");
}

TEST_CASE("names that come twice in an object are an error") {
  const std::string twice = "ruleset.json: error: an object has two members of one name, or more than nft writes";
  CHECK(errors(listing({base_chain(), rule(R"({"accept": null, "accept": null})")})) == twice);
  CHECK(errors(R"({"nftables": [], "nftables": []})") == twice);
  CHECK(errors(listing({base_chain(), rule(R"({"match": {"op": "==", "op": "!=", "left": 1, "right": 2}})")})) ==
        twice);
  std::string many;
  for (int i = 0; i < 100; ++i) many += (i == 0 ? "" : ",") + ("\"m" + std::to_string(i) + "\": 1");
  CHECK(errors(listing({"{\"table\": {" + many + "}}"})) == twice);
}

TEST_CASE("depth is no danger") {
  const std::string deep = "ruleset.json: error: the values are nested deeper than nft does";
  CHECK(errors(listing({base_chain(), rule(repeated(100, "[") + repeated(100, "]"))})) == deep);
  CHECK(errors("{\"nftables\": [" + repeated(1'000'000, "[") + repeated(1'000'000, "]") + "]}") == deep);
  CHECK(errors(repeated(5'000'000, "[")).starts_with("ruleset.json:1:5000001: error: this is no JSON: "));
  CHECK(errors("{\"nftables\": [" + repeated(1'000'000, "{\"a\":") + "1" + repeated(1'000'000, "}") + "]}") == deep);
  CHECK(errors(listing({base_chain(), rule(match(repeated(20, "{\"&\": [") + "1" + repeated(20, ",1]}"), "==", "1"))}))
            .empty());
}

TEST_CASE("numbers of every size, and every type in every place, are read without harm") {
  const std::string good = listing({R"({"set": {"family": "inet", "table": "t", "name": "s", "flags": ["interval"],
      "elem": [{"elem": {"val": {"prefix": {"addr": "192.0.2.0", "len": 24}}, "expires": 5}}]}})",
                                    base_chain(),
                                    rule(match(payload("ip", "daddr"), "==", "\"@s\"") + "," +
                                         match(meta("skuid"), "==", R"({"set": [1, {"range": [5, 9]}]})") +
                                         R"(,{"vmap": {"key": {"concat": [{"meta": {"key": "skuid"}},
      {"ct": {"key": "state"}}]}, "data": {"set": [[{"concat": [1, "new"]}, {"accept": null}]]}}})")});
  REQUIRE(errors(good).starts_with("ruleset.json: note: sets change"));
  // Each value, whatever it is, is replaced by each of these.
  const char* const values[] = {"null",
                                "true",
                                "0",
                                "-1",
                                "4294967295",
                                "4294967296",
                                "18446744073709551615",
                                "99999999999999999999",
                                "1.5",
                                "\"\"",
                                "\"@s\"",
                                "\"*\"",
                                "[]",
                                "{}",
                                "[[]]",
                                R"({"set": []})",
                                R"({"concat": [1]})",
                                R"({"range": [9, 5]})",
                                R"({"prefix": {"addr": "::", "len": 999}})",
                                R"({"elem": {"val": null}})"};
  for (std::size_t begin = 0; begin < good.size(); ++begin) {
    const char first = good[begin];
    std::size_t end = begin + 1;
    if (first == '"') {
      end = good.find('"', begin + 1) + 1;
      if (good[good.find_first_not_of(' ', end)] == ':') {
        begin = end;  // a name
        continue;
      }
    } else if (first >= '0' && first <= '9') {
      end = good.find_first_not_of("0123456789.", begin);
    } else if (first == '[' || first == '{') {
      for (int depth = 1; depth > 0; ++end)
        depth += good[end] == '[' || good[end] == '{' ? 1 : good[end] == ']' || good[end] == '}' ? -1 : 0;
    } else {
      continue;
    }
    for (const char* const value : values) {
      const std::string json = good.substr(0, begin) + value + good.substr(end);
      CAPTURE(json);
      Diagnostics diagnostics;
      const auto filter = read(json, diagnostics);
      CHECK(filter.has_value() == !diagnostics.has_errors());
      if (!filter) continue;
      const Meaning meaning = evaluate(*filter, possible_flows());
      CHECK((meaning.least - meaning.most).empty());
      CHECK((!meaning.undecided.empty() || meaning.least == meaning.most));
    }
    if (first != '[' && first != '{') begin = end - 1;
  }
}
