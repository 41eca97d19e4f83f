#include "deploy/change.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "deploy/change_fixture.h"
#include "deploy/switching.h"

using namespace egressc;
using namespace egressc::deploy;
using namespace egressc::test;

namespace {

const std::string one = policy_text("198.51.100.1");
const std::string two = policy_text("198.51.100.2");
const Change outdated{ChangeOutcome::outdated, 2, {}};

bool is_staged(const Place& place) {
  return std::filesystem::exists(place.options.state_directory + "/host/next") ||
         std::filesystem::exists(place.options.state_directory + "/host/before");
}

std::string body(const Result<std::optional<StateRecord>>& record) {
  REQUIRE(record);
  return *record ? (*record)->body : "?";
}

std::uint32_t line_of(const std::string& text, std::string_view part) {
  REQUIRE(has_text(text, part));
  const std::string before = text.substr(0, text.find(part));
  return 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
}

std::string live_set(const Target& target) {
  const auto is_live = [](const auto& set) { return set->timeout.count() != 0; };
  const auto& sets = target.table->sets;
  CHECK(std::count_if(sets.begin(), sets.end(), is_live) == 2);
  return (*std::find_if(sets.begin(), sets.end(), is_live))->name;
}

void loads_warm_up(KernelTwin& kernel) {
  if (kernel.committed.size() != 1) return;
  kernel.own = {true, warm_up_comment, kernel.own.generation};
  kernel.own_listing = kernel.committed.front();
}

}  // namespace

TEST_CASE("what is committed is a table without rules that deny, then those, and is remembered") {
  Place place;
  const auto [status, said] = place.apply(one);
  CHECK(status == 0);
  CHECK(said == "");
  REQUIRE(place.kernel.checked.size() == 1);
  CHECK(has_text(place.kernel.checked[0], "add table inet egressc\ndelete table inet egressc\ntable inet egressc {\n"));
  REQUIRE(place.kernel.committed.size() == 2);
  const std::string& first = place.kernel.committed[0];
  CHECK(
      first.starts_with("add table inet egressc\ndelete table inet egressc\ntable inet egressc {\n\tchain output {\n"));
  CHECK(has_text(first, "198.51.100.1 . tcp . 443"));
  CHECK_FALSE(has_text(first, "policy drop"));
  CHECK_FALSE(has_text(first, "goto rules"));
  CHECK(place.kernel.tried_of_checked == std::vector{Tried::all});
  CHECK(has_text(place.kernel.committed[1], "goto rules"));
  CHECK_FALSE(has_text(place.kernel.committed[1], "198.51.100.1"));
  const OwnTable table{true, table_comment(*target_of_text(one).ruleset), 2};
  CHECK(body(place.state().running(table)) == one);
  CHECK(body(place.state().previous(table)) == "");
  CHECK_FALSE(is_staged(place));
}

TEST_CASE("what ran before is deleted when no packet can be in it any more") {
  Place place;
  place.run(one);
  const std::string text = text_of(target_of_text(one));
  place.kernel.own_listing = text.substr(text.find("table inet egressc {"));
  auto site = open_site(place.kernel, place.options);
  REQUIRE(site);
  CHECK(free_tag(site->running) == "_b");
  const auto [status, said] =
      with_errors([&] { return change(place.kernel, *site, target_of_text(two, "_b"), place.markers, place.options); });
  CHECK(status == 0);
  CHECK(said == "");
  REQUIRE(place.kernel.committed.size() == 3);
  CHECK(has_text(place.kernel.committed[1], "goto rules_b"));
  CHECK_FALSE(has_text(place.kernel.committed[1], "delete"));
  CHECK(place.kernel.waits == std::vector<std::size_t>{2});
  CHECK(has_text(place.kernel.committed[2], "delete chain inet egressc rules\n"));
  CHECK_FALSE(has_text(place.kernel.committed[2], "output"));
}

TEST_CASE("after a wait the rules are committed as anywhere") {
  Place place;
  place.options.warm_up = std::chrono::milliseconds(1);
  place.kernel.after_attempt = loads_warm_up;
  CHECK(place.apply(one).first == 0);
  REQUIRE(place.kernel.committed.size() == 3);
  CHECK_FALSE(has_text(place.kernel.committed[0], "198.51.100.1"));
  CHECK(has_text(place.kernel.committed[1], "198.51.100.1 . tcp . 443"));
}

