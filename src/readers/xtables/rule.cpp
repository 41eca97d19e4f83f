#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

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

// Of iptables-extensions(8), and of xtables-addons where they are in common use.
constexpr std::pair<std::string_view, std::string_view> matches[] = {
    {"ah", by_ipsec},
    {"bpf", by_content},
    {"cgroup", "it depends on control groups"},
    {"cluster", by_machine},
    {"connbytes", by_past},
    {"connlabel", by_mark},
    {"connlimit", by_past},
    {"connmark", by_mark},
    {"cpu", by_machine},
    {"dccp", by_ports},
    {"devgroup", "it depends on the interface"},
    {"dscp", by_header},
    {"dst", by_header},
    {"ecn", by_header},
    {"esp", by_ipsec},
    {"eui64", by_link},
    {"frag", by_header},
    {"geoip", "it depends on a database of countries"},
    {"hashlimit", by_rate},
    {"hbh", by_header},
    {"helper", by_past},
    {"ipcomp", by_ipsec},
    {"ipv6header", by_header},
    {"ipvs", by_machine},
    {"length", by_header},
    {"mac", by_link},
    {"mark", by_mark},
    {"mh", by_header},
    {"nfacct", by_past},
    {"osf", by_header},
    {"policy", by_ipsec},
    {"quota", by_past},
    {"rateest", by_rate},
    {"realm", "it depends on routes"},
    {"recent", by_past},
    {"rpfilter", "it depends on routes"},
    {"rt", by_header},
    {"sctp", by_ports},
    {"socket", by_machine},
    {"srh", by_header},
    {"statistic", "it depends on chance"},
    {"string", by_content},
    {"tcpmss", by_header},
    {"time", "it depends on the time of day"},
    {"tos", by_header},
    {"u32", by_content},
};

}  // namespace

std::string_view why_undecided(std::string_view module) {
  for (const auto& [name, why] : matches)
    if (name == module) return why;
  return {};
}

namespace {

struct Module {
  std::string_view name;
  int protocol;  // without which xtables refuses it; any_protocol: none
};

constexpr int any_protocol = -1;

// Those that have an option in match_options(); the empty name is "no module".
constexpr Module modules[] = {
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
constexpr std::string_view passing[] = {
    "AUDIT", "CHECKSUM",  "CLASSIFY",    "CONNMARK", "CONNSECMARK", "CT",    "DSCP",    "ECN",     "HL",
    "HMARK", "IDLETIMER", "LED",         "LOG",      "MARK",        "NFLOG", "NOTRACK", "RATEEST", "SECMARK",
    "SET",   "TCPMSS",    "TCPOPTSTRIP", "TEE",      "TOS",         "TRACE", "TTL",     "ULOG"};

// Targets that end in a verdict which the rules do not tell.
constexpr std::pair<std::string_view, std::string_view> deciding[] = {
    {"NFQUEUE", "a program decides what becomes of queued packets"},
    {"QUEUE", "a program decides what becomes of queued packets"},
    {"SYNPROXY", "the kernel answers in place of the peer"},
    {"TPROXY", "packets are handed to a local socket"},
};

struct TargetOption {
  std::string_view name;
  unsigned values;
};

// Those of REJECT, LOG, NFLOG and ULOG; values of others are told from options by their dashes.
constexpr TargetOption target_options[] = {
    {"reject-with", 1},     {"log-prefix", 1},       {"log-level", 1},       {"log-uid", 0},     {"log-ip-options", 0},
    {"log-tcp-options", 0}, {"log-tcp-sequence", 0}, {"log-macdecode", 0},   {"nflog-group", 1}, {"nflog-prefix", 1},
    {"nflog-size", 1},      {"nflog-range", 1},      {"nflog-threshold", 1}, {"ulog-prefix", 1}, {"ulog-nlgroup", 1},
    {"ulog-cprange", 1},    {"ulog-qthreshold", 1},
};

std::uint64_t bit_of(std::string_view module) {
  const auto found = std::find_if(std::begin(modules), std::end(modules),
                                  [module](const Module& known) { return known.name == module; });
  return found == std::end(modules) ? 0 : std::uint64_t{1} << (found - std::begin(modules));
}

}  // namespace

void RuleBuilder::load(std::string_view module) {
  const std::uint64_t bit = bit_of(module);
  if (bit == 0) {
    const std::string_view why = why_undecided(module);
    return why.empty() ? unknown("match", module) : match_.doubt(why);
  }
  loaded_ |= bit;
  const int protocol = modules[std::countr_zero(bit)].protocol;
  if (protocol != any_protocol && match_.protocol() != protocol)
    match_.doubt(fmt::format("match {} stands without its protocol", module));
}

const MatchOption* RuleBuilder::find(std::string_view name) const {
  for (const MatchOption& option : match_options())
    if (option.name == name && (loaded_ & bit_of(option.module)) != 0) return &option;
  return nullptr;
}

void RuleBuilder::apply(const MatchOption& option, Values values, bool negated) {
  option.apply(*this, values, negated);
  if (option.name != "p") return;
  for (const Module& module : modules)
    if (module.protocol != any_protocol && module.protocol == match_.protocol()) loaded_ |= bit_of(module.name);
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
  if (match_.protocol() == (family_ == Family::ipv4 ? ip_protocol::icmp : ip_protocol::icmpv6))
    match_.narrow(Field::port, {types}, negated);
  else
    match_.doubt("an ICMP type of another protocol");
}

void RuleBuilder::jump(std::string_view target) {
  if (has_target_) return garbled("a second target", target);
  has_target_ = true;
  target_has_options_ = true;
  if (target == "ACCEPT" || target == "DROP" || target == "RETURN") {
    verdict_ = target == "ACCEPT" ? Verdict::accept : target == "DROP" ? Verdict::drop : Verdict::ret;
    target_has_options_ = false;
  } else if (target == "REJECT") {
    verdict_ = Verdict::drop;
  } else if (is_passing(target)) {
    verdict_ = Verdict::none;
  } else {
    verdict_ = Verdict::jump;
    target_ = target;
    for (const auto& [name, why] : deciding)
      if (name == target) target_why_ = why;
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

bool is_passing(std::string_view target) {
  return std::find(std::begin(passing), std::end(passing), target) != std::end(passing);
}

std::optional<unsigned> target_option_values(std::string_view name) {
  for (const TargetOption& option : target_options)
    if (option.name == name) return option.values;
  return std::nullopt;
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
  rule.text = text;
  rule.where = std::move(where);
  rule.undecided = garbled_ || !match_.is_exact() ? std::string_view(match_.why()) : target_why_;
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

}  // namespace egressc::readers
