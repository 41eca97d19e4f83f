// Flows as lines: names where the policy knows them, and what is written where it does not.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "compare/compare_fixture.h"

using namespace egressc;
using namespace egressc::compare_tests;

namespace {

// The lines of what is added to nothing, without signs and blanks before them.
std::string added(std::string_view list) {
  const std::string text = text_of(side("old", grants("")), side("new", grants(list)));
  std::string lines;
  std::size_t at = text.find('\n');
  while (at != text.npos && at + 1 < text.size()) {
    const std::size_t end = text.find('\n', at + 1);
    lines += text.substr(at + 1, end - at);
    at = end;
  }
  return lines;
}

}  // namespace

TEST_CASE("an address has the name that the policy knows it by") {
  CHECK(added("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7]}") == "  +  api.example  tcp/443\n");
  CHECK(added("{to: api.example, ports: [tcp/443, udp/443, tcp/80], addresses: [203.0.113.7, \"2001:db8::7\"]}") ==
        "  +  api.example  tcp/80, tcp/443, udp/443\n");
  CHECK(added("{to: api.example, ports: [tcp/443], addresses: [203.0.113.0/28]}") == "  +  api.example  tcp/443\n");
}

TEST_CASE("addresses stand beside a name that only some of its addresses change for") {
  const Side before = side("old", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7]}"));
  const Side after = side(
      "new", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7, 203.0.113.9, \"2001:db8::7\"]}"));
  CHECK(text_of(before, after) ==
        "agent (uid 1001)\n  +  api.example  tcp/443  only 203.0.113.9, 2001:db8::7\n     1 flow as before\n");
}

TEST_CASE("a name of the older policy is known where the newer has dropped it") {
  const Side before = side("old", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7]}"));
  CHECK(text_of(before, side("new", grants(""))) == "agent (uid 1001)\n  -  api.example  tcp/443\n");
}

TEST_CASE("part of a range that has a name") {
  const Side named = side("old", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.0/24]}"));
  const Side part = side("new", grants("{to: 203.0.113.0/25, ports: [tcp/443]}"));
  CHECK(text_of(named, part) ==
        "agent (uid 1001)\n  -  api.example  tcp/443  only 203.0.113.128/25\n     1 flow as before\n");
}

TEST_CASE("an address that two names share has both") {
  CHECK(added("{to: a.example, ports: [tcp/443], addresses: [203.0.113.7, 203.0.113.9]}, "
              "{to: b.example, ports: [tcp/443], addresses: [203.0.113.9]}") ==
        "  +  a.example             tcp/443\n  +  a.example, b.example  tcp/443\n");
  CHECK(added("{to: [b.example, a.example], ports: [tcp/443], addresses: [203.0.113.9]}") ==
        "  +  a.example, b.example  tcp/443\n");
}

TEST_CASE("neighbouring addresses that one box joins keep their names") {
  CHECK(added("{to: a.example, ports: [tcp/443], addresses: [203.0.113.6]}, "
              "{to: b.example, ports: [tcp/443], addresses: [203.0.113.7]}") ==
        "  +  a.example  tcp/443\n  +  b.example  tcp/443\n");
}

TEST_CASE("a range that names cover in part is a range") {
  CHECK(added("{to: a.example, ports: [tcp/443], addresses: [203.0.113.6]}, {to: 203.0.113.7, ports: [tcp/443]}") ==
        "  +  203.0.113.6/31  tcp/443\n");
}

TEST_CASE("nested prefixes of names are cut where the names change") {
  CHECK(added("{to: a.example, ports: [tcp/443], addresses: [203.0.113.0/24]}, "
              "{to: b.example, ports: [tcp/443], addresses: [203.0.113.128/25]}") ==
        "  +  a.example             tcp/443\n  +  a.example, b.example  tcp/443\n");
}

TEST_CASE("another subject's names say nothing") {
  const std::string named =
      "  b: {uid: 1002, allow: [{to: api.example, ports: [tcp/443], addresses: [203.0.113.7]}]}\n";
  const Side before = side("old", policy(named + "  a: {uid: 1001, allow: []}\n"));
  const Side after = side("new", policy(named + "  a: {uid: 1001, allow: [{to: 203.0.113.7, ports: [tcp/443]}]}\n"));
  CHECK(text_of(before, after) == "a (uid 1001)\n  +  203.0.113.7  tcp/443\n");
}

TEST_CASE("the edges of the address space") {
  CHECK(added("{to: a.example, ports: [tcp/1], addresses: [255.255.255.255]}") == "  +  255.255.255.255  tcp/1\n");
  CHECK(added("{to: 0.0.0.0/0, ports: [tcp/1]}, {to: \"::/0\", ports: [tcp/1]}") == "  +  anywhere  tcp/1\n");
  CHECK(added("{to: 0.0.0.0/0, ports: [tcp/1]}") == "  +  0.0.0.0/0  tcp/1\n");
}

