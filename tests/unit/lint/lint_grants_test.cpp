#include "lint/lint_fixture.h"

namespace egressc {
namespace {

using namespace lint_tests;

struct Row {
  const char* grant;     // a flow map
  const char* expected;  // ids, without pinned-name, live-name and one-family-name
};

void check_rows(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.grant);
    const auto found = findings_of(with_grants(std::string("      - ") + row.grant + "\n"));
    CHECK(ids_but(ids(found), {"pinned-name", "live-name", "one-family-name"}) == row.expected);
  }
}

TEST_CASE("A good grant gives no finding") {
  check_rows({
      {R"({to: 203.0.113.7, ports: [tcp/443]})", ""},
      {R"({to: 203.0.0.0/16, ports: [tcp/443]})", ""},
      {R"({to: "2001:db8::/32", ports: [tcp/22, tcp/1000-1999]})", ""},
      {R"({to: api.example.com, ports: [tcp/443], addresses: [203.0.113.7, "2001:db8::7"]})", ""},
      {R"({to: "*.example.com", ports: [tcp/443], live: true})", ""},
      {R"({to: 203.0.113.7, ports: [icmp]})", ""},
  });
}

TEST_CASE("Breadth") {
  check_rows({
      {R"({to: 203.0.0.0/15, ports: [tcp/443]})", "one-family-subject wide-prefix"},
      {R"({to: 203.0.0.0/15, ports: [tcp/443], comment: why})", "one-family-subject"},
      {R"({to: "2001:db8::/31", ports: [tcp/443]})", "one-family-subject wide-prefix"},
  });
}

TEST_CASE("Ports") {
  check_rows({
      {R"({to: 203.0.113.7, ports: [tcp]})", "any-port"},
      {R"({to: 203.0.113.7, ports: [tcp], comment: why})", "any-port:note"},
      {R"({to: 203.0.113.7, ports: [udp]})", "any-port"},
      {R"({to: 203.0.113.7, ports: [any]})", "any-port any-protocol"},
      {R"({to: 203.0.113.7, ports: [any/443]})", "any-protocol"},
      {R"({to: 203.0.113.7, ports: [any/443], evidence: {seen: 2, by: [audit]}})", "protocol-assumed"},
      {R"({to: 203.0.113.7, ports: [any/443], evidence: {seen: 2, by: [audit, netfilter]}})", "any-protocol"},
      {R"({to: 203.0.113.7, ports: [tcp/443], evidence: {seen: 2, by: [audit]}})", ""},
  });
}

TEST_CASE("Metadata services, by address, by name, by a name's address, and within a prefix") {
  check_rows({
      {R"({to: 169.254.169.254, ports: [tcp/80]})", "metadata"},
      {R"({to: "fd00:ec2::254", ports: [tcp/80]})", "metadata"},
      {R"({to: 100.100.100.200, ports: [tcp/80]})", "metadata"},
      {R"({to: 168.63.129.16, ports: [tcp/32526]})", "metadata"},
      {R"({to: metadata.google.internal, ports: [tcp/80], live: true})", "metadata"},
      {R"({to: "*.google.internal", ports: [tcp/80], live: true})", "metadata"},
      {R"({to: db.internal, ports: [tcp/80], live: true})", ""},
      {R"({to: rebind.example.com, ports: [tcp/80], addresses: [169.254.169.254]})", "metadata"},
      {R"({to: 169.254.0.0/16, ports: [tcp/80]})", "metadata-within private"},
      {R"({to: 169.254.0.0/16, ports: [tcp/443]})", "private"},
      {R"({to: 169.254.169.253, ports: [udp/53, tcp/53]})", "dns-elsewhere"},
      {R"({to: 169.254.169.253, ports: [udp/53, tcp/80]})", "dns-elsewhere metadata"},
      {R"({to: "*.com", ports: [tcp/80], live: true})", "public-suffix"},
      {R"({to: 169.253.0.0/16, ports: [tcp/80]})", ""},
  });
}

