#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "egressc/flow_space.h"
#include "policies.h"

using namespace egressc;
using namespace egressc::policies;

namespace {

FlowPoint flow(std::uint32_t uid, std::uint32_t gid, std::uint8_t protocol, std::string_view to, std::uint16_t port) {
  return {uid, gid, false, protocol, parse_address(to).value(), port};
}

FlowPoint tcp(std::uint32_t uid, std::string_view to, std::uint16_t port) {
  return flow(uid, uid, ip_protocol::tcp, to, port);
}

FlowPoint udp(std::uint32_t uid, std::string_view to, std::uint16_t port) {
  return flow(uid, uid, ip_protocol::udp, to, port);
}

FlowPoint icmp(std::uint32_t uid, std::string_view to, std::uint8_t type, std::uint8_t code = 0) {
  const Address address = parse_address(to).value();
  const std::uint8_t protocol = address.family == Family::ipv4 ? ip_protocol::icmp : ip_protocol::icmpv6;
  return {uid, uid, false, protocol, address, static_cast<std::uint16_t>(type << 8 | code)};
}

FlowPoint by_loopback(FlowPoint point) {
  point.loopback = true;
  return point;
}

Policy policy(Scope scope, std::vector<Subject> subjects) {
  Policy policy;
  policy.scope = scope;
  policy.subjects = std::move(subjects);
  normalize(policy);
  return policy;
}

struct Case {
  const char* what;
  FlowPoint point;
  bool allowed;
};

void check(const FlowSpace& flows, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.what);
    CHECK(flows.contains(one.point) == one.allowed);
  }
  CHECK((flows - possible_flows()).empty());
}

}  // namespace

TEST_CASE("a grant opens its services on its addresses, to its subject alone") {
  Grant api = named("api.example", {"tcp/443", "any/1000-1002"}, {"198.51.100.7", "2001:db8::/32"});
  api.live = true;
  const Grant net = grant("203.0.113.0/24", {"tcp", "icmp"});
  const Grant net6 = grant("fd00::/8", {"icmpv6"});
  const Policy host = policy(Scope::host, {subject("a", {{1001, 1002}}, {}, {api, net, net6}),  //
                                           subject("b", {{1003, 1003}}, {}, {})});
  check(flows_of(host, std::nullopt), {
                                          {"the port", tcp(1001, "198.51.100.7", 443), true},
                                          {"the last of a range of uids", tcp(1002, "198.51.100.7", 443), true},
                                          {"a network of a name", tcp(1001, "2001:db8:ffff::1", 443), true},
                                          {"by loopback", by_loopback(tcp(1001, "198.51.100.7", 443)), true},
                                          {"another protocol", udp(1001, "198.51.100.7", 443), false},
                                          {"any is tcp", tcp(1001, "198.51.100.7", 1000), true},
                                          {"any is udp", udp(1001, "198.51.100.7", 1002), true},
                                          {"any is no more", flow(1001, 1, 132, "198.51.100.7", 1002), false},
                                          {"behind the range", udp(1001, "198.51.100.7", 1003), false},
                                          {"beside the address", tcp(1001, "198.51.100.8", 443), false},
                                          {"every port", tcp(1001, "203.0.113.255", 65535), true},
                                          {"port 0", tcp(1001, "203.0.113.0", 0), true},
                                          {"behind the network", tcp(1001, "203.0.114.0", 1), false},
                                          {"an echo request", icmp(1001, "203.0.113.1", 8), true},
                                          {"of any code", icmp(1001, "203.0.113.1", 8, 255), true},
                                          {"an echo reply", icmp(1001, "203.0.113.1", 0), false},
                                          {"icmp over IPv6 is icmpv6", icmp(1001, "fd00::1", 128), true},
                                          {"a neighbour solicitation", icmp(1001, "fd00::1", 135), false},
                                          {"another subject", tcp(1003, "198.51.100.7", 443), false},
                                          {"another user", tcp(1004, "198.51.100.7", 443), false},
                                          {"nobody", tcp(no_id, "198.51.100.7", 443), false},
                                      });
}

TEST_CASE("the protocol of another family opens nothing") {
  const Grant mixed = named("a.example", {"icmp"}, {"2001:db8::1", "192.0.2.1"});
  const FlowSpace flows = flows_of(policy(Scope::host, {subject("a", {{1, 1}}, {}, {mixed})}), std::nullopt);
  check(flows, {{"v4", icmp(1, "192.0.2.1", 8), true},
                {"v6", icmp(1, "2001:db8::1", 128), false},
                {"v6 by icmp", flow(1, 1, ip_protocol::icmp, "2001:db8::1", 8 << 8), false}});
}

TEST_CASE("resolvers are open to every subject") {
  Policy host = policy(Scope::host, {subject("a", {{1, 1}}, {}, {}), subject("b", {{2, 2}}, {{7, 7}}, {})});
  host.resolvers = {parse_address("192.0.2.53").value(), parse_address("::1").value()};
  check(flows_of(host, std::nullopt), {{"udp", udp(1, "192.0.2.53", 53), true},
                                       {"tcp", tcp(1, "::1", 53), true},
                                       {"by loopback", by_loopback(tcp(1, "::1", 53)), true},
                                       {"the group", flow(2, 7, ip_protocol::tcp, "::1", 53), true},
                                       {"no other group", flow(2, 8, ip_protocol::tcp, "::1", 53), false},
                                       {"no other port", udp(1, "192.0.2.53", 54), false},
                                       {"no other user", udp(3, "192.0.2.53", 53), false}});
}

