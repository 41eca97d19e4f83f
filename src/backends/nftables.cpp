#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "backends/dialects.h"
#include "backends/nft.h"
#include "egressc/backends.h"
#include "egressc/diagnostics.h"

namespace egressc::backends {
namespace {

constexpr std::array<Family, 2> families = {Family::ipv4, Family::ipv6};

std::string with_family(const std::string& name, Family family) {
  return name + (family == Family::ipv4 ? "_4" : "_6");
}

bool has_boxes(const SubjectRules& rules, Family family) {
  return std::any_of(rules.boxes.begin(), rules.boxes.end(),
                     [&](const Box& box) { return box.addresses.first.family == family; });
}

bool has_echo(const SubjectRules& rules, Family family) {
  return std::any_of(rules.echo.begin(), rules.echo.end(),
                     [&](const Prefix& prefix) { return prefix.address.family == family; });
}

// An empty set is left out, and then no rule may look it up. Each element counts by itself: how much a grant is used
// shows nowhere else.
NftSet set_of_boxes(const SubjectRules& rules, Family family) {
  NftSet set;
  set.name = with_family(rules.chain, family);
  set.family = family;
  set.has_services = set.has_intervals = set.counts = true;
  for (const Box& box : rules.boxes)
    if (box.addresses.first.family == family)
      for (const Prefix& prefix : prefixes_of(box.addresses))
        set.elements.push_back({prefix, box.protocol, box.ports, {}, {}});
  return set;
}

void add_addresses(NftSet& set, const std::vector<Prefix>& addresses) {
  for (const Prefix& prefix : addresses)
    if (prefix.address.family == set.family) set.elements.push_back({prefix, {}, {}, {}, {}});
}

NftSet set_of_echo(const SubjectRules& rules, Family family) {
  NftSet set;
  set.name = with_family(rules.chain + "_echo", family);
  set.family = family;
  set.has_intervals = set.counts = true;
  add_addresses(set, rules.echo);
  return set;
}

NftSet set_of_name(const LiveSet& live, Family family) {
  NftSet set;
  set.name = live_set_name(live, family);
  set.family = family;
  set.size = most_live_addresses;
  set.timeout = std::chrono::seconds(live_seconds);
  set.comment = safe_text(live.comment);
  add_addresses(set, live.addresses);
  set.has_intervals = std::any_of(set.elements.begin(), set.elements.end(),
                                  [](const NftElement& element) { return !element.address.is_single(); });
  return set;
}

// `names` holds the identifiers that are in the table already.
void add_sets(NftTable& table, const SubjectRules& rules, std::uint32_t subject, std::set<std::string_view>& names) {
  const auto add = [&](NftSet set) {
    set.subject = subject;
    table.sets.push_back(std::make_shared<const NftSet>(std::move(set)));
  };
  for (const Family family : families)
    if (has_boxes(rules, family)) add(set_of_boxes(rules, family));
  for (const Family family : families)
    if (has_echo(rules, family)) add(set_of_echo(rules, family));
  for (const LiveSet& live : rules.live)
    if (names.insert(live.identifier).second)
      for (const Family family : families) add(set_of_name(live, family));
}

NftStatement echo_request(Family family) { return NftIcmp{family, {echo_type(family)}}; }

// nullopt where the set opens nothing of this protocol.
std::optional<NftStatement> ports_of(const LiveSet& live, Protocol protocol) {
  NftDestinationPorts ports{protocol, {}};
  for (const Service& service : live.services) {
    if (service.protocol != protocol) continue;
    if (service.ports.is_all()) return protocol;
    ports.ports.push_back(service.ports);
  }
  if (ports.ports.empty()) return std::nullopt;
  return ports;
}

void add_live(NftChain& chain, const LiveSet& live) {
  const auto add = [&](Family family, NftStatement services) {
    const NftLookup lookup{family, false, live_set_name(live, family)};
    chain.rules.push_back(
        {{lookup, std::move(services), NftPhrase::counter, NftPhrase::accept}, safe_text(live.comment)});
  };
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp})
    if (const auto ports = ports_of(live, protocol))
      for (const Family family : families) add(family, *ports);
  for (const Family family : families) {
    const Protocol echo = family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6;
    if (std::any_of(live.services.begin(), live.services.end(), [&](const Service& s) { return s.protocol == echo; }))
      add(family, echo_request(family));
  }
}