TEST_CASE("Addresses that are not the internet's") {
  check_rows({
      {R"({to: 10.1.2.3, ports: [tcp/443]})", "private"},
      {R"({to: 172.31.0.0/16, ports: [tcp/443]})", "private"},
      {R"({to: 172.32.0.0/16, ports: [tcp/443]})", ""},
      {R"({to: 192.168.1.0/24, ports: [tcp/443]})", "private"},
      {R"({to: 100.127.0.1, ports: [tcp/443]})", "private"},
      {R"({to: "fd12::1", ports: [tcp/443]})", "private"},
      {R"({to: "fe80::1", ports: [tcp/443]})", "private"},
      {R"({to: 0.0.0.0/0, ports: [tcp/443], comment: why})", "one-family-subject private"},
      {R"({to: 127.0.0.1, ports: [tcp/5432]})", "loopback"},
      {R"({to: "::1", ports: [tcp/5432]})", "loopback"},
      {R"({to: api.example.com, ports: [tcp/443], addresses: [10.1.2.3]})", "private-answer"},
      {R"({to: api.example.com, ports: [tcp/443], addresses: [127.0.0.1]})", "loopback-answer"},
      {R"({to: db.lan.home.arpa, ports: [tcp/443], addresses: [10.1.2.3]})", "private"},
      {R"({to: db.internal, ports: [tcp/443], addresses: [10.1.2.3]})", "private"},
  });
}

TEST_CASE("Domains that many share") {
  check_rows({
      {R"({to: "*.co.uk", ports: [tcp/443], live: true})", "public-suffix"},
      {R"({to: "*.com", ports: [tcp/443], live: true})", "public-suffix"},
      {R"({to: "*.example.co.uk", ports: [tcp/443], live: true})", ""},
      {R"({to: "*.internal", ports: [tcp/443], live: true})", ""},
      {R"({to: "*.s3.amazonaws.com", ports: [tcp/443], live: true})", "shared-wildcard"},
      {R"({to: "*.blob.core.windows.net", ports: [tcp/443], live: true})", "shared-wildcard"},
      {R"({to: "*.windows.net", ports: [tcp/443], live: true})", "shared-wildcard"},
      {R"({to: "*.github.io", ports: [tcp/443], live: true})", "shared-wildcard"},
      {R"({to: "*.bucket.s3.amazonaws.com", ports: [tcp/443], live: true})", "shared-name"},
      {R"({to: acme.github.io, ports: [tcp/443], live: true})", "shared-name"},
      {R"({to: storage.googleapis.com, ports: [tcp/443], live: true})", "shared-name"},
      {R"({to: d111.cloudfront.net, ports: [tcp/443], live: true})", "shared-name"},
      {R"({to: github.com, ports: [tcp/443], live: true})", ""},
      {R"({to: pastebin.com, ports: [tcp/443], live: true})", "data-drop"},
      {R"({to: x.webhook.site, ports: [tcp/443], live: true})", "data-drop"},
      {R"({to: "*.transfer.sh", ports: [tcp/443], live: true})", "data-drop"},
      {R"({to: x.ngrok.io, ports: [tcp/443], live: true})", "tunnel"},
      {R"({to: 10.0.0.1.nip.io, ports: [tcp/443], live: true})", "mirror-name"},
      {R"({to: abc.onion, ports: [tcp/443], live: true})", "tor"},
  });
}

