#include <doctest/doctest.h>

#include "deploy/connections/connections.h"
#include "nft_json_fixture.h"
#include "temporary_directory.h"

using namespace egressc;
using namespace egressc::deploy;
using egressc::test::base_chain;
using egressc::test::listing;
using egressc::test::rule;

namespace {

const std::string ct = R"({"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established"]}})";
const std::string masquerade = R"({"masquerade": null})";
const std::string dnat = R"({"dnat": {"addr": "192.0.2.1"}})";
const std::string dnat_ip = R"({"dnat": {"family": "ip", "addr": "192.0.2.1"}})";

bool tracks(std::initializer_list<std::string> objects) { return tracks_connections({listing(objects), {}, 0}); }

bool tracks(std::string_view text_4, std::string_view text_6) {
  Listing both;
  both.xtables = {{"iptables-legacy-save", Family::ipv4, true, std::string(text_4)},
                  {"ip6tables-legacy-save", Family::ipv6, true, std::string(text_6)}};
  return tracks_connections(both);
}

}  // namespace

TEST_CASE("a rule makes the kernel track the families of its table") {
  CHECK_FALSE(tracks({}));
  CHECK(tracks({rule(ct)}));
  CHECK(tracks({rule(masquerade)}));
  CHECK(tracks({rule(R"({"counter": null})"), rule(ct)}));
  CHECK(tracks({rule(ct), rule(R"({"counter": null})")}));
  CHECK(tracks({rule(ct, "o", "ip"), rule(ct, "o", "ip6")}));
  CHECK(tracks({rule(dnat, "o", "ip"), rule(ct, "o", "ip6")}));
  for (const char* family : {"ip", "ip6", "arp", "bridge", "netdev"})
    CHECK_FALSE_MESSAGE(tracks({rule(ct, "o", family)}), family);
  CHECK_FALSE(tracks({rule(ct, "o", "ip"), rule(ct, "o", "ip")}));
}

TEST_CASE("what only looks like tracking") {
  // No rule, no tracking.
  for (const char* family : {"inet", "ip"})
    CHECK_FALSE(tracks({base_chain(family, R"("type": "nat", "hook": "output", "prio": -100, "policy": "accept")")}));
  // Of one family, whatever the table.
  CHECK_FALSE(tracks({rule(dnat_ip)}));
  CHECK_FALSE(
      tracks({rule(R"({"counter": null})"), R"({"ct helper": {"family": "inet", "name": "x", "table": "t"}})"}));
  CHECK_FALSE(tracks(
      {R"({"rule": {"family": "inet", "table": "t", "chain": "o", "handle": 1, "comment": "\"ct\": {", "expr": []}})"}));
  // What iptables-nft made says nothing but a name.
  CHECK_FALSE(tracks({rule(R"({"xt": {"type": "match", "name": "conntrack"}})")}));
}

TEST_CASE("iptables rules track their family") {
  for (const char* words :
       {"-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", "-A INPUT -m state --state NEW -j DROP",
        "-A OUTPUT -p tcp -j DNAT --to-destination 192.0.2.1", "-A POSTROUTING -o eth0 -j MASQUERADE",
        "-A OUTPUT -p tcp -j REDIRECT --to-ports 1", "-A OUTPUT -j CONNMARK --save-mark",
        "-A PREROUTING -j CT --zone 1"}) {
    CAPTURE(words);
    CHECK(tracks(words, words));
    CHECK_FALSE(tracks(words, ""));
    CHECK_FALSE(tracks("", words));
  }
  const std::string_view empty_nat = "*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";
  CHECK_FALSE(tracks(empty_nat, empty_nat));
  CHECK_FALSE(tracks("*filter\n-A OUTPUT -m statistic --mode random -j DROP\n", "-A OUTPUT -m conntrack"));
  CHECK_FALSE(tracks("-A PREROUTING -j CT --notrack", "-A PREROUTING -j CT --notrack"));
}

TEST_CASE("listings of both kinds add up") {
  Listing both{listing({rule(ct, "o", "ip")}), {}, 0};
  both.xtables = {{"ip6tables-legacy-save", Family::ipv6, true, "-A INPUT -m conntrack --ctstate NEW\n"}};
  CHECK(tracks_connections(both));
}
