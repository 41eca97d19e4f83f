#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "backends/dnsmasq_line.h"
#include "backends/header.h"
#include "egressc/backends.h"

namespace egressc {
namespace {

// An answer from dnsmasq's cache fills no set, and in nftables an address that is added again keeps its old time. So
// dnsmasq keeps nothing, and those who ask keep an answer no longer than a minute.
constexpr std::string_view settings = "cache-size=0\nmax-ttl=60\n";

std::string print(const Ruleset& ruleset, SetKind kind, std::string_view before, std::string_view load) {
  std::string text = header(
      ruleset, {before, load, "        All that the subjects ask has to go through this dnsmasq.",
                "A name is taken with all that is below it; of two names, the nearer one.",
                "cache-size=0: an answer from the cache would fill no set, and an address stays in one for an hour.",
                "max-ttl: what a client keeps an answer for, however long it is good. If dnsmasq finds an",
                "\"illegal repeated keyword\", take its other cache-size or max-ttl away.",
                "Whoever owns a name chooses its addresses; stop-dns-rebind refuses those of private networks."});
  const auto names = resolver_names(ruleset);
  if (names.empty()) text += "# No grant follows DNS (live): there is nothing to fill.\n";
  if (!names.empty()) text += settings;
  for (const ResolverName& name : names) fmt::format_to(std::back_inserter(text), "{}\n", dnsmasq_line(name, kind));
  return text;
}

}  // namespace

std::string dnsmasq_line(const ResolverName& name, SetKind kind) {
  std::string line = fmt::format("{}=/{}/", kind == SetKind::nftables ? "nftset" : "ipset", name.name);
  for (std::string_view before; const LiveSet* set : name.sets)
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      line += before;
      if (kind == SetKind::nftables) line += fmt::format("{}#inet#egressc#", static_cast<int>(family));
      line += live_set_name(*set, family);
      before = ",";
    }
  return line;
}

std::string print_dnsmasq(const Ruleset& ruleset) {
  return print(ruleset, SetKind::nftables,
               "dnsmasq fills the sets of the nftables file of the same policy: load that first.",
               "Load:   cp policy.dnsmasq.conf /etc/dnsmasq.d/egressc.conf && systemctl restart dnsmasq");
}

std::string print_dnsmasq_ipset(const Ruleset& ruleset) {
  return print(ruleset, SetKind::ipset, "dnsmasq fills the sets of the ipset file of the same policy: load that first.",
               "Load:   cp policy.dnsmasq-ipset.conf /etc/dnsmasq.d/egressc.conf && systemctl restart dnsmasq");
}

}  // namespace egressc
