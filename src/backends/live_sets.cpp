#include <fmt/core.h>

#include <iterator>
#include <map>
#include <set>

#include "backends/dialects.h"
#include "egressc/diagnostics.h"

namespace egressc::backends {
namespace {

using Sets = std::vector<const LiveSet*>;

void append_wildcards(Sets& sets, const Sets& others) {
  std::copy_if(others.begin(), others.end(), std::back_inserter(sets), [](const LiveSet* set) { return set->below; });
}

using Out = std::back_insert_iterator<std::string>;

// The kernel refuses a hash:net element of length 0.
std::vector<Prefix> elements_of(const Prefix& prefix) {
  if (prefix.length != 0) return {prefix};
  Prefix low = prefix;
  low.length = 1;
  Prefix high = low;
  (prefix.address.family == Family::ipv4 ? high.address.low : high.address.high) =
      std::uint64_t{1} << (prefix.address.family == Family::ipv4 ? 31 : 63);
  return {low, high};
}

void print_set(Out out, const LiveSet& set, Family family) {
  const std::string name = live_set_name(set, family);
  fmt::format_to(out, "create {} hash:net family {} timeout {} maxelem {} -exist\n", name,
                 family == Family::ipv4 ? "inet" : "inet6", live_seconds, most_live_addresses);
  for (const Prefix& address : set.addresses) {
    if (address.address.family != family) continue;
    for (const Prefix& element : elements_of(address))
      fmt::format_to(out, "add {} {} -exist\n", name, to_string(element));
  }
}

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

std::string live_set_name(const LiveSet& set, Family family) {
  return fmt::format("{}_{}", set.identifier, static_cast<int>(family));
}

std::vector<const LiveSet*> live_sets(const Ruleset& ruleset) {
  Sets sets;
  std::set<std::string_view> seen;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects)
      for (const LiveSet& set : rules.live)
        if (seen.insert(set.identifier).second) sets.push_back(&set);
  return sets;
}

std::string_view ipset_advice(const Ruleset& ruleset) {
  return has_live_sets(ruleset)
             ? "# First: ipset restore < policy.ipset, of the same policy: live names are looked up there.\n"
             : "";
}

std::vector<ResolverName> resolver_names(const Ruleset& ruleset) {
  std::map<std::string_view, Sets> by_name;
  for (const LiveSet* set : live_sets(ruleset)) by_name[set->name].push_back(set);
  std::vector<ResolverName> names;
  for (const auto& [name, own] : by_name) {
    ResolverName& told = names.emplace_back(ResolverName{name, own});
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
      if (const auto above = by_name.find(name.substr(dot + 1)); above != by_name.end())
        append_wildcards(told.sets, above->second);
  }
  return names;
}

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

}  // namespace egressc::backends

namespace egressc {

std::string print_ipset(const Ruleset& ruleset) {
  using namespace backends;
  std::string text = header(
      ruleset, {"The sets that the iptables-restore, ip6tables-restore and ferm files of the same policy look up.",
                "Load:   ipset restore < policy.ipset",
                "        First, before the rules. What the sets hold already stays and starts its time anew.",
                "Remove: ipset destroy NAME, for each set, after the rules"});
  const Out out(text);
  const auto sets = live_sets(ruleset);
  if (sets.empty()) text += "# No grant follows DNS (live): there is nothing to create.\n";
  for (const LiveSet* set : sets) {
    fmt::format_to(out, "# live {}: {}\n", set->identifier, safe_text(set->comment));
    for (const Family family : {Family::ipv4, Family::ipv6}) print_set(out, *set, family);
  }
  return text;
}

std::string print_dnsmasq(const Ruleset& ruleset) {
  using namespace backends;
  return print(ruleset, SetKind::nftables,
               "dnsmasq fills the sets of the nftables file of the same policy: load that first.",
               "Load:   cp policy.dnsmasq.conf /etc/dnsmasq.d/egressc.conf && systemctl restart dnsmasq");
}

std::string print_dnsmasq_ipset(const Ruleset& ruleset) {
  using namespace backends;
  return print(ruleset, SetKind::ipset, "dnsmasq fills the sets of the ipset file of the same policy: load that first.",
               "Load:   cp policy.dnsmasq-ipset.conf /etc/dnsmasq.d/egressc.conf && systemctl restart dnsmasq");
}

bool has_live_sets(const Ruleset& ruleset) { return !backends::live_sets(ruleset).empty(); }

}  // namespace egressc