TEST_CASE("a uid is governed whole, whatever its groups may do") {
  const Grant net = grant("192.0.2.0/24", {"tcp/80"});
  const Policy scoped = policy(Scope::subjects, {subject("a", {{1, 1}, {5, 6}}, {{10, 10}, {20, 29}}, {net}),
                                                 subject("b", {{1, 1}, {5, 6}}, {{11, 11}}, {})});
  check(flows_of(scoped, std::nullopt), {{"a group", flow(1, 10, 6, "192.0.2.1", 80), true},
                                         {"another uid and group", flow(6, 29, 6, "192.0.2.1", 80), true},
                                         {"the other subject's group", flow(1, 11, 6, "192.0.2.1", 80), false},
                                         {"no subject's group", flow(5, 12, 6, "192.0.2.1", 80), false},
                                         {"a uid between", flow(4, 12, 6, "192.0.2.1", 80), true},
                                         {"elsewhere", flow(1, 10, 6, "192.0.3.1", 80), false},
                                         {"another user", flow(2, 10, 47, "::", 9), true},
                                         {"nobody", flow(no_id, no_id, 6, "192.0.2.1", 80), true}});
}

TEST_CASE("subjects by gid leave other gids alone") {
  const Subject group = subject("g", {}, {{100, 101}}, {grant("192.0.2.0/24", {"udp/53"})});
  const std::vector<Case> cases = {{"its grant", flow(5, 100, 17, "192.0.2.1", 53), true},
                                   {"root of that group", flow(0, 101, 17, "192.0.2.1", 53), true},
                                   {"not its grant", flow(5, 101, 17, "192.0.2.1", 54), false}};
  const FlowPoint other = flow(5, 102, 17, "192.0.2.1", 54);
  const FlowSpace scoped = flows_of(policy(Scope::subjects, {group}), std::nullopt);
  check(scoped, cases);
  CHECK(scoped.contains(other));
  const FlowSpace host = flows_of(policy(Scope::host, {group}), std::nullopt);
  check(host, cases);
  CHECK(!host.contains(other));
}

TEST_CASE("host scope: loopback is for those who are no subjects") {
  Policy host = policy(Scope::host, {subject("a", {{1, 1}}, {}, {})});
  host.baseline = {Baseline::icmp_errors, Baseline::loopback};
  check(flows_of(host, std::nullopt), {{"another user", by_loopback(tcp(2, "127.0.0.1", 9)), true},
                                       {"nobody", by_loopback(tcp(no_id, "127.0.0.1", 9)), true},
                                       {"any protocol", by_loopback(icmp(2, "192.0.2.1", 3)), true},
                                       {"a subject", by_loopback(tcp(1, "127.0.0.1", 9)), false},
                                       {"another way out", tcp(2, "127.0.0.1", 9), false}});
}

TEST_CASE("a grant ends with its day") {
  Grant grant = policies::grant("192.0.2.1", {"tcp/1"});
  grant.expires = CivilDate{2026, 11, 23};
  const Policy host = policy(Scope::host, {subject("a", {{1, 1}}, {}, {grant})});
  CHECK(!flows_of(host, std::nullopt).empty());
  CHECK(!flows_of(host, CivilDate{2026, 11, 23}).empty());
  CHECK(flows_of(host, CivilDate{2026, 11, 24}).empty());
}

TEST_CASE("monitoring and a policy without subjects deny nobody; a host without subjects everybody") {
  Policy empty = policy(Scope::subjects, {});
  CHECK(flows_of(empty, std::nullopt) == possible_flows());
  empty.scope = Scope::host;
  CHECK(flows_of(empty, std::nullopt).empty());
  empty.mode = Mode::monitor;
  CHECK(flows_of(empty, std::nullopt) == possible_flows());
}

TEST_CASE("the baseline is for the host, and no more than its packets") {
  Policy host = policy(Scope::host, {subject("a", {{1, 1}}, {}, {})});
  CHECK(baseline_flows(host).empty());
  host.baseline = {Baseline::ndp, Baseline::mld, Baseline::dhcp, Baseline::icmp_errors, Baseline::loopback};
  check(baseline_flows(host), {{"a solicitation", icmp(no_id, "ff02::1", 135), true},
                               {"of a daemon", icmp(1, "ff02::1", 133), true},
                               {"a router's advertisement", icmp(no_id, "ff02::1", 134), false},
                               {"a listener report", icmp(no_id, "ff02::16", 143), true},
                               {"DHCP", udp(0, "255.255.255.255", 67), true},
                               {"DHCPv6", udp(0, "ff02::1:2", 547), true},
                               {"DHCPv6 to a server", udp(0, "fe80::1", 547), true},
                               {"DHCPv6 to the world", udp(0, "2001:db8::1", 547), false},
                               {"an error", icmp(no_id, "192.0.2.1", 3, 4), true},
                               {"a redirect", icmp(no_id, "192.0.2.1", 5), false},
                               {"too big", icmp(no_id, "2001:db8::1", 2), true},
                               {"an error somebody made up", icmp(1, "192.0.2.1", 3), false},
                               {"anything by loopback", by_loopback(tcp(2, "::1", 1)), false}});
  Policy monitor = host;
  monitor.mode = Mode::monitor;
  CHECK(baseline_flows(monitor).empty());
}

TEST_CASE("The flows of a grant are what it adds to a subject, for whatever ids") {
  Grant named_grant = named("a.example.com", {"any/443", "icmp"}, {"203.0.113.7", "2001:db8::/64"});
  const Policy one = policy(Scope::host, {subject("a", {{1, 5}}, {}, {named_grant})});
  FlowBox ids;
  ids.uids = {1, 5};
  CHECK(flows_of(one, {}) == (flows_of(named_grant) & FlowSpace(ids) & possible_flows()));
  CHECK(flows_of(named_grant).contains(udp(77, "2001:db8::1", 443)));
  CHECK(flows_of(Grant{}).empty());
}