class Chains {
 public:
  Chains(const Ruleset& ruleset, std::vector<NftChain>& chains) : ruleset_(ruleset), chains_(chains) {}

  void add_all() {
    for (const UidGroup& group : ruleset_.groups) {
      for (const SubjectRules& rules : group.subjects) add_subject(rules);
      if (!group.chain.empty()) add_gids(group);
    }
    add_deny();
    add_rules();
    add_base();
  }

 private:
  NftGoto deny() const { return {"deny" + ruleset_.tag}; }

  void add_subject(const SubjectRules& rules) {
    NftChain chain{rules.chain, safe_text(rules.label), {}, {}, subject_++};
    for (const Family family : families)
      if (has_boxes(rules, family)) accept(chain, {NftLookup{family, true, with_family(rules.chain, family)}});
    // The type comes first: what is looked up in a set is counted there, whatever the rest of the rule says.
    for (const Family family : families)
      if (has_echo(rules, family))
        accept(chain, {echo_request(family), NftLookup{family, false, with_family(rules.chain + "_echo", family)}});
    for (const LiveSet& live : rules.live) add_live(chain, live);
    chain.rules.push_back({{NftPhrase::counter, deny()}, {}});
    chains_.push_back(std::move(chain));
  }

  // Where the gids of a uid are told apart.
  void add_gids(const UidGroup& group) {
    NftChain chain{group.chain, {}, {}, {}};
    NftDispatch gids{true, {}};
    for (const SubjectRules& rules : group.subjects) add_ids(gids, rules.gids, rules.chain);
    add_dispatch(chain, std::move(gids));
    chain.rules.push_back({{NftPhrase::counter, deny()}, {}});
    chains_.push_back(std::move(chain));
  }

  void add_deny() {
    NftChain chain{deny().chain, {}, {}, {}};
    if (const auto log = deny_log(ruleset_))
      chain.rules.push_back({{NftLimit{log->rate, log->per, log->burst}, NftLog{log->prefix, log->group}}, {}});
    if (ruleset_.mode == Mode::monitor) {
      accept(chain, {});
    } else if (ruleset_.deny == Deny::drop) {
      chain.rules.push_back({{NftPhrase::counter, NftPhrase::drop}, {}});
    } else {
      chain.rules.push_back({{Protocol::tcp, NftPhrase::counter, NftPhrase::reset}, {}});
      chain.rules.push_back({{NftPhrase::counter, NftPhrase::prohibited}, {}});
    }
    chains_.push_back(std::move(chain));
  }

  // What the base chain goes to.
  void add_rules() {
    const bool keeps = ruleset_.established == Established::keep;
    NftChain chain{"rules" + ruleset_.tag, {}, {}, {}};
    if (keeps)
      accept(chain, {NftPhrase::established});
    else
      accept(chain, {NftPhrase::reply, NftPhrase::established});
    add_baseline(chain);
    add_subject_dispatch(chain);
    if (ruleset_.scope == Scope::host) {
      if (has(ruleset_, Baseline::loopback)) accept(chain, {NftPhrase::loopback});
      chain.rules.push_back({{NftPhrase::owned, NftPhrase::counter, deny()}, {}});
      // Packets that have lost their owner: what was queued when a socket was closed, resets, acknowledgements.
      if (!keeps) accept(chain, {NftPhrase::established});
      // After everything that has an owner: the kernel's own.
      if (has(ruleset_, Baseline::icmp_errors)) {
        accept(chain, {NftIcmp{Family::ipv4, {3, 11, 12}}});
        accept(chain, {NftIcmp{Family::ipv6, {1, 2, 3, 4}}});
      }
      chain.rules.push_back({{NftPhrase::counter, deny()}, {}});
    }
    chains_.push_back(std::move(chain));
  }

