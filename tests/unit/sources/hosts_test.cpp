#include <doctest/doctest.h>

#include "sources/format_fixture.h"
#include "sources/resolver_fixture.h"

using namespace egressc;

TEST_CASE("a hosts file") {
  constexpr std::string_view text =
      "# static\n127.0.0.1 localhost\n::1\tip6-localhost ip6-loopback\n0.0.0.0 ads.example\n"
      "\n198.51.100.7\tDb.internal.example db  # the database\r\n2001:db8::7 db\nfe80::1%eth0 gate.example\n"
      "198.51.100.8\n198.51.100.9 # nothing\nnobody here\n198.51.100.10 good.example -bad-\n";
  const auto observations = read_log("hosts", text);
  CHECK(resolutions_of(observations) == Lines{"0.0.0.0/0 Db.internal.example 198.51.100.7 0",
                                              "0.0.0.0/0 db 198.51.100.7 0", "0.0.0.0/0 db 2001:db8::7 0",
                                              "0.0.0.0/0 gate.example fe80::1 0",
                                              "0.0.0.0/0 good.example 198.51.100.10 0"});
  for (const Resolution& resolution : observations.resolutions) CHECK(resolution.at == any_time);
  CHECK(skipped_of(observations) == Lines{"2 a name of this host itself", "1 a name that the hosts file blocks",
                                          "3 not a line of a hosts file", "1 a name that is no host name"});
}

TEST_CASE("what looks like a hosts file") {
  CHECK(sniff_as("hosts", "# static\n127.0.0.1 localhost\n198.51.100.7 db.example db\n") == 60);
  CHECK(sniff_as("hosts", "198.51.100.7 db.example\n198.51.100.8 d") == 60);
  CHECK(sniff_as("hosts", "# nothing\n") == 0);
  CHECK(sniff_as("hosts", "198.51.100.7 - - [23/Nov/2026:07:44:18 +0000] \"GET / HTTP/1.1\" 200\n") == 0);
  CHECK(sniff_as("hosts", "198.51.100.7\n") == 0);
}