TEST_CASE("a person is told how to go back") {
  Place place;
  place.options.quiet = false;
  const auto [status, said] = place.apply(one);
  CHECK(status == 0);
  CHECK(said == "applied to this host; `egressc rollback` takes it back\n");
}

TEST_CASE("where nobody can be asked nothing is changed") {
  Place place;
  place.options.yes = false;
  const auto [status, said] = place.apply(one);
  CHECK(status == 2);
  CHECK(said == "egressc: standard input is no terminal, so nobody can be asked: add --yes\n");
  CHECK(place.kernel.committed.empty());
  CHECK_FALSE(is_staged(place));
}

TEST_CASE("a dry run asks the kernel, and commits nothing") {
  Place place;
  place.options.dry_run = true;
  const auto [status, said] = place.apply(one);
  CHECK(status == 0);
  CHECK(place.kernel.checked.size() == 1);
  CHECK(place.kernel.committed.empty());
  CHECK_FALSE(std::filesystem::exists(place.options.state_directory));
}

TEST_CASE("what the kernel refuses beforehand is blamed on the policy, and never committed") {
  Place place;
  const std::uint32_t line = line_of(text_of(target_of_text(one)), "198.51.100.1 . tcp");
  place.kernel.next_check.outcome = ChangeOutcome::refused;
  place.kernel.next_check.refusal.error({"policy.yaml", line, 4}, "Could not process rule: No space left on device", "",
                                        "\t\t\t198.51.100.1 . tcp . 443");
  for (const bool is_dry : {true, false}) {
    place.options.dry_run = is_dry;
    const auto [status, said] = place.apply(one);
    CHECK(status == 3);
    CHECK(has_text(said, "policy.yaml:7:"));
    CHECK(has_text(said, "No space left on device"));
    CHECK(has_text(said, "the kernel does not take this ruleset: nothing is changed"));
    CHECK(place.kernel.committed.empty());
    CHECK_FALSE(is_staged(place));
  }
}

TEST_CASE("elements of a large ruleset are tried before the change where somebody is asked, and else by it") {
  std::string addresses = "      - {to: many.example.com, ports: [tcp/1], addresses: [10.0.0.0";
  for (int i = 1; i < 2500; ++i) addresses += fmt::format(", 10.0.{}.{}", i / 128, i % 128 * 2);
  const std::string large = policy_text("198.51.100.1", addresses + "]}\n");
  for (const bool is_asked : {false, true}) {
    Place place;
    place.options.dry_run = is_asked;
    CHECK(place.apply(large).first == 0);
    REQUIRE(place.kernel.checked.size() == 1);
    if (is_asked) {
      CHECK(place.kernel.tried_of_checked == std::vector{Tried::all});
      CHECK(has_text(place.kernel.checked[0], text_of(target_of_text(large))));
    } else {
      REQUIRE(place.kernel.committed.size() == 2);
      CHECK(place.kernel.tried_of_checked == std::vector{Tried::without_services});
      CHECK(place.kernel.checked == std::vector{place.kernel.committed[0]});
    }
  }
}

TEST_CASE("an element that the kernel refuses in the end is blamed on the policy") {
  Place before;
  CHECK(before.apply(one).first == 0);
  const std::string& text = before.kernel.committed.at(0);
  Place place;
  Change refused;
  refused.refusal.error({"policy.yaml", line_of(text, "198.51.100.1 . tcp"), 4}, "No space left on device", "",
                        "\t\t\t198.51.100.1 . tcp . 443");
  place.kernel.first_commits = {refused};
  const auto [status, said] = place.apply(one);
  CHECK(status == 3);
  CHECK(has_text(said, "policy.yaml:7:"));
  CHECK(has_text(said, "the kernel refuses it: nothing is changed"));
  CHECK(place.kernel.committed.empty());
  CHECK_FALSE(is_staged(place));
}

TEST_CASE("what the kernel refuses in the end leaves all as it was") {
  Place place;
  place.run(one);
  Change refused;
  refused.refusal.error({"policy.yaml", 3, 1}, "no", "");
  place.kernel.first_commits = {refused};
  const auto [status, said] = place.apply(two);
  CHECK(status == 3);
  CHECK(has_text(said, "the kernel refuses it: nothing is changed"));
  CHECK(place.kernel.committed.empty());
  CHECK_FALSE(is_staged(place));
  CHECK(body(place.state().running(place.kernel.own)) == one);
}

