// What is seen of a packet on a link.
#include <doctest/doctest.h>

#include <vector>

#include "egressc/observation.h"
#include "kernel/rehearsal/rehearsal.h"

using namespace egressc;
using kernel::read_packet;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes ipv4_header(std::uint8_t protocol, std::uint8_t words = 5) {
  Bytes header(words * 4U);
  header[0] = static_cast<std::uint8_t>(0x40 | words);
  header[9] = protocol;
  const Bytes to{203, 0, 113, 9};
  std::copy(to.begin(), to.end(), header.begin() + 16);
  return header;
}

Bytes ipv6_header(std::uint8_t protocol) {
  Bytes header(40);
  header[0] = 0x60;
  header[6] = protocol;
  header[24] = 0x20;
  header[25] = 0x01;
  header[39] = 7;
  return header;
}

Bytes tcp(std::uint8_t flags) {
  Bytes header(20);
  header[0] = 0x75, header[1] = 0x30;  // 30000
  header[2] = 0x01, header[3] = 0xbb;  // 443
  header[13] = flags;
  return header;
}

Bytes echo(std::uint8_t type) { return {type, 0, 0, 0, 0x75, 0x31, 0, 1}; }

auto read(const Bytes& bytes) { return read_packet(bytes.data(), bytes.size()); }

}  // namespace

TEST_CASE("the first packet of a connection is seen, and no answer") {
  for (const Bytes& header : {ipv4_header(6), ipv4_header(6, 15), ipv6_header(6)}) {
    const auto seen = read(header + tcp(0x02));
    REQUIRE(seen);
    CHECK(seen->protocol == ip_protocol::tcp);
    CHECK(seen->from_port == 30000);
    CHECK(seen->port == 443);
    for (const unsigned flags : {0x00U, 0x04U, 0x10U, 0x12U, 0x14U, 0x06U, 0x11U})
      CHECK_FALSE(read(header + tcp(static_cast<std::uint8_t>(flags))));
  }
  CHECK(read(ipv4_header(6) + tcp(2))->to == *parse_address("203.0.113.9"));
  CHECK(read(ipv6_header(6) + tcp(2))->to == *parse_address("2001::7"));
}

TEST_CASE("echo requests have an identifier, and answers are passed over") {
  const auto four = read(ipv4_header(1) + echo(8));
  REQUIRE(four);
  CHECK(four->port == 8 << 8);
  CHECK(four->from_port == 30001);
  const auto six = read(ipv6_header(58) + echo(128));
  REQUIRE(six);
  CHECK(six->port == 128 << 8);
  CHECK_FALSE(read(ipv4_header(1) + echo(0)));
  CHECK_FALSE(read(ipv4_header(1) + echo(3)));
  CHECK_FALSE(read(ipv6_header(58) + echo(129)));
  CHECK_FALSE(read(ipv6_header(58) + echo(8)));
}

TEST_CASE("what is cut or no IP packet is passed over") {
  const Bytes whole = ipv4_header(17) + Bytes{0x75, 0x30, 0, 53, 0, 8, 0, 0};
  REQUIRE(read(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_packet(whole.data(), size));
  }
  Bytes other = whole;
  other[0] = 0x05;
  CHECK_FALSE(read(other));
  other[0] = 0x4f;  // options beyond the end
  CHECK_FALSE(read(other));
  CHECK_FALSE(read(ipv4_header(47) + echo(8)));
}
