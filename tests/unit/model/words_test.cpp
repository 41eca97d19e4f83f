#include "model/words/words.h"

#include <doctest/doctest.h>

#include "egressc/flow_space.h"
#include "egressc/policy.h"

namespace egressc {
namespace {

TEST_CASE("Counts have their noun in the right number") {
  CHECK(plural(0, "entry", "entries") == "0 entries");
  CHECK(plural(1, "entry", "entries") == "1 entry");
  CHECK(plural(18446744073709551615U, "line", "lines") == "18446744073709551615 lines");
  CHECK(counted(1, "grant") == "1 grant");
  CHECK(counted(2, "grant") == "2 grants");
}

TEST_CASE("Lists are joined, whatever they are of") {
  CHECK(joined(std::vector<std::string>{}) == "");
  CHECK(joined(std::vector<std::string>{"a"}) == "a");
  CHECK(joined(std::vector<std::string_view>{"", "b"}) == ", b");
  CHECK(joined(std::vector<const char*>{"a", "b"}, " or ") == "a or b");
  CHECK(joined(std::vector<Address>{ipv4(1), ipv4(2)}) == "0.0.0.1, 0.0.0.2");
  CHECK(joined(std::vector<Service>{{Protocol::tcp, {443, 443}}, {Protocol::icmp, {}}}, " ") == "tcp/443 icmp");
  CHECK(joined(std::vector<IdRange>{{1, 1}, {3, 5}}, ",", id_text) == "1,3-5");
}

TEST_CASE("The first of a list say how many they leave out") {
  const std::vector<std::string> list = {"a", "b", "c"};
  CHECK(first_of(list, 3) == "a, b, c");
  CHECK(first_of(list, 2) == "a, b and 1 more");
  CHECK(first_of(std::vector<std::string>{}, 2) == "");
  CHECK(and_more(0) == "");
  CHECK(and_more(12) == " and 12 more");
}

TEST_CASE("Of counts those that are not zero are told") {
  const Counted none[] = {{0, "granted"}};
  const Counted some[] = {{412, "granted"}, {0, "left out"}, {3, "for review"}};
  CHECK(counts_text(none) == "");
  CHECK(counts_text(some) == "412 granted, 3 for review");
}

TEST_CASE("A part is added with what stands between parts, unless one of the two is empty") {
  std::string text;
  add_part(text, "");
  CHECK(text == "");
  add_part(text, "a");
  add_part(text, "");
  add_part(text, "b");
  add_part(text, "c", " ");
  CHECK(text == "a, b c");
}

TEST_CASE("Sorted lists have everything once") {
  std::vector<int> list = {3, 1, 3, 2, 1};
  sort_unique(list);
  CHECK(list == std::vector<int>{1, 2, 3});
}

TEST_CASE("Colors are ended, and left out where none are wanted") {
  CHECK(painted(Style::bold_red, "denied", true) == "\033[1;31mdenied\033[0m");
  CHECK(painted(Style::bold_red, "denied", false) == "denied");
}

TEST_CASE("Ids are written as in a policy, and those of nobody are left out") {
  CHECK(id_text({1001, 1001}) == "1001");
  CHECK(id_text({2000, 2015}) == "2000-2015");
  CHECK(id_text({0, no_id - 1}) == "0-4294967294");
  CHECK(id_text({0, no_id}) == "0-4294967294");
  CHECK(id_text({no_id - 1, no_id}) == "4294967294");
  CHECK(id_text({no_id, no_id}) == "none");
  CHECK(ids_text("uid", {}) == "");
  CHECK(ids_text("gid", std::vector<IdRange>{{1, 1}, {3, 5}}) == "gid 1, 3-5");
}

TEST_CASE("Who it is has uids, gids or both") {
  const std::vector<IdRange> one = {{1001, 1001}};
  const std::vector<IdRange> several = {{7, 7}, {9, 10}};
  CHECK(who_text(one, {}) == "uid 1001");
  CHECK(who_text({}, several) == "gid 7, 9-10");
  CHECK(who_text(one, several) == "uid 1001 gid 7, 9-10");
  CHECK(who_text(one, one, ", ") == "uid 1001, gid 1001");
  CHECK(who_text(std::span<const IdRange>(), std::span<const IdRange>()) == "");
  CHECK(who_text(1001, 7) == "uid 1001 gid 7");
  CHECK(who_text(1001, no_id) == "uid 1001");
  CHECK(who_text(0, 0, ", ") == "uid 0, gid 0");
}

TEST_CASE("Destinations are names, or what stands for them") {
  CHECK(destination_text(std::vector<std::string>{"a.example", "b.example"}, false, "x") == "a.example, b.example");
  CHECK(destination_text(std::vector<std::string>{"*.a.example"}, true, "x") == "*.a.example (live)");
  CHECK(destination_text(std::vector<std::string>{"a\n"}, false, "x") == "a\\x0a");
  CHECK(destination_text(std::vector<std::string>{}, true, "anywhere") == "anywhere");
  Grant grant;
  CHECK(destination_text(grant) == "");
  grant.names = {*DomainName::parse("API.example.com"), *DomainName::parse("b.example")};
  CHECK(destination_text(grant) == "API.example.com, b.example");
  CHECK(destination_text(grant, " or ") == "API.example.com or b.example");
  grant.prefix = single(ipv4(1));
  CHECK(destination_text(grant) == "0.0.0.1");
  CHECK(family_text(Family::ipv4) == "IPv4");
  CHECK(family_text(Family::ipv6) == "IPv6");
}

TEST_CASE("Ports, types and protocols") {
  CHECK(port_text({443, 443}) == "443");
  CHECK(port_text({1000, 2000}) == "1000-2000");
  CHECK(port_text({1000, 2000}, ':') == "1000:2000");
  CHECK(icmp_type_text(icmp_type(8)) == "type 8");
  CHECK(icmp_type_text({3 << 8, 4 << 8 | 255}) == "type 3-4");
  CHECK(icmp_type_text({3 << 8 | 1, 3 << 8 | 1}) == "type 3/1");
  CHECK(icmp_type_text({3 << 8 | 1, 3 << 8 | 4}) == "type 3/1-3/4");
  CHECK(protocol_name(ip_protocol::tcp) == "tcp");
  CHECK(protocol_name(132) == "");
  CHECK(protocol_text(ip_protocol::unknown) == "?");
  CHECK(protocol_text(ip_protocol::icmp) == "icmp");
  CHECK(protocol_text(ip_protocol::icmpv6) == "icmpv6");
  CHECK(protocol_text(132) == "132");
}

TEST_CASE("What an echo request is") {
  CHECK(is_icmp(ip_protocol::icmp));
  CHECK(is_icmp(ip_protocol::icmpv6));
  CHECK_FALSE(is_icmp(ip_protocol::udp));
  CHECK(icmp_of(Family::ipv4) == 1);
  CHECK(icmp_of(Family::ipv6) == 58);
  CHECK(echo_type(Family::ipv4) == 8);
  CHECK(echo_type(Family::ipv6) == 128);
  CHECK(echo_port(Family::ipv4) == 0x0800);
  CHECK(echo_port(Family::ipv6) == 0x8000);
}

TEST_CASE("Services of flows") {
  CHECK(service_text(ip_protocol::tcp, 443) == "tcp/443");
  CHECK(service_text(ip_protocol::udp, 0) == "udp/0");
  CHECK(service_text(ip_protocol::icmp, echo_port(Family::ipv4)) == "icmp");
  CHECK(service_text(132, 5) == "132");
  const auto text = [](ProtocolRange protocols, PortRange ports) {
    FlowBox box;
    box.protocols = protocols;
    box.ports = ports;
    return service_text(box);
  };
  CHECK(text({}, {}) == "any protocol");
  CHECK(text({0, 5}, {}) == "protocols 0-5");
  CHECK(text({132, 132}, {}) == "protocol 132");
  CHECK(text({0, 0}, {}) == "protocol 0");
  CHECK(text({6, 6}, {}) == "tcp");
  CHECK(text({6, 6}, {443, 443}) == "tcp/443");
  CHECK(text({17, 17}, {1, 2}) == "udp/1-2");
  CHECK(text({1, 1}, {}) == "icmp, any type");
  CHECK(text({1, 1}, icmp_type(8)) == "icmp echo-request");
  CHECK(text({58, 58}, icmp_type(128)) == "icmpv6 echo-request");
  CHECK(text({58, 58}, icmp_type(8)) == "icmpv6 type 8");
  CHECK(text({1, 1}, {3 << 8 | 1, 3 << 8 | 4}) == "icmp type 3/1-3/4");
}

TEST_CASE("Flows") {
  FlowPoint flow;
  flow.to = ipv4(0xc6336407);
  flow.port = 443;
  CHECK(to_string(flow) == "tcp/443 198.51.100.7");
  flow.loopback = true;
  CHECK(to_string(flow) == "tcp/443 198.51.100.7 lo");
  flow.protocol = ip_protocol::icmp;
  CHECK(to_string(flow) == "icmp 198.51.100.7 lo");
}

TEST_CASE("Places and hashes") {
  CHECK(place_text({"policy.yaml", 8, 9}) == "policy.yaml:8:9");
  CHECK(place_text({"policy.yaml", 8, 0}) == "policy.yaml:8");
  CHECK(place_text({"a\033", 0, 0}) == "a\\x1b");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("", 8) == "e3b0c44298fc1c14");
}

}  // namespace
}  // namespace egressc