TEST_CASE("a change that means nothing is no reason to stop") {
  Place place;
  place.kernel.first_commits = {outdated, outdated};
  int attempts = 0;
  place.kernel.after_attempt = [&](KernelTwin&) {
    if (++attempts <= 2) place.turn(nft_json(R"({"table": {"family": "ip", "name": "other", "handle": 1}})"));
  };
  const auto [status, said] = place.apply(one);
  CHECK(status == 0);
  CHECK(said == "");
  CHECK(attempts == 4);
  CHECK(place.kernel.committed.size() == 2);
}

TEST_CASE("a change of what passes stops, and says whose it is") {
  Place place;
  place.kernel.changers = {"firewalld (pid 812)", "nft (pid 9)"};
  place.kernel.first_commits = {outdated};
  place.kernel.after_attempt = [&](KernelTwin&) { place.turn(nft_json(foreign_drop("198.51.100.9"))); };
  const auto [status, said] = place.apply(one);
  CHECK(status == 3);
  CHECK(said ==
        "egressc: the ruleset was changed meanwhile by firewalld (pid 812), nft (pid 9): look at the difference again: "
        "nothing is changed\n");
  CHECK(place.kernel.committed.empty());
  CHECK_FALSE(is_staged(place));
}

TEST_CASE("a ruleset that changes all the time is given up") {
  Place place;
  for (int i = 0; i < 100; ++i) place.kernel.first_commits.push_back(outdated);
  place.kernel.after_attempt = [&](KernelTwin&) { place.turn(nft_json()); };
  const auto [status, said] = place.apply(one);
  CHECK(status == 3);
  CHECK(has_text(said,
                 "another process changed the ruleset meanwhile again and again: try when nothing else changes it"));
  CHECK(place.kernel.committed.empty());
}

TEST_CASE("a transaction in between is said, although it is too late") {
  Place place;
  place.kernel.changers = {"nft (pid 9)"};
  place.kernel.next_commit = Change{ChangeOutcome::done, 3, {}};
  const auto [status, said] = place.apply(one);
  CHECK(status == 0);
  CHECK(said == "warning: the ruleset was changed meanwhile by nft (pid 9): egressc diff shows what runs now\n");
}

TEST_CASE("a transaction just before what is loaded beside stops, if it changes what passes") {
  Place place;
  place.kernel.changers = {"nft (pid 9)"};
  place.kernel.first_commits = {Change{ChangeOutcome::done, 3, {}}};
  place.kernel.after_attempt = [&](KernelTwin& kernel) {
    if (kernel.committed.size() == 1) place.turn(nft_json(foreign_drop("198.51.100.9")));
  };
  const auto [status, said] = place.apply(one);
  CHECK(status == 3);
  CHECK(
      said ==
      "egressc: the ruleset was changed meanwhile by nft (pid 9): look at the difference again: nothing is changed\n");
  REQUIRE(place.kernel.committed.size() == 2);
  CHECK(has_text(place.kernel.committed[1], "delete set inet egressc u1001_4\n"));
}

TEST_CASE("an answer that was lost is not taken for no change") {
  struct Row {
    bool is_made;
    std::string_view said;
  };
  for (const Row& row : {Row{false, "egressc: libnftables: killed: nothing is changed\n"},
                         Row{true,
                             "egressc: libnftables: killed: it is not known whether the rules are in force: "
                             "`egressc status` says what runs\n"}}) {
    Place place;
    place.run(one);
    const std::string comment = table_comment(*target_of_text(two).ruleset);
    place.kernel.first_commits = {Failure{"libnftables: killed"}};
    place.kernel.after_attempt = [&](KernelTwin& kernel) {
      if (row.is_made) kernel.own = {true, comment, kernel.own.generation + 1};
    };
    const auto [status, said] = place.apply(two);
    CHECK(status == 3);
    CHECK(said == row.said);
    CHECK(is_staged(place) == row.is_made);
    CHECK(body(place.state().running(place.kernel.own)) == (row.is_made ? two : one));
  }
}

TEST_CASE("a policy that is there already is no proof that it was committed again") {
  Place place;
  place.run(one);
  place.kernel.first_commits = {Failure{"libnftables: killed"}};
  CHECK(place.apply(one).second == "egressc: libnftables: killed: nothing is changed\n");
  CHECK_FALSE(is_staged(place));
}

TEST_CASE("rules that are in force and not remembered are said to be in force") {
  Place place;
  auto site = open_site(place.kernel, place.options);
  REQUIRE(site);
  std::filesystem::create_directory(place.options.state_directory + "/host/previous");
  const auto [status, said] =
      with_errors([&] { return change(place.kernel, *site, target_of_text(one), place.markers, place.options); });
  CHECK(status == 3);
  CHECK(has_text(said, "Is a directory: the rules are in force, but this is not remembered"));
  CHECK(place.kernel.committed.size() == 2);
}

