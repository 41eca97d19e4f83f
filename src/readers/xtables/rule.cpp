#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "readers/meaning/chain_order.h"
#include "readers/xtables/xtables.h"

namespace egressc::readers {
namespace {

constexpr std::string_view by_mark = "it depends on marks";
constexpr std::string_view by_link = "it depends on hardware addresses and the kind of link";
constexpr std::string_view by_past = "it depends on packets seen before";
constexpr std::string_view by_rate = "it depends on the rate of packets";
constexpr std::string_view by_content = "it depends on what the packet holds";
constexpr std::string_view by_header = "it depends on header fields that no flow has";
constexpr std::string_view by_ports = "it depends on ports of a protocol other than tcp and udp";
constexpr std::string_view by_ipsec = "it depends on IPsec";
constexpr std::string_view by_machine = "it depends on the state of the machine";
constexpr std::string_view by_cgroup = "it depends on control groups";
constexpr std::string_view by_link_name = "it depends on the interface";
constexpr std::string_view by_country = "it depends on a database of countries";
constexpr std::string_view by_route = "it depends on routes";
constexpr std::string_view by_chance = "it depends on chance";
constexpr std::string_view by_time = "it depends on the time of day";

// Matches whose options are not read, and why a rule with one is undecided. Of iptables-extensions(8), and of
// xtables-addons where they are in common use.
constexpr Named<std::string_view> undecided_matches[] = {
    {"ah", by_ipsec},         {"bpf", by_content},    {"cgroup", by_cgroup},      {"cluster", by_machine},
    {"connbytes", by_past},   {"connlabel", by_mark}, {"connlimit", by_past},     {"connmark", by_mark},
    {"cpu", by_machine},      {"dccp", by_ports},     {"devgroup", by_link_name}, {"dscp", by_header},
    {"dst", by_header},       {"ecn", by_header},     {"esp", by_ipsec},          {"eui64", by_link},
    {"frag", by_header},      {"geoip", by_country},  {"hashlimit", by_rate},     {"hbh", by_header},
    {"helper", by_past},      {"ipcomp", by_ipsec},   {"ipv6header", by_header},  {"ipvs", by_machine},
    {"length", by_header},    {"mac", by_link},       {"mark", by_mark},          {"mh", by_header},
    {"nfacct", by_past},      {"osf", by_header},     {"policy", by_ipsec},       {"quota", by_past},
    {"rateest", by_rate},     {"realm", by_route},    {"recent", by_past},        {"rpfilter", by_route},
    {"rt", by_header},        {"sctp", by_ports},     {"socket", by_machine},     {"srh", by_header},
    {"statistic", by_chance}, {"string", by_content}, {"tcpmss", by_header},      {"time", by_time},
    {"tos", by_header},       {"u32", by_content},
};

constexpr int any_protocol = -1;

// Those that have an option in match_options(), and the protocol without which xtables refuses one; the empty name is
// "no module".
constexpr Named<int> modules[] = {
    {"", any_protocol},          {"tcp", ip_protocol::tcp},      {"udp", ip_protocol::udp},
    {"icmp", ip_protocol::icmp}, {"icmp6", ip_protocol::icmpv6}, {"icmpv6", ip_protocol::icmpv6},
    {"multiport", any_protocol}, {"owner", any_protocol},        {"conntrack", any_protocol},
    {"state", any_protocol},     {"comment", any_protocol},      {"iprange", any_protocol},
    {"limit", any_protocol},     {"hl", any_protocol},           {"ttl", any_protocol},
    {"set", any_protocol},       {"addrtype", any_protocol},     {"physdev", any_protocol},
    {"pkttype", any_protocol},
};

// Targets after which the packet goes on to the next rule, in the same table and as it was but for what no option here
// looks at.
constexpr std::string_view passing_targets[] = {
    "AUDIT", "CHECKSUM",  "CLASSIFY",    "CONNMARK", "CONNSECMARK", "CT",    "DSCP",    "ECN",     "HL",
    "HMARK", "IDLETIMER", "LED",         "LOG",      "MARK",        "NFLOG", "NOTRACK", "RATEEST", "SECMARK",
    "SET",   "TCPMSS",    "TCPOPTSTRIP", "TEE",      "TOS",         "TRACE", "TTL",     "ULOG"};

// Targets of nat, which end there, and whether destinations become others.
constexpr Named<bool> rewriting_targets[] = {
    {"DNAT", true}, {"REDIRECT", true}, {"NETMAP", true}, {"SNAT", false}, {"MASQUERADE", false}};

// Targets that end in a verdict which the rules do not tell.
constexpr Named<std::string_view> deciding_targets[] = {
    {"NFQUEUE", "a program decides what becomes of queued packets"},
    {"QUEUE", "a program decides what becomes of queued packets"},
    {"SYNPROXY", "the kernel answers in place of the peer"},
    {"TPROXY", "packets are handed to a local socket"},
};

// The number of values that follow options of targets: those of REJECT, LOG, NFLOG and ULOG; values of others are told
// from options by their dashes.
constexpr Named<unsigned> target_options[] = {
    {"reject-with", 1},     {"log-prefix", 1},       {"log-level", 1},       {"log-uid", 0},     {"log-ip-options", 0},
    {"log-tcp-options", 0}, {"log-tcp-sequence", 0}, {"log-macdecode", 0},   {"nflog-group", 1}, {"nflog-prefix", 1},
    {"nflog-size", 1},      {"nflog-range", 1},      {"nflog-threshold", 1}, {"ulog-prefix", 1}, {"ulog-nlgroup", 1},
    {"ulog-cprange", 1},    {"ulog-qthreshold", 1},
};

std::uint64_t bit_of(std::string_view module) {
  const auto found = std::find_if(std::begin(modules), std::end(modules),
                                  [module](const Named<int>& known) { return known.name == module; });
  return found == std::end(modules) ? 0 : std::uint64_t{1} << (found - std::begin(modules));
}

}  // namespace

void RuleBuilder::load(std::string_view module) {
  const std::uint64_t bit = bit_of(module);
  if (bit == 0) {
    const auto* why = find_named(undecided_matches, module);
    return why ? match_.doubt(*why) : unknown("match", module);
  }
  loaded_ |= bit;
  around_.tracks |= module == "conntrack" || module == "state";
  const int protocol = modules[std::countr_zero(bit)].value;
  if (protocol != any_protocol && match_.protocol() != protocol)
    match_.doubt(fmt::format("match {} stands without its protocol", module));
}

const MatchOption* RuleBuilder::find(std::string_view name) const {
  for (const MatchOption& option : match_options())
    if (option.name == name && (loaded_ & bit_of(option.module)) != 0) return &option;
  return nullptr;
}

void RuleBuilder::apply(const MatchOption& option, Values values, bool negated) {
  if (option.apply) option.apply(*this, values, negated);
  if (!option.doubt.empty()) match_.doubt(option.doubt);
  if (option.name != "p") return;
  for (const auto& [module, protocol] : modules)
    if (protocol != any_protocol && protocol == match_.protocol()) loaded_ |= bit_of(module);
}

void RuleBuilder::unknown(std::string_view what, std::string_view name) {
  match_.doubt(fmt::format("{} {} is not understood", what, printable(name, 40)));
}

void RuleBuilder::ports(const Ranges& ranges, bool negated) {
  const int protocol = match_.protocol();
  if (protocol == ip_protocol::tcp || protocol == ip_protocol::udp)
    match_.narrow(Field::port, ranges, negated);
  else
    match_.doubt("ports of a protocol other than tcp and udp");
}

void RuleBuilder::icmp(const Range& types, bool negated) {
  if (match_.protocol() == icmp_of(family_))
    match_.narrow(Field::port, {types}, negated);
  else
    match_.doubt("an ICMP type of another protocol");
}

void RuleBuilder::jump(std::string_view target) {
  if (has_target_) return garbled("a second target", target);
  has_target_ = true;
  target_has_options_ = true;
  const bool is_chain = is_chain_ && is_chain_(target);
  const bool* const rewriting = in_ == In::nat ? find_named(rewriting_targets, target) : nullptr;
  if (is_chain) {
    verdict_ = Verdict::jump;
    target_ = target;
  } else if (target == "ACCEPT" || target == "DROP" || target == "RETURN") {
    verdict_ = target == "ACCEPT" ? Verdict::accept : target == "DROP" ? Verdict::drop : Verdict::ret;
    target_has_options_ = false;
  } else if (target == "REJECT") {
    verdict_ = Verdict::drop;
  } else if (is_passing(target)) {
    verdict_ = Verdict::none;
    copies_ = target == "TEE";
  } else if (rewriting != nullptr) {
    verdict_ = Verdict::accept;
    rewrites_ = *rewriting;
    around_.tracks = true;
  } else {
    rewrites_ = in_ == In::nat;
    verdict_ = Verdict::jump;
    target_ = target;
    if (const auto* why = find_named(deciding_targets, target)) target_why_ = *why;
  }
}

void RuleBuilder::go(std::string_view chain) {
  if (has_target_) return garbled("a second target", chain);
  has_target_ = true;
  verdict_ = Verdict::go;
  target_ = chain;
}

void RuleBuilder::garbled(std::string_view what, std::string_view word) {
  unknown(what, word);
  garbled_ = true;
}

bool is_passing(std::string_view target) { return is_among(passing_targets, target); }

std::optional<unsigned> target_option_values(std::string_view name) {
  const unsigned* values = find_named(target_options, name);
  return values ? std::optional(*values) : std::nullopt;
}

FilterRule RuleBuilder::finish(std::string_view text, Location where) {
  FilterRule rule;
  if (garbled_) {
    rule.most = Match(family_).most();
    rule.verdict = Verdict::jump;  // to no chain: anything may happen
  } else {
    rule.most = match_.most();
    rule.least = match_.is_exact() ? rule.most : match_.least();
    rule.verdict = verdict_;
    rule.target = std::move(target_);
  }
  rule.copies = copies_;
  rule.rewrites = rewrites_ || (garbled_ && in_ == In::nat);
  rule.text = text;
  if (!sets_.empty()) around_.asked.insert_or_assign(rule.text, std::move(sets_));
  rule.where = std::move(where);
  const bool is_exact = !garbled_ && (match_.is_exact() || rule.least == rule.most);
  rule.undecided = is_exact ? target_why_ : std::string_view(match_.why());
  return rule;
}

void FilterBuilder::declare(std::string name, Verdict policy) {
  const auto [entry, is_new] = index_.emplace(std::move(name), filter_.chains.size());
  if (is_new) {
    filter_.chains.emplace_back().name = entry->first;
    inserted_.emplace_back();
  }
  filter_.chains[entry->second].policy = policy;
}

void FilterBuilder::append(const std::string& chain, FilterRule rule) {
  filter_.chains[index_.at(chain)].rules.push_back(std::move(rule));
}

void FilterBuilder::insert(const std::string& chain, FilterRule rule) {
  inserted_[index_.at(chain)].push_back(std::move(rule));
}

Filter FilterBuilder::finish(std::vector<std::string> hooks) {
  for (std::size_t i = 0; i < inserted_.size(); ++i) {
    auto& rules = filter_.chains[i].rules;
    rules.insert(rules.begin(), std::make_move_iterator(inserted_[i].rbegin()),
                 std::make_move_iterator(inserted_[i].rend()));
  }
  filter_.hooks = std::move(hooks);
  return std::move(filter_);
}

void identify_rules(Filter& filter, Surroundings& around) {
  if (around.asked.empty() || !may_be_undecided(filter)) return;
  for (FilterChain& chain : filter.chains)
    for (FilterRule& rule : chain.rules) {
      const auto asked = around.asked.find(rule.text);
      if (asked == around.asked.end()) continue;
      rule.identity = rule.text + " ";
      for (const std::string& set : asked->second) rule.identity += around.sets.identity(set);
    }
}

}  // namespace egressc::readers
