// The guards of policy-examples/guards, and what each has to cut.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "guard_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

const std::filesystem::path directory =
    std::filesystem::path(__FILE__).parent_path() / "../../../policy-examples/guards";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.is_open(), path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Ceiling ceiling_of(const std::string& text, const std::string& name) {
  Diagnostics diagnostics;
  auto read = read_guard(text, name, nullptr, diagnostics);
  REQUIRE_MESSAGE(read.has_value(), diagnostics.render(false));
  for (const GuardEntry& entry : read->never) CHECK_MESSAGE(!entry.reason.empty(), name, ":", entry.where.line);
  return Ceiling({std::move(*read)});
}

Ceiling example(const std::string& name) { return ceiling_of(text_of(directory / name), name); }

struct Row {
  const char* guard;
  const char* name;  // nullptr: by address
  const char* to;
  const char* service;
  bool permitted;
};

constexpr Row rows[] = {
    {"cloud-metadata.yaml", nullptr, "169.254.169.254", "tcp/80", false},
    {"cloud-metadata.yaml", nullptr, "fd00:ec2::254", "tcp/80", false},
    {"cloud-metadata.yaml", nullptr, "64:ff9b::a9fe:a9fe", "tcp/80", false},
    {"cloud-metadata.yaml", "metadata.google.internal", "192.0.2.1", "tcp/80", false},
    {"cloud-metadata.yaml", "api.example.com", "192.0.2.1", "tcp/80", true},
    {"cloud-metadata.yaml", nullptr, "10.0.0.1", "tcp/80", true},
    {"private-networks.yaml", nullptr, "10.0.1.1", "tcp/443", false},
    {"private-networks.yaml", "inside.example", "192.168.1.1", "tcp/443", false},
    {"private-networks.yaml", nullptr, "fd12::1", "udp/53", false},
    {"private-networks.yaml", nullptr, "10.0.0.77", "tcp/443", true},
    {"private-networks.yaml", nullptr, "0.0.0.0", "tcp/443", false},
    {"private-networks.yaml", nullptr, "127.0.0.1", "tcp/443", true},
    {"private-networks.yaml", nullptr, "203.0.113.1", "tcp/443", true},
    {"exfiltration.yaml", "webhook.site", "203.0.113.1", "tcp/443", false},
    {"exfiltration.yaml", "eo1.x.pipedream.net", "203.0.113.1", "tcp/443", false},
    {"exfiltration.yaml", "x.y.oast.fun", "203.0.113.1", "tcp/80", false},
    {"exfiltration.yaml", "PasteBin.com", "203.0.113.1", "tcp/443", false},
    {"exfiltration.yaml", "transfer.sh", "203.0.113.1", "tcp/443", false},
    {"exfiltration.yaml", "a-b-c.trycloudflare.com", "203.0.113.1", "tcp/443", false},
    {"exfiltration.yaml", "dist.torproject.org", "203.0.113.1", "tcp/443", false},
    {"exfiltration.yaml", nullptr, "203.0.113.1", "tcp/9001", false},
    {"exfiltration.yaml", nullptr, "127.0.0.1", "tcp/9050", false},
    {"exfiltration.yaml", "api.example.com", "203.0.113.1", "tcp/443", true},
    {"exfiltration.yaml", "notpastebin.com", "203.0.113.1", "tcp/443", true},
    {"doh.yaml", "dns.google", "192.0.2.1", "tcp/443", false},
    {"doh.yaml", "abc123.dns.nextdns.io", "192.0.2.1", "tcp/443", false},
    {"doh.yaml", "mozilla.cloudflare-dns.com", "192.0.2.1", "tcp/443", false},
    {"doh.yaml", nullptr, "1.1.1.1", "tcp/443", false},
    {"doh.yaml", nullptr, "8.8.4.4", "udp/53", false},
    {"doh.yaml", nullptr, "2001:4860:4860::8888", "tcp/443", false},
    {"doh.yaml", nullptr, "9.9.9.9", "tcp/443", false},
    {"doh.yaml", nullptr, "203.0.113.1", "tcp/853", false},
    {"doh.yaml", nullptr, "203.0.113.1", "udp/853", false},
    {"doh.yaml", "www.google.com", "203.0.113.1", "tcp/443", true},
    {"strict-agent.yaml", nullptr, "203.0.113.1", "tcp/443", true},
    {"strict-agent.yaml", "git.example.com", "2001:db8::1", "tcp/22", true},
    {"strict-agent.yaml", nullptr, "127.0.0.53", "udp/53", true},
    {"strict-agent.yaml", nullptr, "203.0.113.1", "tcp/80", false},
    {"strict-agent.yaml", nullptr, "203.0.113.1", "udp/53", false},
    {"strict-agent.yaml", nullptr, "203.0.113.1", "icmp", false},
    {"strict-agent.yaml", nullptr, "10.0.0.1", "tcp/443", false},
    {"strict-agent.yaml", nullptr, "169.254.169.254", "tcp/443", false},
    {"strict-agent.yaml", nullptr, "127.0.0.1", "tcp/22", false},
};

}  // namespace

TEST_CASE("each example forbids what it is about, and nothing else") {
  const Policy someone = policy("[]");  // uid 1000
  for (const Row& row : rows) {
    CAPTURE(row.guard);
    CAPTURE(row.to);
    CAPTURE(row.service);
    std::vector<DomainName> names;
    if (row.name != nullptr) names.push_back(*DomainName::parse(row.name));
    CHECK(permits(example(row.guard), someone.subjects[0], names, address(row.to), *parse_service(row.service)) ==
          row.permitted);
  }
}

TEST_CASE("no example is without a row") {
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const std::string name = file.path().filename();
    CHECK_MESSAGE(std::any_of(std::begin(rows), std::end(rows), [&](const Row& row) { return name == row.guard; }),
                  name);
  }
}

TEST_CASE("the agents' guard leaves the users of the system alone") {
  const Policy system = policy("subjects: {daemon: {uid: 100}}");
  CHECK(permits(example("strict-agent.yaml"), system.subjects[0], {}, address("10.0.0.1"), *parse_service("udp/53")));
}

TEST_CASE("the example of egressc-guard(5) means what its first line says") {
  const std::string page = text_of(directory / "../../man/egressc-guard.5");
  constexpr std::string_view begin = ".Bd -literal\n";
  const std::size_t start = page.find(begin, page.find(".Sh EXAMPLES"));
  REQUIRE(start != std::string::npos);
  const std::size_t end = page.find(".Ed\n", start);
  REQUIRE(end != std::string::npos);
  const Ceiling ceiling =
      ceiling_of(page.substr(start + begin.size(), end - start - begin.size()), "man/egressc-guard.5");
  const Policy someone = policy("[]");
  const auto permitted = [&](const char* to, const char* service, std::vector<DomainName> names = {}) {
    return permits(ceiling, someone.subjects[0], names, address(to), *parse_service(service));
  };
  CHECK(permitted("203.0.113.1", "tcp/443"));
  CHECK(permitted("10.0.0.9", "tcp/22"));
  CHECK(permitted("127.0.0.53", "udp/53"));
  CHECK(!permitted("10.0.1.9", "tcp/22"));
  CHECK(!permitted("203.0.113.1", "tcp/80"));
  CHECK(!permitted("203.0.113.1", "tcp/443", {*DomainName::parse("a.ngrok.io")}));
}
