// Who differs, in what a policy governs; and names that one family alone reaches.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "compare/compare_fixture.h"

using namespace egressc;
using namespace egressc::compare_tests;

namespace {

std::string people(const Side& before, const Side& after) {
  std::string all;
  for (const SubjectDifference& subject : subjects_of(before, after)) {
    const auto list = [&](const char* word, const std::vector<IdRange>& ids) {
      for (const IdRange& range : ids)
        all += " " + std::string(word) + std::to_string(range.first) + "-" + std::to_string(range.last);
    };
    all += all.empty() ? "" : "; ";
    all += subject.label;
    list("u", subject.uids);
    list("g", subject.gids);
    if (subject.with_socket && subject.uids.empty() && subject.gids.empty()) all += " everybody";
    if (subject.without_socket) all += " no-socket";
  }
  return all;
}

const Side everything = ruleset(FlowSpace::all());
const Side nothing = ruleset(FlowSpace());

FlowSpace to_https(IdRange uids, IdRange gids = {0, no_id - 1}) {
  FlowBox box;
  box.uids = uids;
  box.gids = gids;
  box.protocols = {ip_protocol::tcp, ip_protocol::tcp};
  box.ports = {443, 443};
  return FlowSpace(box);
}

}  // namespace

TEST_CASE("packets without a socket are told apart from everybody") {
  FlowBox box;
  box.uids = box.gids = {no_id, no_id};
  const FlowSpace none = FlowSpace(box);
  CHECK(people(nothing, everything) == " everybody no-socket");
  CHECK(people(nothing, ruleset(none)) == " no-socket");
  CHECK(people(nothing, ruleset(FlowSpace::all() - none)) == " everybody");
  CHECK(text_of(nothing, everything) == "everybody, packets without a socket\n  +  anything\n");
  CHECK(text_of(nothing, ruleset(none)) == "packets without a socket\n  +  anything\n");
}

TEST_CASE("without a policy, ids alone say who") {
  CHECK(people(nothing, ruleset(to_https({1001, 1001}) | to_https({2000, 2015}))) == " u1001-1001 u2000-2015");
  CHECK(people(nothing, ruleset(to_https({1001, 1001}, {7, 8}))) == " u1001-1001 g7-8");
  CHECK(people(nothing, ruleset(to_https({0, no_id - 1}, {7, 7}) | to_https({0, no_id - 1}, {9, 9}))) == " g7-7 g9-9");
  // Lists of uids and of gids would say more than there is.
  CHECK(people(nothing, ruleset(to_https({1, 1}, {7, 7}) | to_https({2, 2}, {8, 8}))) == " u1-1 g7-7;  u2-2 g8-8");
}

