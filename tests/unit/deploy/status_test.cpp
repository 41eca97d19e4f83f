#include <doctest/doctest.h>

#include "deploy/change_fixture.h"
#include "deploy/deploy.h"

using namespace egressc;
using namespace egressc::deploy;
using namespace egressc::test;

namespace {

const std::string one = policy_text("198.51.100.1");
const std::string two = policy_text("198.51.100.2");

StatusReport report(Place& place, const std::string& word = "") {
  Diagnostics diagnostics;
  auto found = report_status(place.kernel, "", place.options.state_directory, word, diagnostics);
  REQUIRE_MESSAGE(found, found.failure().message);
  CHECK_MESSAGE(!diagnostics.has_errors(), diagnostics.render(false));
  return std::move(*found);
}

// What `nft --json list table inet egressc` prints of a table that lets user 1001 reach one address.
std::string running(std::string_view address) {
  return nft_json(fmt::format(
      R"({{"table": {{"family": "inet", "name": "egressc", "handle": 9}}}}, {{"chain": {{"family": "inet", "table": "egressc", "name": "output", "handle": 2, "type": "filter", "hook": "output", "prio": 0, "policy": "accept"}}}}, {{"rule": {{"family": "inet", "table": "egressc", "chain": "output", "handle": 3, "expr": [{{"match": {{"op": "in", "left": {{"ct": {{"key": "state"}}}}, "right": ["established", "related"]}}}}, {{"accept": null}}]}}}}, {{"rule": {{"family": "inet", "table": "egressc", "chain": "output", "handle": 4, "expr": [{{"match": {{"op": "==", "left": {{"meta": {{"key": "skuid"}}}}, "right": 1001}}}}, {{"match": {{"op": "==", "left": {{"payload": {{"protocol": "ip", "field": "daddr"}}}}, "right": "{}"}}}}, {{"match": {{"op": "==", "left": {{"payload": {{"protocol": "tcp", "field": "dport"}}}}, "right": 443}}}}, {{"accept": null}}]}}}}, {{"rule": {{"family": "inet", "table": "egressc", "chain": "output", "handle": 5, "expr": [{{"match": {{"op": "==", "left": {{"meta": {{"key": "skuid"}}}}, "right": 1001}}}}, {{"drop": null}}]}}}})",
      address));
}

}  // namespace

TEST_CASE("nothing runs, and nothing is known") {
  Place place;
  const StatusReport found = report(place);
  CHECK_FALSE(found.table_present);
  CHECK(found.current.hash == "");
  CHECK(found.current.file == "");
  CHECK_FALSE(found.current.since);
  CHECK_FALSE(found.previous);
  CHECK_FALSE(found.pending);
  CHECK(found.drift == Drift::unknown);
  CHECK(found.warnings.empty());
}

TEST_CASE("a policy that was applied, and what was before it") {
  Place place;
  place.run(one);
  place.run(two);
  place.kernel.own_listing_json = running("198.51.100.2");
  const StatusReport found = report(place);
  CHECK(found.table_present);
  CHECK(found.current.hash == policy_hash(policy_of(two)));
  CHECK(found.current.version == "0.1.0");
  CHECK(found.current.file == "/etc/policy.yaml");
  CHECK(found.current.since);
  REQUIRE(found.previous);
  CHECK(found.previous->hash == policy_hash(policy_of(one)));
  CHECK(found.drift == Drift::none);
  CHECK(found.drift_text == "");
}

TEST_CASE("what runs is compared by what it means") {
  Place place;
  place.run(one);
  place.kernel.own_listing_json = running("198.51.100.2");
  const StatusReport found = report(place);
  CHECK(found.drift == Drift::drifted);
  CHECK(has_text(found.drift_text, "+  198.51.100.2  tcp/443"));
  CHECK(has_text(found.drift_text, "-  198.51.100.1  tcp/443"));
  // Another policy than the one that was applied.
  const std::string path = place.directory.write("two.yaml", two);
  CHECK(report(place, path).drift == Drift::none);
}

TEST_CASE("a table that egressc did not apply") {
  Place place;
  place.run(one);
  place.kernel.own.comment = "of somebody else";
  place.kernel.own_listing_json = running("198.51.100.1");
  const StatusReport found = report(place);
  CHECK(found.table_present);
  CHECK(found.current.hash == "");
  CHECK(found.current.file == "");
  CHECK_FALSE(found.current.since);
  CHECK(found.drift == Drift::unknown);
  CHECK(report(place, place.directory.write("one.yaml", one)).drift == Drift::none);
}

TEST_CASE("a warm-up counts as nothing") {
  Place place;
  place.kernel.own = {true, warm_up_comment, 1};
  place.kernel.own_listing_json = "none reads this";
  const StatusReport found = report(place);
  CHECK_FALSE(found.table_present);
  CHECK(found.drift == Drift::unknown);
}

TEST_CASE("after a removal nothing runs, and nobody took it out") {
  Place place;
  const State state = place.state();
  REQUIRE(state.make());
  REQUIRE(
      state.stage({RecordKind::nothing, 5 * second, "", "", ""}, {RecordKind::policy, second, "c", "/p.yaml", one}));
  REQUIRE(state.promote());
  const StatusReport found = report(place);
  const std::string text = describe_status(found, 10 * second, false);
  CHECK(has_text(text, "running   nothing: there is no table inet egressc\n"));
  CHECK_FALSE(has_text(text, "taken out"));
  CHECK(has_text(text, "/p.yaml; back to it: egressc rollback"));
}

TEST_CASE("what rollback goes back to is named, although it was no policy") {
  Place place;
  place.run(one);
  place.kernel.own_listing_json = running("198.51.100.1");
  CHECK(has_text(describe_status(report(place), 0, false), "before    no table; back to it: egressc rollback\n"));
}

TEST_CASE("a policy that cannot be read any more is an error, and the rest is told") {
  Place place;
  const std::string comment = "egressc 0.1.0 policy sha256 " + std::string(64, 'b');
  const State state = place.state();
  REQUIRE(state.make());
  REQUIRE(state.stage({RecordKind::policy, second, comment, "/p.yaml", "egressc: 1\nscope: hots\n"}, {}));
  REQUIRE(state.promote());
  place.kernel.own = {true, comment, 1};
  Diagnostics diagnostics;
  const auto found = report_status(place.kernel, "", place.options.state_directory, "", diagnostics);
  REQUIRE(found);
  CHECK(diagnostics.has_errors());
  CHECK(found->table_present);
  CHECK(found->current.file == "/p.yaml");
  CHECK(found->drift == Drift::unknown);
}

TEST_CASE("without the privilege, and with a broken record, there is no report") {
  Place place;
  Diagnostics diagnostics;
  REQUIRE(place.state().make());
  place.directory.write("state/host/current", "garbage");
  CHECK_FALSE(report_status(place.kernel, "", place.options.state_directory, "", diagnostics));
  place.kernel.given.net_admin = {false, "CAP_NET_ADMIN is missing"};
  const auto found = report_status(place.kernel, "", place.options.state_directory, "", diagnostics);
  REQUIRE_FALSE(found);
  CHECK(found.failure().message == "CAP_NET_ADMIN is missing");
}
