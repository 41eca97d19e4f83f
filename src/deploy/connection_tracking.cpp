#include "deploy/connection_tracking.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace egressc {
namespace {

bool says(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != text.npos; });
}

struct Tracked {
  bool ipv4 = false;
  bool ipv6 = false;
};

// The kernel tracks what a rule of a table's family asks for. A table or chain for NAT without a rule asks for nothing,
// and NAT in a table inet is for the one family that the rule names.
void add_rule(std::string_view family, std::string_view rule, Tracked& tracked) {
  if (family == "inet") {
    if (says(rule, {R"("ct": {)", R"("masquerade": )"})) tracked = {true, true};
  } else if (family == "ip" || family == "ip6") {
    if (says(rule, {R"("ct": {)", R"("masquerade": )", R"("dnat": )", R"("snat": )", R"("redirect": )"}))
      (family == "ip" ? tracked.ipv4 : tracked.ipv6) = true;
  }
}

// As Listing::nftables_json has it.
void add_rules(std::string_view json, Tracked& tracked) {
  constexpr std::string_view begin = R"({"rule": {"family": ")";
  for (std::size_t place = json.find(begin); place != json.npos;) {
    json.remove_prefix(place + begin.size());
    place = json.find(begin);
    add_rule(json.substr(0, json.find('"')), json.substr(0, place), tracked);
  }
}

// Matches and targets of iptables-extensions(8).
bool asks(const XtablesListing& xtables) {
  return says(xtables.text, {"-m conntrack", "-m state", "-m connmark", "-m connlimit", "-m connbytes", "-m helper",
                             "-j CONNMARK", "-j CONNSECMARK", "-j CT --zone", "-j CT --helper", "-j DNAT", "-j SNAT",
                             "-j MASQUERADE", "-j REDIRECT", "-j NETMAP"});
}

}  // namespace

bool tracks_connections(const Listing& listing) {
  Tracked tracked;
  add_rules(listing.nftables_json, tracked);
  for (const XtablesListing& xtables : listing.xtables)
    if (asks(xtables)) (xtables.family == Family::ipv4 ? tracked.ipv4 : tracked.ipv6) = true;
  return tracked.ipv4 && tracked.ipv6;
}

}  // namespace egressc
