// "-m addrtype": what the routes of a host say an address is.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "egressc/address.h"
#include "readers/meaning/numbers.h"
#include "readers/xtables/xtables.h"

namespace egressc::readers {

// The addresses that surely and those that possibly are of one of the types.
struct AddressTypes {
  Ranges least;
  Ranges most;
};

AddressTypes parse_address_types(std::string_view list, Family family);

namespace {

constexpr Number all_v6 = ~Number{0};

// As __inet_dev_addr_type() of the kernel's fib_frontend.c: some types do not depend on routes. All of 0.0.0.0/8 was
// broadcast in kernels before 5.3.
const Range multicast{0xe0000000, 0xefffffff};
const Range this_network{0, 0xffffff};
const Range this_host{0, 0};
const Range broadcast{0xffffffff, 0xffffffff};

AddressTypes types_v4(std::string_view list) {
  std::vector<Range> least;
  std::vector<Range> most;
  while (!list.empty()) {
    const std::string_view type = take_item(list, ',');
    if (type == "MULTICAST") {
      least.push_back(multicast);
      most.push_back(multicast);
      continue;
    }
    if (type == "BROADCAST") {
      least.insert(least.end(), {this_host, broadcast});
      most.insert(most.end(), {this_network, broadcast});
    }
    // A route may make any other address of any type.
    most.insert(most.end(), {{this_host.last + 1, multicast.first - 1}, {multicast.last + 1, broadcast.first - 1}});
  }
  return {ranges_of(std::move(least)), ranges_of(std::move(most))};
}

// As match_type6() of xt_addrtype.c: an address has to be of every type of a list, where routes do not matter.
AddressTypes types_v6(std::string_view list) {
  const Range multicast_v6{Number{0xff} << 120, all_v6};
  if (list == "MULTICAST") return {{multicast_v6}, {multicast_v6}};
  bool only_multicast = false;
  bool never_multicast = false;
  while (!list.empty()) {
    const std::string_view type = take_item(list, ',');
    only_multicast |= type == "MULTICAST";
    never_multicast |= type == "UNICAST";
  }
  if (only_multicast && never_multicast) return {};
  if (only_multicast) return {{}, {multicast_v6}};
  if (never_multicast) return {{}, {{0, multicast_v6.first - 1}}};
  return {{}, {{0, all_v6}}};
}

}  // namespace

AddressTypes parse_address_types(std::string_view list, Family family) {
  return family == Family::ipv4 ? types_v4(list) : types_v6(list);
}

// Conntrack states and TCP flags, as the first packet of a flow has them.

// A list of states. The packet that opens a flow is NEW, and besides may be what `unknown` stands for (SNAT, DNAT).
struct States {
  bool new_flow = false;
  bool untracked = false;
  bool unknown = false;
};

States parse_states(std::span<const std::string_view> lists);

// "SYN,RST,ACK SYN": whether a segment that opens a connection has, of the flags in `mask`, exactly those in `set`.
// nullopt where that is not known.
std::optional<bool> opening_flags_match(std::string_view mask, std::string_view set);

namespace {

enum Flag : std::uint8_t { fin = 1, syn = 2, rst = 4, psh = 8, ack = 16, urg = 32, all = 63 };

struct NamedFlag {
  std::string_view name;
  std::uint8_t bits;
};

constexpr NamedFlag flags[] = {{"FIN", fin}, {"SYN", syn}, {"RST", rst}, {"PSH", psh},
                               {"ACK", ack}, {"URG", urg}, {"ALL", all}, {"NONE", 0}};

std::optional<unsigned> parse_flags(std::string_view list) {
  unsigned bits = 0;
  do {
    const std::string_view item = take_item(list, ',');
    const NamedFlag* found = nullptr;
    for (const NamedFlag& flag : flags)
      if (flag.name == item) found = &flag;
    if (!found) return std::nullopt;
    bits |= found->bits;
  } while (!list.empty());
  return bits;
}

}  // namespace

States parse_states(std::span<const std::string_view> lists) {
  States states;
  for (std::string_view rest : lists) {
    do {
      const std::string_view state = take_item(rest, ',');
      if (state == "NEW")
        states.new_flow = true;
      else if (state == "UNTRACKED")
        states.untracked = true;
      else if (state != "ESTABLISHED" && state != "RELATED" && state != "INVALID")
        states.unknown = true;
    } while (!rest.empty());
  }
  return states;
}

std::optional<bool> opening_flags_match(std::string_view mask, std::string_view set) {
  const auto looked_at = parse_flags(mask);
  const auto wanted = parse_flags(set);
  if (!looked_at || !wanted) return std::nullopt;
  constexpr unsigned either = psh | urg;  // with data in the first segment they may be there
  if ((*looked_at & syn & ~either) != (*wanted & ~either)) return false;
  if ((*looked_at & either) != 0) return std::nullopt;
  return *wanted == (*looked_at & syn);
}

// What each xtables option says about the first packet of a flow.

namespace {

// The union of `parse` of every item of "a,b,c"; nullopt, and a doubt, if one is not understood.
template <typename Parse>
std::optional<Ranges> parse_list(RuleBuilder& rule, Values values, Parse parse) {
  std::vector<Range> ranges;
  for (std::string_view rest : values) {
    do {
      const std::string_view item = take_item(rest, ',');
      const std::optional<Range> range = parse(item);
      if (!range) {
        rule.unknown("value", item);
        return std::nullopt;
      }
      ranges.push_back(*range);
    } while (!rest.empty());
  }
  return ranges_of(std::move(ranges));
}

void protocol(RuleBuilder& rule, Values values, bool negated) {
  if (const auto ranges = parse_list(rule, values, parse_ip_protocol))
    rule.match().narrow(Field::protocol, *ranges, negated);
}

std::optional<Ranges> networks(RuleBuilder& rule, Values values) {
  return parse_list(rule, values, [&rule](std::string_view item) { return parse_network(item, rule.family()); });
}

void destination(RuleBuilder& rule, Values values, bool negated) {
  if (const auto ranges = networks(rule, values)) rule.match().narrow(Field::address, *ranges, negated);
}

void source(RuleBuilder& rule, Values values, bool negated) {
  const auto ranges = networks(rule, values);
  if (ranges && !negated && *ranges == Ranges{{0, rule.match().last_of(Field::address)}}) return;
  rule.match().doubt("it depends on the source address");
}

void out_interface(RuleBuilder& rule, Values values, bool negated) {
  const std::string_view name = values.front();
  if (name == "lo") return rule.match().narrow(Field::loopback, {{1, 1}}, negated);
  if (name == "+") return negated ? rule.match().never() : void();
  const bool may_be_loopback = name == "l+" || name == "lo+";
  const Ranges possible = may_be_loopback ? Ranges{{0, 1}} : Ranges{{0, 0}};
  rule.match().narrow(Field::loopback, may_be_loopback ? Ranges{{1, 1}} : Ranges{}, possible, negated,
                      "it depends on the interface");
}

// A packet on its way out came in by none.
void in_interface(RuleBuilder& rule, Values values, bool negated) {
  if ((values.front() == "+") == negated) rule.match().never();
}

void destination_ports(RuleBuilder& rule, Values values, bool negated) {
  const auto parse = [](std::string_view item) { return parse_range(item, ':', 65535); };
  if (const auto ranges = parse_list(rule, values, parse)) rule.ports(*ranges, negated);
}

// The source or the destination port.
void either_ports(RuleBuilder& rule, Values values, bool negated) {
  const int protocol = rule.match().protocol();
  const auto parse = [](std::string_view item) { return parse_range(item, ':', 65535); };
  const auto ranges = parse_list(rule, values, parse);
  if (!ranges) return;
  if (protocol != ip_protocol::tcp && protocol != ip_protocol::udp) return rule.ports(*ranges, negated);
  rule.match().narrow(Field::port, *ranges, {{0, 65535}}, negated, "it depends on the source port");
}

void source_ports(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on the source port"); }

void icmp_type(RuleBuilder& rule, Values values, bool negated) {
  if (const auto types = parse_icmp(values.front(), rule.family()))
    rule.icmp(*types, negated);
  else
    rule.unknown("ICMP type", values.front());
}

// Packets without a socket have no_id, and so does the complement of any owner: as xt_owner has it.
void owner(RuleBuilder& rule, Field field, std::string_view value, bool negated) {
  if (const auto ids = parse_range(value, '-', no_id - 1))
    rule.match().narrow(field, {*ids}, negated);
  else
    rule.unknown("owner", value);
}

void uid_owner(RuleBuilder& rule, Values values, bool negated) { owner(rule, Field::uid, values.front(), negated); }

void gid_owner(RuleBuilder& rule, Values values, bool negated) { owner(rule, Field::gid, values.front(), negated); }

// The kernel's own sockets exist and have no owner.
void socket_exists(RuleBuilder& rule, Values, bool negated) {
  rule.match().narrow(Field::uid, {{0, no_id - 1}}, {{0, no_id}}, negated, "sockets of the kernel have no owner");
}

void supplementary_groups(RuleBuilder& rule, Values, bool) {
  rule.match().forget(Field::gid, "it depends on supplementary groups");
}

void connection_states(RuleBuilder& rule, Values values, bool negated) {
  const States states = parse_states(values);
  if (rule.around().untracked && states.new_flow != states.untracked)
    rule.match().doubt("some packets are kept from connection tracking");
  else if (states.unknown && !states.new_flow)
    rule.match().doubt("it depends on address translation");
  else if (states.new_flow == negated)
    rule.match().never();
}

// The packet that opens a flow has none of these yet; an expected one is RELATED.
void connection_status(RuleBuilder& rule, Values values, bool negated) {
  for (std::string_view rest = values.front(); !rest.empty();) {
    const std::string_view status = take_item(rest, ',');
    if (status != "NONE" && status != "EXPECTED" && status != "SEEN_REPLY" && status != "ASSURED" &&
        status != "CONFIRMED")
      return rule.unknown("status", status);
  }
  if (rule.around().untracked && negated) return rule.match().doubt("some packets are kept from connection tracking");
  if (!negated) rule.match().never();
}

void connection_protocol(RuleBuilder& rule, Values values, bool negated) {
  if (rule.around().untracked) return rule.match().doubt("some packets are kept from connection tracking");
  protocol(rule, values, negated);
}

void translated(RuleBuilder& rule, Values, bool) {
  rule.match().doubt("it depends on addresses and ports before translation");
}

void expiry(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on the age of the connection"); }

void connection_direction(RuleBuilder& rule, Values values, bool negated) {
  if (values.front() != "ORIGINAL" && values.front() != "REPLY") return rule.unknown("direction", values.front());
  if (rule.around().untracked) return rule.match().doubt("some packets are kept from connection tracking");
  if ((values.front() == "ORIGINAL") == negated) rule.match().never();
}

void tcp_flags(RuleBuilder& rule, Values values, bool negated) {
  const std::optional<bool> matches = opening_flags_match(values[0], values[1]);
  if (!matches) return rule.match().doubt("it depends on TCP flags");
  if (*matches == negated) rule.match().never();
}

void syn(RuleBuilder& rule, Values, bool negated) {
  if (negated) rule.match().never();
}

void destination_type(RuleBuilder& rule, Values values, bool negated) {
  const AddressTypes types = parse_address_types(values.front(), rule.family());
  rule.match().narrow(Field::address, types.least, types.most, negated, "it depends on the routes of the host");
}

void source_type(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on the source address"); }

void destination_range(RuleBuilder& rule, Values values, bool negated) {
  const std::size_t dash = values.front().find('-');
  const auto first = parse_plain_address(values.front().substr(0, dash), rule.family());
  const auto last =
      dash == std::string_view::npos ? first : parse_plain_address(values.front().substr(dash + 1), rule.family());
  if (!first || !last) return rule.unknown("range", values.front());
  rule.match().narrow(Field::address, ranges_of({{*first, *last}}), negated);
}

void source_range(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on the source address"); }

void limit(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on the rate of packets"); }

void hops(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on the hop limit"); }

void set(RuleBuilder& rule, Values values, bool negated) {
  const SetFlows& flows = rule.around().sets.match(values[0], values[1]);
  rule.match().within(flows.least, flows.most, negated, flows.why);
}

// They turn what --match-set says, or part of it.
void set_exceptions(RuleBuilder& rule, Values, bool) {
  rule.match().forget_within("it depends on the exceptions or the counters of a set");
}

// The packet that opens a flow is no later fragment.
void fragment(RuleBuilder& rule, Values, bool negated) {
  if (!negated) rule.match().never();
}

void tcp_option(RuleBuilder& rule, Values, bool) { rule.match().doubt("it depends on TCP options"); }

// A host's own packet comes over no port of a bridge, as physdev_mt() of the kernel's xt_physdev.c has it.
void bridge_port(RuleBuilder& rule, Values, bool negated) {
  if (!negated) rule.match().never();
}

// Until it is sent, as xt_pkttype.c of the kernel sees it, a packet of the host is one for the host.
void packet_type(RuleBuilder& rule, Values values, bool negated) {
  if ((values.front() == "unicast" || values.front() == "host") == negated) rule.match().never();
}

void says_nothing(RuleBuilder&, Values, bool) {}

constexpr MatchOption options[] = {
    {"p", "", 1, protocol},
    {"d", "", 1, destination},
    {"s", "", 1, source},
    {"o", "", 1, out_interface},
    {"i", "", 1, in_interface},
    {"c", "", 2, says_nothing},
    {"f", "", 0, fragment},
    {"dport", "tcp", 1, destination_ports},
    {"dport", "udp", 1, destination_ports},
    {"sport", "tcp", 1, source_ports},
    {"sport", "udp", 1, source_ports},
    {"tcp-flags", "tcp", 2, tcp_flags},
    {"syn", "tcp", 0, syn},
    {"tcp-option", "tcp", 1, tcp_option},
    {"dports", "multiport", 1, destination_ports},
    {"sports", "multiport", 1, source_ports},
    {"ports", "multiport", 1, either_ports},
    {"icmp-type", "icmp", 1, icmp_type},
    {"icmpv6-type", "icmp6", 1, icmp_type},
    {"uid-owner", "owner", 1, uid_owner},
    {"gid-owner", "owner", 1, gid_owner},
    {"socket-exists", "owner", 0, socket_exists},
    {"suppl-groups", "owner", 0, supplementary_groups},
    {"ctstate", "conntrack", 1, connection_states},
    {"ctdir", "conntrack", 1, connection_direction},
    {"ctstatus", "conntrack", 1, connection_status},
    {"ctproto", "conntrack", 1, connection_protocol},
    {"ctorigsrc", "conntrack", 1, translated},
    {"ctorigdst", "conntrack", 1, translated},
    {"ctreplsrc", "conntrack", 1, translated},
    {"ctrepldst", "conntrack", 1, translated},
    {"ctorigsrcport", "conntrack", 1, translated},
    {"ctorigdstport", "conntrack", 1, translated},
    {"ctreplsrcport", "conntrack", 1, translated},
    {"ctrepldstport", "conntrack", 1, translated},
    {"ctexpire", "conntrack", 1, expiry},
    {"state", "state", 1, connection_states},
    {"comment", "comment", 1, says_nothing},
    {"dst-range", "iprange", 1, destination_range},
    {"src-range", "iprange", 1, source_range},
    {"limit", "limit", 1, limit},
    {"limit-burst", "limit", 1, says_nothing},
    {"hl-eq", "hl", 1, hops},
    {"hl-lt", "hl", 1, hops},
    {"hl-gt", "hl", 1, hops},
    {"ttl-eq", "ttl", 1, hops},
    {"ttl-lt", "ttl", 1, hops},
    {"ttl-gt", "ttl", 1, hops},
    {"match-set", "set", 2, set},
    {"return-nomatch", "set", 0, set_exceptions},
    {"packets-eq", "set", 1, set_exceptions},
    {"packets-lt", "set", 1, set_exceptions},
    {"packets-gt", "set", 1, set_exceptions},
    {"bytes-eq", "set", 1, set_exceptions},
    {"bytes-lt", "set", 1, set_exceptions},
    {"bytes-gt", "set", 1, set_exceptions},
    {"update-counters", "set", 0, says_nothing},
    {"update-subcounters", "set", 0, says_nothing},
    {"dst-type", "addrtype", 1, destination_type},
    {"src-type", "addrtype", 1, source_type},
    {"limit-iface-in", "addrtype", 0, says_nothing},
    {"limit-iface-out", "addrtype", 0, says_nothing},
    {"pkt-type", "pkttype", 1, packet_type},
    {"physdev-in", "physdev", 1, bridge_port},
    {"physdev-out", "physdev", 1, bridge_port},
    {"physdev-is-in", "physdev", 0, bridge_port},
    {"physdev-is-out", "physdev", 0, bridge_port},
    {"physdev-is-bridged", "physdev", 0, bridge_port},
};

}  // namespace

std::span<const MatchOption> match_options() { return options; }

}  // namespace egressc::readers
