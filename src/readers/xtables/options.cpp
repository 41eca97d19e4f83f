// What each xtables option says about the first packet of a flow.

#include "readers/meaning/conntrack.h"
#include "readers/meaning/numbers.h"
#include "readers/xtables/xtables.h"

namespace egressc::readers {
namespace {

// As __inet_dev_addr_type() of the kernel's fib_frontend.c: some types do not depend on routes. All of 0.0.0.0/8 was
// broadcast in kernels before 5.3.
const Range multicast{0xe0000000, 0xefffffff};
const Range this_network{0, 0xffffff};
const Range this_host{0, 0};
const Range broadcast{0xffffffff, 0xffffffff};

RangeBounds types_v4(std::string_view list) {
  std::vector<Range> least;
  std::vector<Range> most;
  while (!list.empty()) {
    const std::string_view type = take_until(list, ',');
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
RangeBounds types_v6(std::string_view list) {
  const Range multicast_v6{Number{0xff} << 120, last_address(Family::ipv6)};
  if (list == "MULTICAST") return {{multicast_v6}, {multicast_v6}};
  bool only_multicast = false;
  bool never_multicast = false;
  while (!list.empty()) {
    const std::string_view type = take_until(list, ',');
    only_multicast |= type == "MULTICAST";
    never_multicast |= type == "UNICAST";
  }
  if (only_multicast && never_multicast) return {};
  if (only_multicast) return {{}, {multicast_v6}};
  if (never_multicast) return {{}, {{0, multicast_v6.first - 1}}};
  return {{}, {{0, last_address(Family::ipv6)}}};
}

// "-m addrtype": the addresses that the routes of a host surely, and possibly, make of one of the types.
RangeBounds parse_address_types(std::string_view list, Family family) {
  return family == Family::ipv4 ? types_v4(list) : types_v6(list);
}

constexpr unsigned syn_flag = 2;
constexpr unsigned psh_flag = 8;
constexpr unsigned urg_flag = 32;

constexpr Named<unsigned> flag_names[] = {{"FIN", 1},  {"SYN", syn_flag}, {"RST", 4},  {"PSH", psh_flag},
                                          {"ACK", 16}, {"URG", urg_flag}, {"ALL", 63}, {"NONE", 0}};

std::optional<unsigned> parse_flags(std::string_view list) {
  unsigned bits = 0;
  do {
    const auto* flag = find_named(flag_names, take_until(list, ','));
    if (!flag) return std::nullopt;
    bits |= *flag;
  } while (!list.empty());
  return bits;
}

// A list of states. The packet that opens a flow is NEW, and besides may be what `unknown` stands for (SNAT, DNAT).
struct States {
  std::uint32_t known = 0;  // bits of ConntrackState
  bool unknown = false;     // besides
};

constexpr Named<std::uint32_t> state_words[] = {{"NEW", state_new},
                                                {"ESTABLISHED", state_established},
                                                {"RELATED", state_related},
                                                {"INVALID", state_invalid},
                                                {"UNTRACKED", state_untracked}};

States parse_states(std::span<const std::string_view> lists) {
  States states;
  for (std::string_view rest : lists) {
    do {
      const std::string_view state = take_until(rest, ',');
      if (const auto* known = find_named(state_words, state))
        states.known |= *known;
      else
        states.unknown = true;
    } while (!rest.empty());
  }
  return states;
}

// "SYN,RST,ACK SYN": whether a segment that opens a connection has, of the flags in `mask`, exactly those in `set`.
// nullopt where that is not known.
std::optional<bool> opening_flags_match(std::string_view mask, std::string_view set) {
  const auto looked_at = parse_flags(mask);
  const auto wanted = parse_flags(set);
  if (!looked_at || !wanted) return std::nullopt;
  constexpr unsigned either = psh_flag | urg_flag;  // with data in the first segment they may be there
  if ((*looked_at & syn_flag & ~either) != (*wanted & ~either)) return false;
  if ((*looked_at & either) != 0) return std::nullopt;
  return *wanted == (*looked_at & syn_flag);
}

constexpr std::string_view by_source = "it depends on the source address";
constexpr std::string_view by_source_port = "it depends on the source port";
constexpr std::string_view by_translation = "it depends on addresses and ports before translation";
constexpr std::string_view by_age = "it depends on the age of the connection";
constexpr std::string_view by_packet_rate = "it depends on the rate of packets";
constexpr std::string_view by_hop_limit = "it depends on the hop limit";
constexpr std::string_view by_tcp_options = "it depends on TCP options";

// The union of `parse` of every item of "a,b,c"; nullopt, and a doubt, if one is not understood.
template <typename Parse>
std::optional<Ranges> parse_list(RuleBuilder& rule, Values values, Parse parse) {
  std::vector<Range> ranges;
  for (std::string_view rest : values) {
    do {
      const std::string_view item = take_until(rest, ',');
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
  if (const auto ranges = networks(rule, values)) rule.match().narrow(address_field(rule.family()), *ranges, negated);
}

void source(RuleBuilder& rule, Values values, bool negated) {
  const auto ranges = networks(rule, values);
  if (ranges && !negated && *ranges == Ranges{{0, last_address(rule.family())}}) return;
  rule.match().doubt(by_source);
}

void out_interface(RuleBuilder& rule, Values values, bool negated) {
  const std::string_view name = values.front();
  if (name == "lo") return rule.match().narrow(Field::loopback, Ranges{{1, 1}}, negated);
  if (name == "+") return negated ? rule.match().never() : void();
  const bool may_be_loopback = name == "l+" || name == "lo+";
  const RangeBounds bounds = {may_be_loopback ? Ranges{{1, 1}} : Ranges{}, {{0, may_be_loopback ? 1u : 0u}}};
  rule.match().narrow(Field::loopback, bounds, negated, "it depends on the interface");
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
  rule.match().narrow(Field::port, {*ranges, {{0, 65535}}}, negated, by_source_port);
}

void icmp_type(RuleBuilder& rule, Values values, bool negated) {
  auto types = parse_icmp(values.front(), rule.family());
  // For icmp_type_code_match() of net/netfilter/xt_tcpudp.c, 255 is any type, and then of any code.
  if (types && rule.family() == Family::ipv4 && types->first >> 8 == 255) types = Range{0, 65535};
  if (types)
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
  rule.match().narrow(Field::uid, {{{0, no_id - 1}}, {{0, no_id}}}, negated, "sockets of the kernel have no owner");
}

void supplementary_groups(RuleBuilder& rule, Values, bool) {
  rule.match().forget(Field::gid, "it depends on supplementary groups");
}

void connection_states(RuleBuilder& rule, Values values, bool negated) {
  const States states = parse_states(values);
  if (states.unknown && (states.known & state_new) == 0) return rule.match().doubt("it depends on address translation");
  rule.match().narrow(flows_in_states(states.known, rule.around().untracked, rule.is_early()), negated);
}

// What asks for more than a state matches nothing that conntrack does not know (net/netfilter/xt_conntrack.c).
void only_tracked(RuleBuilder& rule) {
  if (rule.is_early()) return rule.match().never();
  const FlowSpace opens = FlowSpace::from_boxes(boxes_of(TrackedKind::opens));
  rule.match().narrow(FlowBounds{opens, opens, {}});
}

// The packet that opens a flow has none of these yet; an expected one is RELATED.
void connection_status(RuleBuilder& rule, Values values, bool negated) {
  for (std::string_view rest = values.front(); !rest.empty();) {
    const std::string_view status = take_until(rest, ',');
    if (status != "NONE" && status != "EXPECTED" && status != "SEEN_REPLY" && status != "ASSURED" &&
        status != "CONFIRMED")
      return rule.unknown("status", status);
  }
  if (rule.around().untracked && negated) rule.match().doubt(by_tracking);
  if (!negated) return rule.match().never();
  only_tracked(rule);
}

void connection_protocol(RuleBuilder& rule, Values values, bool negated) {
  if (rule.around().untracked) return rule.match().doubt(by_tracking);
  only_tracked(rule);
  protocol(rule, values, negated);
}

void connection_direction(RuleBuilder& rule, Values values, bool negated) {
  if (values.front() != "ORIGINAL" && values.front() != "REPLY") return rule.unknown("direction", values.front());
  if (rule.around().untracked) return rule.match().doubt(by_tracking);
  only_tracked(rule);
  if ((values.front() == "ORIGINAL") == negated) rule.match().never();
}

void tcp_flags(RuleBuilder& rule, Values values, bool negated) {
  const std::optional<bool> matches = opening_flags_match(values[0], values[1]);
  if (!matches) return rule.match().doubt("it depends on TCP flags");
  if (*matches == negated) rule.match().never();
}

void always(RuleBuilder& rule, Values, bool negated) {
  if (negated) rule.match().never();
}

void destination_type(RuleBuilder& rule, Values values, bool negated) {
  const RangeBounds types = parse_address_types(values.front(), rule.family());
  rule.match().narrow(address_field(rule.family()), types, negated, "it depends on the routes of the host");
}

void destination_range(RuleBuilder& rule, Values values, bool negated) {
  const std::size_t dash = values.front().find('-');
  const auto first = parse_plain_address(values.front().substr(0, dash), rule.family());
  const auto last =
      dash == std::string_view::npos ? first : parse_plain_address(values.front().substr(dash + 1), rule.family());
  if (!first || !last) return rule.unknown("range", values.front());
  rule.match().narrow(address_field(rule.family()), ranges_of({{*first, *last}}), negated);
}

void in_set(RuleBuilder& rule, Values values, bool negated) {
  rule.match().narrow(rule.around().sets.match(values[0], values[1]), negated);
  rule.asks(values[0]);
}

// They turn what --match-set says, or part of it.
void set_exceptions(RuleBuilder& rule, Values, bool) {
  rule.match().forget_flows("it depends on the exceptions or the counters of a set");
}

// The packet that opens a flow is no later fragment, and a host's own comes over no port of a bridge, as physdev_mt()
// of the kernel's xt_physdev.c has it.
void never(RuleBuilder& rule, Values, bool negated) {
  if (!negated) rule.match().never();
}

// Until it is sent, as xt_pkttype.c of the kernel sees it, a packet of the host is one for the host.
void packet_type(RuleBuilder& rule, Values values, bool negated) {
  if ((values.front() == "unicast" || values.front() == "host") == negated) rule.match().never();
}

constexpr MatchOption options[] = {
    {"p", "", 1, protocol},
    {"d", "", 1, destination},
    {"s", "", 1, source},
    {"o", "", 1, out_interface},
    {"i", "", 1, in_interface},
    {"c", "", 2, nullptr},
    {"f", "", 0, never},
    {"dport", "tcp", 1, destination_ports},
    {"dport", "udp", 1, destination_ports},
    {"sport", "tcp", 1, nullptr, by_source_port},
    {"sport", "udp", 1, nullptr, by_source_port},
    {"tcp-flags", "tcp", 2, tcp_flags},
    {"syn", "tcp", 0, always},
    {"tcp-option", "tcp", 1, nullptr, by_tcp_options},
    {"dports", "multiport", 1, destination_ports},
    {"sports", "multiport", 1, nullptr, by_source_port},
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
    {"ctorigsrc", "conntrack", 1, nullptr, by_translation},
    {"ctorigdst", "conntrack", 1, nullptr, by_translation},
    {"ctreplsrc", "conntrack", 1, nullptr, by_translation},
    {"ctrepldst", "conntrack", 1, nullptr, by_translation},
    {"ctorigsrcport", "conntrack", 1, nullptr, by_translation},
    {"ctorigdstport", "conntrack", 1, nullptr, by_translation},
    {"ctreplsrcport", "conntrack", 1, nullptr, by_translation},
    {"ctrepldstport", "conntrack", 1, nullptr, by_translation},
    {"ctexpire", "conntrack", 1, nullptr, by_age},
    {"state", "state", 1, connection_states},
    {"comment", "comment", 1, nullptr},
    {"dst-range", "iprange", 1, destination_range},
    {"src-range", "iprange", 1, nullptr, by_source},
    {"limit", "limit", 1, nullptr, by_packet_rate},
    {"limit-burst", "limit", 1, nullptr},
    {"hl-eq", "hl", 1, nullptr, by_hop_limit},
    {"hl-lt", "hl", 1, nullptr, by_hop_limit},
    {"hl-gt", "hl", 1, nullptr, by_hop_limit},
    {"ttl-eq", "ttl", 1, nullptr, by_hop_limit},
    {"ttl-lt", "ttl", 1, nullptr, by_hop_limit},
    {"ttl-gt", "ttl", 1, nullptr, by_hop_limit},
    {"match-set", "set", 2, in_set},
    {"return-nomatch", "set", 0, set_exceptions},
    {"packets-eq", "set", 1, set_exceptions},
    {"packets-lt", "set", 1, set_exceptions},
    {"packets-gt", "set", 1, set_exceptions},
    {"bytes-eq", "set", 1, set_exceptions},
    {"bytes-lt", "set", 1, set_exceptions},
    {"bytes-gt", "set", 1, set_exceptions},
    {"update-counters", "set", 0, nullptr},
    {"update-subcounters", "set", 0, nullptr},
    {"dst-type", "addrtype", 1, destination_type},
    {"src-type", "addrtype", 1, nullptr, by_source},
    {"limit-iface-in", "addrtype", 0, nullptr},
    {"limit-iface-out", "addrtype", 0, nullptr},
    {"pkt-type", "pkttype", 1, packet_type},
    {"physdev-in", "physdev", 1, never},
    {"physdev-out", "physdev", 1, never},
    {"physdev-is-in", "physdev", 0, never},
    {"physdev-is-out", "physdev", 0, never},
    {"physdev-is-bridged", "physdev", 0, never},
};

}  // namespace

std::span<const MatchOption> match_options() { return options; }

}  // namespace egressc::readers