TEST_CASE("what cannot be written down beforehand is not begun") {
  Place place;
  auto site = open_site(place.kernel, place.options);
  REQUIRE(site);
  std::filesystem::create_directory(place.options.state_directory + "/host/next.d");
  std::filesystem::create_directory(place.options.state_directory + "/host/before");
  const auto [status, said] =
      with_errors([&] { return change(place.kernel, *site, target_of_text(one), place.markers, place.options); });
  CHECK(status == 3);
  CHECK(has_text(said, ": nothing is changed\n"));
  CHECK(place.kernel.committed.empty());
}

TEST_CASE("what live sets hold is carried over, with its time") {
  Place place;
  const std::string text = policy_text("198.51.100.1", live_grant);
  place.run(text);
  const Target target = target_of_text(text);
  const std::string made = text_of(target);
  place.kernel.own_listing = fmt::format(
      "table inet egressc {{\n\tset {} {{\n\t\ttypeof ip daddr\n\t\tsize 65536\n\t\tflags timeout\n\t\ttimeout 1h\n"
      "\t\telements = {{ 198.51.100.7 expires 10m, 198.51.100.70 timeout 1h expires 20m,\n"
      "\t\t\t     203.0.113.0/24 expires 5m }}\n\t}}\n}}\n",
      live_set(target));
  const auto [status, said] = place.apply(text);
  CHECK(status == 0);
  REQUIRE(place.kernel.committed.size() == 1);
  const std::string& committed = place.kernel.committed.front();
  const std::string after = committed.substr(made.size());
  CHECK(committed.starts_with(made));
  CHECK(has_text(after, live_set(target)));
  CHECK(has_text(after, "198.51.100.70 timeout 1h expires 19m59s"));
  CHECK_FALSE(has_text(after, "198.51.100.7 "));
  CHECK(said == "warning: 1 element of a live set is not carried over: the new sets cannot hold it\n");
}

TEST_CASE("elements that come while a person thinks are carried over, too") {
  Place place;
  const std::string text = policy_text("198.51.100.1", live_grant);
  place.run(text);
  const std::string set = live_set(target_of_text(text));
  place.kernel.first_commits = {Change{ChangeOutcome::outdated, 2, {}}};
  place.kernel.after_attempt = [&](KernelTwin& kernel) {
    kernel.own_listing = fmt::format(
        "table inet egressc {{\n\tset {} {{\n\t\ttypeof ip daddr\n\t\tflags timeout\n\t\ttimeout 1h\n"
        "\t\telements = {{ 198.51.100.77 expires 50m }}\n\t}}\n}}\n",
        set);
    if (kernel.committed.empty()) place.turn(nft_json());
  };
  CHECK(place.apply(text).first == 0);
  REQUIRE(place.kernel.committed.size() == 1);
  CHECK(has_text(place.kernel.committed.front(), "198.51.100.77"));
}

TEST_CASE("a policy that is applied twice keeps the one before it") {
  Place place;
  place.run(one);
  place.run(two);
  place.run(two);
  CHECK(body(place.state().running(place.kernel.own)) == two);
  CHECK(body(place.state().previous(place.kernel.own)) == one);
}

TEST_CASE("the table of somebody else is remembered as it is listed") {
  Place place;
  place.kernel.own = {true, "", 1};
  place.kernel.own_listing = "table inet egressc {\n}\n";
  CHECK(place.apply(one).first == 0);
  const auto before = place.state().previous({true, table_comment(*target_of_text(one).ruleset), 2});
  REQUIRE(before);
  REQUIRE(before->has_value());
  CHECK((*before)->kind == RecordKind::ruleset);
  CHECK((*before)->body == place.kernel.own_listing);
}

TEST_CASE("a removal is remembered, and says so") {
  Place place;
  place.run(one);
  place.options.quiet = false;
  const auto [status, said] = place.change(remove_target());
  CHECK(status == 0);
  CHECK(said == "removed from this host; `egressc rollback` takes it back\n");
  REQUIRE(place.kernel.committed.size() == 1);
  CHECK(place.kernel.committed.front() == "add table inet egressc\ndelete table inet egressc\n");
  CHECK(body(place.state().previous({})) == one);
}

