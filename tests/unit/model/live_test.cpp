#include <doctest/doctest.h>

#include "egressc/flow_space.h"
#include "egressc/name.h"

using namespace egressc;

TEST_CASE("a label has one marker of each family, which leads back to it") {
  LiveMarkers markers;
  CHECK_FALSE(markers.stand_alone());
  CHECK(LiveMarkers(true).stand_alone());
  const Address four = markers.marker("api.example.com", Family::ipv4);
  const Address other = markers.marker("below example.org", Family::ipv4);
  const Address six = markers.marker("api.example.com", Family::ipv6);
  CHECK(to_string(four) == "0.0.0.1");
  CHECK(to_string(other) == "0.0.0.2");
  CHECK(to_string(six) == "100::1");
  CHECK(markers.marker("api.example.com", Family::ipv4) == four);
  CHECK(markers.label(four) == "api.example.com");
  CHECK(markers.label(six) == "api.example.com");
  CHECK(markers.label(other) == "below example.org");
}

TEST_CASE("no other address is a marker") {
  LiveMarkers markers;
  CHECK_FALSE(markers.label(ipv4(1)));
  (void)markers.marker("api.example.com", Family::ipv4);
  for (const char* text : {"0.0.0.0", "0.0.0.2", "1.0.0.1", "198.51.100.7", "100::", "100::2", "::1", "101::1"}) {
    CAPTURE(text);
    CHECK_FALSE(markers.label(parse_address(text).value()));
  }
}

TEST_CASE("all markers of a family, ascending") {
  LiveMarkers markers;
  CHECK(markers.all(Family::ipv4).empty());
  (void)markers.marker("b", Family::ipv6);
  (void)markers.marker("a", Family::ipv4);
  const auto all = markers.all(Family::ipv6);
  REQUIRE(all.size() == 2);
  CHECK(to_string(all[0].first) == "100::1");
  CHECK(all[0].second == "b");
  CHECK(to_string(all[1].first) == "100::2");
  CHECK(all[1].second == "a");
}

TEST_CASE("a label says whether it is a wildcard's") {
  CHECK(live_label(DomainName::parse_pattern("API.example.com").value()) == "api.example.com");
  CHECK(live_label(DomainName::parse_pattern("*.example.com").value()) == "below example.com");
}