  // What a host needs to stay on its network. Before the subjects: a daemon that does it may be one.
  void add_baseline(NftChain& chain) const {
    if (has(ruleset_, Baseline::ndp)) accept(chain, {NftIcmp{Family::ipv6, {133, 135, 136}}, NftHopLimit{255}});
    if (has(ruleset_, Baseline::mld)) accept(chain, {NftHopLimit{1}, NftIcmp{Family::ipv6, {131, 132, 143}}});
    if (has(ruleset_, Baseline::dhcp)) {
      const Prefix link_local{{Family::ipv6, 0xfe80000000000000, 0}, 10};
      const Prefix all_dhcp{{Family::ipv6, 0xff02000000000000, 0x10002}, 128};
      accept(chain, {Family::ipv4, NftPorts{Protocol::udp, 68, 67}});
      accept(chain, {NftRoute{link_local, {link_local, all_dhcp}}, NftPorts{Protocol::udp, 546, 547}});
    }
  }

  void add_subject_dispatch(NftChain& chain) const {
    NftDispatch uids{false, {}};
    NftDispatch gids{true, {}};
    for (const UidGroup& group : ruleset_.groups) {
      add_ids(uids, group.uids, group.chain.empty() ? group.subjects.front().chain : group.chain);
      if (group.uids.empty())
        for (const SubjectRules& rules : group.subjects) add_ids(gids, rules.gids, rules.chain);
    }
    add_dispatch(chain, std::move(uids));
    add_dispatch(chain, std::move(gids));
  }

  // One rule, so that it can be switched without a set that would have to be filled meanwhile.
  void add_base() {
    const bool drops = ruleset_.scope == Scope::host && ruleset_.mode == Mode::enforce;
    chains_.push_back(
        {std::string(nft_base_chain), {}, drops, {{{NftGoto{"rules" + ruleset_.tag}}, table_comment(ruleset_)}}});
  }

  static void accept(NftChain& chain, std::vector<NftStatement> statements) {
    statements.insert(statements.end(), {NftPhrase::counter, NftPhrase::accept});
    chain.rules.push_back({std::move(statements), {}});
  }

  static void add_ids(NftDispatch& dispatch, const std::vector<IdRange>& ids, const std::string& chain) {
    for (const IdRange& range : ids) dispatch.entries.push_back({range, chain});
  }

  static void add_dispatch(NftChain& chain, NftDispatch dispatch) {
    if (!dispatch.entries.empty()) chain.rules.push_back({{std::move(dispatch)}, {}});
  }

  const Ruleset& ruleset_;
  std::vector<NftChain>& chains_;
  std::uint32_t subject_ = 0;
};

}  // namespace

}  // namespace egressc::backends

namespace egressc {

std::string print_nftables(const Ruleset& ruleset) {
  using namespace backends;
  const std::string text =
      header(ruleset, {"Load:   nft --check --file policy.nft && nft --file policy.nft",
                       "        One transaction; it replaces the table inet egressc and nothing else.",
                       "Remove: nft delete table inet egressc"});
  return text + nft_text({{NftClear{}, nft_table(ruleset)}});
}

std::string table_comment(const Ruleset& ruleset) {
  return fmt::format("egressc {} policy sha256 {}", safe_text(ruleset.version).substr(0, 32),
                     safe_text(ruleset.policy_hash).substr(0, 64));
}

NftTable nft_table(const Ruleset& ruleset) {
  using namespace backends;
  NftTable table;
  std::set<std::string_view> names;
  std::uint32_t subject = 0;
  for (const UidGroup& group : ruleset.groups)
    for (const SubjectRules& rules : group.subjects) add_sets(table, rules, subject++, names);
  Chains(ruleset, table.chains).add_all();
  return table;
}

}  // namespace egressc