TEST_CASE("services") {
  CHECK(added("{to: 203.0.113.7, ports: [tcp]}") == "  +  203.0.113.7  tcp\n");
  CHECK(added("{to: 203.0.113.7, ports: [any/8000-8010]}") == "  +  203.0.113.7  tcp/8000-8010, udp/8000-8010\n");
  CHECK(added("{to: 203.0.113.7, ports: [icmp]}") == "  +  203.0.113.7  icmp echo-request\n");
  CHECK(added("{to: \"2001:db8::7\", ports: [icmpv6]}") == "  +  2001:db8::7  icmpv6 echo-request\n");
  const auto service = [](ProtocolRange protocols, PortRange ports, std::optional<bool> loopback = std::nullopt) {
    FlowBox box;
    box.protocols = protocols;
    box.ports = ports;
    box.loopback = loopback;
    box.uids = {1, 1};
    const std::string text = text_of(ruleset(FlowSpace()), ruleset(FlowSpace(box)));
    return text.substr(text.find("anywhere") + 10);
  };
  CHECK(service({}, {}, true) == "any protocol, by loopback\n");
  CHECK(service({6, 6}, {443, 443}, false) == "tcp/443, not by loopback\n");
  CHECK(service({1, 1}, {}) == "icmp, any type\n");
  CHECK(service({1, 1}, icmp_type(3)) == "icmp type 3\n");
  CHECK(service({1, 1}, {3 << 8 | 4, 3 << 8 | 4}) == "icmp type 3/4\n");
  CHECK(service({1, 1}, {3 << 8, 5 << 8 | 255}) == "icmp type 3-5\n");
  CHECK(service({1, 1}, {3 << 8 | 4, 3 << 8 | 6}) == "icmp type 3/4-3/6\n");
  CHECK(service({58, 58}, icmp_type(128)) == "icmpv6 echo-request\n");
  CHECK(service({58, 58}, icmp_type(8)) == "icmpv6 type 8\n");
  CHECK(service({47, 47}, {}) == "protocol 47\n");
  CHECK(service({47, 50}, {}) == "protocols 47-50\n");
}

TEST_CASE("what is left out is listed where that is shorter") {
  const Side open = ruleset(FlowSpace::all());
  const Side one = side("new", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7]}"));
  CHECK(text_of(one, open) ==
        "agent (uid 1001)\n  +  anything but\n       api.example  tcp/443\n     1 flow as before\n");
  // Of one family, where the other stays as it is.
  const Side four = side("new", grants("{to: 0.0.0.0/0, ports: [tcp/443]}"));
  CHECK(text_of(four, ruleset((four.meaning.least & family(Family::ipv4)) | family(Family::ipv6)))
            .starts_with("agent (uid 1001)\n  +  anything over IPv6\n"));
  CHECK(text_of(side("new", grants("")), open) == "agent (uid 1001)\n  +  anything\n");
}

TEST_CASE("a live name is its marker, and its addresses besides") {
  LiveMarkers markers;
  const auto live = [&](const char* name, std::string_view list) { return side(name, grants(list), &markers); };
  const Side none = live("old", "");
  CHECK(text_of(none, live("new", "{to: \"*.example.org\", ports: [tcp/443], live: true}"), markers) ==
        "agent (uid 1001)\n  +  *.example.org (live)  tcp/443\n");
  const Side both = live("new", "{to: api.example, ports: [tcp/443], addresses: [203.0.113.7], live: true}");
  CHECK(text_of(none, both, markers) ==
        "agent (uid 1001)\n  +  api.example         tcp/443\n  +  api.example (live)  tcp/443\n");
  // Markers are neighbours, and one box may join them.
  CHECK(text_of(
            none,
            live("new", "{to: a.example, ports: [tcp/443], live: true}, {to: b.example, ports: [tcp/443], live: true}"),
            markers) == "agent (uid 1001)\n  +  a.example (live)  tcp/443\n  +  b.example (live)  tcp/443\n");
  CHECK(
      text_of(both, live("new", "{to: api.example, ports: [tcp/80], addresses: [203.0.113.7], live: true}"), markers) ==
      "agent (uid 1001)\n  +  api.example         tcp/80\n  +  api.example (live)  tcp/80\n"
      "  -  api.example         tcp/443\n  -  api.example (live)  tcp/443\n");
}

TEST_CASE("markers alone stand for what runs") {
  LiveMarkers markers(true);
  const Side old_addresses =
      side("old", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.7], live: true}"), &markers);
  const Side new_addresses =
      side("new", grants("{to: api.example, ports: [tcp/443], addresses: [203.0.113.9], live: true}"), &markers);
  CHECK(compare_sides(old_addresses, new_addresses).empty());
}