TEST_CASE("where nothing tracks connections a rule that does comes first") {
  for (const bool has_warm_up : {false, true}) {
    Place place;
    place.options.warm_up = std::chrono::milliseconds(10);
    if (has_warm_up) place.kernel.own = {true, warm_up_comment, 1};
    place.kernel.after_attempt = loads_warm_up;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(place.apply(one).first == 0);
    CHECK(std::chrono::steady_clock::now() - begin >= place.options.warm_up);
    REQUIRE(place.kernel.committed.size() == 3);
    CHECK(has_text(place.kernel.committed[0], "comment \"egressc warm-up\""));
    CHECK(has_text(place.kernel.committed[0], "ct state established,related counter comment"));
    CHECK_FALSE(has_text(place.kernel.committed[0], "drop"));
  }
}

TEST_CASE("what is taken out denies nothing any more before it goes") {
  Place place;
  place.run(policy_text("198.51.100.1"));
  const std::string text = text_of(target_of_text(policy_text("198.51.100.1")));
  place.kernel.own_listing = text.substr(text.find("table inet egressc {"));
  const auto [status, said] = place.change(remove_target());
  REQUIRE_MESSAGE(status == 0, said);
  REQUIRE(place.kernel.committed.size() == 2);
  CHECK(place.kernel.committed[0].starts_with("flush chain inet egressc output\ntable inet egressc {\n"));
  CHECK(has_text(place.kernel.committed[0], warm_up_comment));
  CHECK(place.kernel.committed[1] == "add table inet egressc\ndelete table inet egressc\n");
  CHECK(place.kernel.waits == std::vector<std::size_t>{1});
}

TEST_CASE("where connections are tracked, or a table runs, nobody waits") {
  Place place;
  place.options.warm_up = std::chrono::hours(1);
  place.kernel.running[""].nftables_json = nft_json(
      R"({"table": {"family": "inet", "name": "t", "handle": 1}}, {"chain": {"family": "inet", "table": "t", "name": "c", "handle": 1}}, {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 2, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established"]}}, {"accept": null}]}})");
  CHECK(place.apply(one).first == 0);
  CHECK(place.kernel.committed.size() == 2);
  Place other;
  other.run(one);
  other.options.warm_up = std::chrono::hours(1);
  CHECK(other.apply(two).first == 0);
  CHECK(other.kernel.committed.size() == 1);
}

TEST_CASE("what is open and denied is ended, if the policy says so") {
  const auto flow = [](std::uint32_t uid, const char* to, std::uint16_t port) {
    return FlowPoint{uid, 0, false, ip_protocol::tcp, parse_address(to).value(), port};
  };
  const std::string cut =
      "egressc: 1\nscope: subjects\nestablished: cut\nsubjects:\n  agent:\n    uid: 1001\n    allow:\n"
      "      - {to: 198.51.100.1, ports: [tcp/443]}\n  other:\n    uid: 1002\n    gid: 7-9\n"
      "    allow:\n      - {to: 198.51.100.2, ports: [tcp/443]}\n";
  const std::vector<FlowPoint> kept = {flow(1001, "198.51.100.1", 443), flow(1000, "198.51.100.9", 1),
                                       flow(1002, "198.51.100.2", 443)};
  std::vector<FlowPoint> all = kept;
  for (const FlowPoint& denied : {flow(1001, "198.51.100.1", 80), flow(1002, "198.51.100.1", 443)})
    all.push_back(denied);

  Place place;
  place.options.quiet = false;
  place.kernel.connections = all;
  CHECK(has_text(place.apply(cut).second, "this host: ended 2 open connections that the policy denies\n"));
  CHECK(place.kernel.connections == kept);
  place.kernel.connections = all;
  for (const auto& [word, instead] : {std::pair("cut", "keep"), std::pair("cut", "cut\nmode: monitor")}) {
    std::string text = cut;
    text.replace(text.find(word), 3, instead);
    CHECK_FALSE(has_text(place.apply(text).second, "ended"));
    CHECK(place.kernel.connections == all);
  }
}

TEST_CASE("what cannot be ended is said") {
  Place place;
  place.kernel.not_ended = {0, 2, "this kernel cannot do it"};
  const std::string cut = "established: cut\n" + policy_text("198.51.100.1");
  const auto [status, said] = place.apply(cut);
  CHECK(status == 0);
  CHECK(has_text(said,
                 "warning: 2 connections that are open and denied could not be ended: this kernel cannot do it; one "
                 "whose other end speaks may go on\n"));
}
