#include "egressc/observation.h"

#include <doctest/doctest.h>

using namespace egressc;

namespace {

Connection attempt(std::uint32_t uid, std::uint32_t host, std::uint16_t port, Micros at) {
  Connection connection;
  connection.uid = uid;
  connection.gid = uid;
  connection.to = ipv4(host);
  connection.port = port;
  connection.protocol = ip_protocol::tcp;
  connection.at = at;
  return connection;
}

}  // namespace

TEST_CASE("equal attempts become one flow with its times") {
  Observations observations;
  observations.add(attempt(1000, 0xcb007101, 443, 5 * second + 1));
  observations.add(attempt(1000, 0xcb007101, 443, 3 * second));
  observations.add(attempt(1000, 0xcb007101, 443, 5 * second + 9));
  observations.add(attempt(1000, 0xcb007101, 443, no_time));
  observations.add(attempt(1001, 0xcb007101, 443, 4 * second));
  observations.finish();
  REQUIRE(observations.flows().size() == 2);
  const Flow& flow = observations.flows()[0];
  CHECK(flow.count == 4);
  CHECK(flow.first == 3 * second);
  CHECK(flow.last == 5 * second + 9);
  CHECK(flow.seconds == std::vector<std::uint32_t>{3, 5});
}

TEST_CASE("a flow of one second keeps no list") {
  Observations observations;
  observations.add(attempt(1000, 0xcb007101, 443, no_time));
  observations.add(attempt(1000, 0xcb007101, 443, 3 * second));
  observations.add(attempt(1000, 0xcb007101, 443, 3 * second + 5));
  observations.finish();
  CHECK(observations.flows().at(0).seconds.empty());
  CHECK(observations.flows().at(0).first == 3 * second);
  observations.add(attempt(1000, 0xcb007101, 443, 2 * second));
  observations.finish();
  CHECK(observations.flows().at(0).seconds == std::vector<std::uint32_t>{2, 3});
}

TEST_CASE("a hundred thousand flows stay apart") {
  Observations observations;
  for (std::uint32_t i = 0; i < 100'000; ++i) observations.add(attempt(1000 + i % 7, i * 2654435761U, 443, second));
  for (std::uint32_t i = 0; i < 100'000; ++i) observations.add(attempt(1000 + i % 7, i * 2654435761U, 443, second));
  REQUIRE(observations.flows().size() == 100'000);
  for (const Flow& flow : observations.flows()) REQUIRE(flow.count == 2);
}

TEST_CASE("since and until leave out, and count") {
  Observations observations;
  observations.since = 10 * second;
  observations.until = 20 * second;
  for (const Micros at : {9, 10, 20, 21}) observations.add(attempt(1, 1, 1, at * second));
  observations.add(attempt(1, 1, 1, no_time));
  CHECK(observations.outside == 2);
  REQUIRE(observations.flows().size() == 1);
  CHECK(observations.flows()[0].count == 3);
}

TEST_CASE("who asks a resolver is kept with the port") {
  Observations observations;
  Connection query = attempt(1000, 0xc0000235, 53, second);
  query.protocol = ip_protocol::udp;
  query.from = ipv4(0xc000020a);
  query.from_port = 40000;
  observations.add(query);
  query.uid = no_id;
  observations.add(query);
  REQUIRE(observations.askers.size() == 1);
  CHECK(observations.askers[0].from_port == 40000);
  CHECK(observations.askers[0].uid == 1000);
}

TEST_CASE("skipped lines are counted by reason, with the first of each") {
  Observations observations;
  observations.skip("a", 4);
  observations.skip("b", 5);
  observations.skip("a", 6);
  REQUIRE(observations.skipped.size() == 2);
  CHECK(observations.skipped[0].count == 2);
  CHECK(observations.skipped[0].first_line == 4);
}

TEST_CASE("the string pool gives one id a text") {
  StringPool pool;
  CHECK(pool.intern("") == 0);
  const StringId a = pool.intern("/usr/bin/a");
  CHECK(pool.intern("/usr/bin/a") == a);
  CHECK(pool[a] == "/usr/bin/a");
  StringPool moved = std::move(pool);
  CHECK(moved.intern("/usr/bin/a") == a);
}