TEST_CASE("DNS") {
  check_rows({
      {R"({to: 203.0.113.53, ports: [udp/53]})", "dns-elsewhere"},
      {R"({to: 203.0.113.53, ports: [any/53]})", "any-protocol dns-elsewhere"},
      {R"({to: ns.example.com, ports: [tcp/53], live: true})", "dns-elsewhere"},
      {R"({to: 203.0.113.53, ports: [udp/53], comment: why})", "dns-elsewhere:note"},
      {R"({to: 203.0.113.53, ports: [udp/54]})", ""},
      {R"({to: 203.0.113.53, ports: [tcp/853]})", "encrypted-dns"},
      {R"({to: 203.0.113.53, ports: [udp/853]})", "encrypted-dns"},
      {R"({to: dns.google, ports: [tcp/443], live: true})", "encrypted-dns"},
      {R"({to: mozilla.cloudflare-dns.com, ports: [tcp/443], live: true})", "encrypted-dns"},
      {R"({to: notdns.google, ports: [tcp/443], live: true})", ""},
      {R"({to: 1.1.1.1, ports: [tcp/443]})", "encrypted-dns"},
      {R"({to: "2620:fe::fe", ports: [tcp/443]})", "encrypted-dns"},
      {R"({to: 1.1.1.1, ports: [tcp/80]})", ""},
  });
  const auto listed =
      findings_of(with_grants("      - {to: 203.0.113.7, ports: [tcp/443]}\n", "resolvers: [203.0.113.53]\n"));
  CHECK(joined(ids(listed)) == "dns-tunnel");
  const auto same =
      findings_of(with_grants("      - {to: 203.0.113.53, ports: [udp/53]}\n", "resolvers: [203.0.113.53]\n"));
  CHECK(joined(ids(same)) == "dns-tunnel redundant");
  const auto other =
      findings_of(with_grants("      - {to: 203.0.113.54, ports: [udp/53]}\n", "resolvers: [203.0.113.53]\n"));
  CHECK(joined(ids(other)) == "dns-elsewhere dns-tunnel");
}

TEST_CASE("Services") {
  check_rows({
      {R"({to: 203.0.113.7, ports: [tcp/25]})", "mail"},
      {R"({to: 203.0.113.7, ports: [tcp/587]})", ""},
      {R"({to: 203.0.113.7, ports: [udp/25]})", ""},
      {R"({to: 203.0.113.7, ports: [tcp/20-30]})", "cleartext mail"},
      {R"({to: 203.0.113.7, ports: [tcp/1-65535], comment: every})", ""},
      {R"({to: 203.0.113.7, ports: [tcp/139, tcp/445]})", "smb"},
      {R"({to: 10.0.0.7, ports: [tcp/445]})", "private"},
      {R"({to: 203.0.113.7, ports: [tcp/9001]})", "tor"},
      {R"({to: 127.0.0.1, ports: [tcp/9050]})", "loopback tor"},
      {R"({to: 203.0.113.7, ports: [tcp/2375]})", "remote-control"},
      {R"({to: 203.0.113.7, ports: [udp/69]})", "cleartext"},
  });
}

TEST_CASE("Names and families") {
  const auto found = [](std::string_view grant) {
    return joined(ids(findings_of(with_grants("      - " + std::string(grant) + "\n"))));
  };
  CHECK(found("{to: api.example.com, ports: [tcp/443], addresses: [203.0.113.7, \"2001:db8::7\"]}") == "pinned-name");
  CHECK(found("{to: api.example.com, ports: [tcp/443], addresses: [203.0.113.7]}") == "one-family-name pinned-name");
  CHECK(found("{to: api.example.com, ports: [tcp/443], addresses: [\"2001:db8::7\"]}") ==
        "one-family-name pinned-name");
  CHECK(found("{to: api.example.com, ports: [tcp/443], live: true}") == "live-name");
  CHECK(found("{to: [a.example.com, b.example.com], ports: [tcp/443], addresses: [203.0.113.7, \"2001:db8::7\"]}") ==
        "ambiguous-name");
  CHECK(
      found("{to: 0.0.0.0/0, ports: [tcp/22], comment: all}\n      - {to: \"::/0\", ports: [tcp/22], comment: all}") ==
      "private");
  CHECK(found("{to: \"::/0\", ports: [tcp/22], comment: all}") == "one-family-subject private");
}

}  // namespace
}  // namespace egressc