TEST_CASE("subjects of the newer policy come first, and keep its labels") {
  const Side before = side("old", policy("  a: {uid: 1001, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"
                                         "  gone: {uid: 1003, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  const Side after = side("new", policy("  renamed: {uid: 1001, allow: [{to: 203.0.113.7, ports: [tcp/2]}]}\n"
                                        "  added: {uid: 1002, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  CHECK(people(before, after) == "renamed u1001-1001; added u1002-1002; gone u1003-1003");
  CHECK(people(after, before) == "a u1001-1001; gone u1003-1003; added u1002-1002");
  CHECK(people(before, before).empty());
}

TEST_CASE("a new label alone is no difference") {
  const Side before = side("old", policy("  a: {uid: 1001, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  const Side after = side("new", policy("  b: {uid: 1001, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  CHECK(people(before, after).empty());
  CHECK(compare_sides(before, after).empty());
}

TEST_CASE("ids that overlap belong to the newer policy's subject first") {
  const Side before = side("old", policy("  wide: {uid: 1000-1009, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  const Side after =
      side("new", policy("  narrow: {uid: [1003, 1005-1006], allow: [{to: 203.0.113.7, ports: [tcp/2]}]}\n"));
  CHECK(people(before, after) == "narrow u1003-1003 u1005-1006; wide u1000-1002 u1004-1004 u1007-1009");
  CHECK(people(after, before) == "wide u1000-1002 u1004-1004 u1007-1009; wide u1003-1003 u1005-1006");
}

TEST_CASE("other groups of a subject's users are said apart from everybody else") {
  const Side after =
      side("new", policy("  grouped: {uid: 3000, gid: 7, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  CHECK(people(everything, after) == "grouped u3000-3000 g7-7; other groups u3000-3000 g0-6 g8-4294967294");
  const Side closed = ruleset(FlowSpace());
  CHECK(people(closed, after) == "grouped u3000-3000 g7-7; everybody else u0-2999 u3001-4294967294 no-socket");
}

TEST_CASE("groups without users govern every user in them") {
  const Side after = side("new", policy("  group: {gid: [7, 9], allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n"));
  CHECK(people(everything, after) == "group g7-7 g9-9");
}

TEST_CASE("everybody else is everybody, if no subject has ids of theirs") {
  const Side host =
      side("new", "egressc: 1\nscope: host\nsubjects:\n  a: {uid: 5, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n");
  CHECK(people(nothing, host) == "a u5-5");
  CHECK(people(everything, host) == "a u5-5; everybody else u0-4 u6-4294967294 no-socket");
}

TEST_CASE("of a policy's baseline both bounds are compared") {
  const std::string subjects = "  a: {uid: 5, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n";
  const Side bare = side("bare", policy(subjects, "scope: host\n"));
  const Side ndp = side("ndp", policy(subjects, "scope: host\nbaseline: [ndp]\n"));
  CHECK(compare_sides(ndp, ndp).empty());
  const Difference wider = compare_sides(bare, ndp);
  CHECK_FALSE(wider.added.empty());
  CHECK((wider.added - baseline_flows(*ndp.policy)).empty());
  CHECK(wider.removed.empty());
  CHECK(wider.possibly_added.empty());
  CHECK(wider.possibly_removed.empty());
  CHECK(compare_sides(ndp, bare).removed == wider.added);
  // Its rules allow a part of these flows: who allows none of them or all does something else.
  CHECK(compare_sides(ndp, ruleset(ndp.meaning.least)).removed == wider.added);
  CHECK(compare_sides(ruleset(ndp.meaning.most), ndp).removed == wider.added);
  CHECK_FALSE(compare_sides(ruleset(bare.meaning.least), bare).widens());
}

TEST_CASE("what a policy grants within its baseline's bounds still counts between policies") {
  const std::string other = "  a: {uid: 0, allow: [{to: \"ff02::1:2\", ports: [udp/547]}]}\n";
  const Side one = side("one", policy(other, "scope: host\nbaseline: [dhcp]\n"));
  const Side none = side(
      "none", policy("  a: {uid: 0, allow: [{to: 203.0.113.7, ports: [tcp/1]}]}\n", "scope: host\nbaseline: [dhcp]\n"));
  CHECK(compare_sides(none, one).added == (one.meaning.least - none.meaning.least));
  CHECK(compare_sides(one, none).removed == (one.meaning.least - none.meaning.least));
}

TEST_CASE("the same undecided rules with the same behind them and the same bounds do the same") {
  const FlowSpace some = to_https({1, 1}) & possible_flows();
  Side before = nothing;
  before.meaning = {FlowSpace(), some, {{{"a", 3, 0}, "-m psd", "unknown match"}}, {"a hash"}, {}, {}};
  Side after = before;
  after.meaning.undecided[0].where = {"b", 9, 0};
  CHECK(compare_sides(before, after).empty());
  after.meaning.doubts = {"another hash"};
  CHECK(compare_sides(before, after).possibly_added == some);
  CHECK(compare_sides(before, after).possibly_removed == some);
  after = before;
  after.meaning.most = some | (to_https({2, 2}) & possible_flows());
  CHECK(compare_sides(before, after).possibly_added == after.meaning.most);
}

TEST_CASE("flows of a family that one side does not speak of are not compared") {
  const FlowSpace four = family(Family::ipv4);
  const Difference difference = compare_sides(ruleset(FlowSpace(), four), everything);
  CHECK(difference.universe == four);
  CHECK(difference.added == four);
  CHECK(text_of(ruleset(FlowSpace(), four), everything) == "everybody, packets without a socket\n  +  anything\n");
}

TEST_CASE("what both allow is counted for the whole subject") {
  const Side before =
      side("old", grants("{to: 203.0.113.7, ports: [tcp/1, tcp/3]}, {to: 203.0.113.9, ports: [udp/5]}"));
  const Side after = side("new", grants("{to: 203.0.113.7, ports: [tcp/1, tcp/3]}"));
  const auto subjects = subjects_of(before, after);
  REQUIRE(subjects.size() == 1);
  CHECK(subjects[0].unchanged == 2);
}

TEST_CASE("names over one family alone, and whether the other is known") {
  const auto found = [](std::string_view list) {
    std::string all;
    for (const OneFamily& one : one_family_names(side("p", grants(list))))
      all += one.subject + " " + one.name + (one.family == Family::ipv4 ? " 4" : " 6") + (one.has_other ? "+ " : " ");
    return all;
  };
  CHECK(found("{to: a.example, ports: [tcp/1], addresses: [203.0.113.7]}") == "agent a.example 4 ");
  CHECK(found("{to: a.example, ports: [tcp/1], addresses: [\"2001:db8::7\"]}") == "agent a.example 6 ");
  CHECK(found("{to: a.example, ports: [tcp/1], addresses: [203.0.113.7, \"2001:db8::7\"]}").empty());
  CHECK(found("{to: a.example, ports: [icmp], addresses: [203.0.113.7, \"2001:db8::7\"]}") == "agent a.example 4+ ");
  // Of several grants, and of what others grant.
  CHECK(found("{to: a.example, ports: [tcp/1], addresses: [203.0.113.7]}, "
              "{to: a.example, ports: [tcp/2], addresses: [\"2001:db8::7\"]}")
            .empty());
  CHECK(found("{to: a.example, ports: [icmp], addresses: [203.0.113.7, \"2001:db8::7\"]}, "
              "{to: \"2001:db8::/32\", ports: [tcp/2]}")
            .empty());
  CHECK(found("{to: 203.0.113.7, ports: [tcp/1]}").empty());
  CHECK(found("{to: a.example, ports: [tcp/1], addresses: [203.0.113.7], live: true}").empty());
  CHECK(found("{to: [a.example, b.example], ports: [tcp/1], addresses: [203.0.113.7]}") ==
        "agent a.example 4 agent b.example 4 ");
  CHECK(one_family_names(everything).empty());
}
