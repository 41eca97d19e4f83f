#include <fmt/core.h>

#include <algorithm>

#include "egressc/observation.h"
#include "readers/nft_json/keys.h"
#include "readers/nft_json/ruleset.h"
#include "readers/xtables/xtables.h"

namespace egressc::readers {
namespace {

using Kind = NftKey::Kind;

RangeBounds complement_of(const RangeBounds& values, Number last) {
  return {complement(values.possible, last), complement(values.sure, last)};
}

RangeBounds values_of(const Json& right, const NftKey& key, bool& is_conditional) {
  std::vector<Range> sure;
  std::vector<Range> possible;
  const auto add = [&](const Json& element) {
    const NftElement unwrapped = element_of(element);
    is_conditional |= unwrapped.is_conditional;
    const Range all{0, last_value(key)};
    const NftValue value = is_catch_all(element) ? NftValue{all, all} : read_value(*unwrapped.value, key);
    sure.push_back(value.sure);
    possible.push_back(value.possible);
  };
  const Json* const elements = member(right, "set");
  if (elements == nullptr)
    add(right);
  else
    for_each_element(*elements, add);
  return {ranges_of(std::move(sure)), ranges_of(std::move(possible))};
}

// "<" and its like; nullopt for what is no such comparison.
std::optional<RangeBounds> compared(std::string_view op, const Json& right, const NftKey& key) {
  const bool is_ordered =
      key.kind != Kind::interface && key.kind != Kind::device_type && key.kind != Kind::opaque && right.IsUint64();
  const NftValue value = read_value(right, key);
  if (!is_ordered && key.kind != Kind::address) return std::nullopt;
  if (!value.is_exact() || value.sure.first != value.sure.last) return std::nullopt;
  const Range at = value.sure;
  const Range up_to{0, at.first};
  Ranges ranges;
  if (op == "<=" || op == ">")
    ranges = {up_to};
  else if (op == "<" || op == ">=")
    ranges = at.first == 0 ? Ranges{} : Ranges{{0, at.first - 1}};
  else
    return std::nullopt;
  if (op.front() == '>') ranges = complement(ranges, last_value(key));
  return RangeBounds{ranges, ranges};
}

// Whether any bit of the key is among those of `right`; nullopt for what is no such test.
std::optional<RangeBounds> with_bits(const Json& right, const NftKey& key) {
  const auto bits = read_bits(right, key);
  if (!bits) return std::nullopt;
  std::vector<Range> having;
  const auto add = [&](const std::vector<std::uint32_t>& candidates) {
    for (const std::uint32_t candidate : candidates)
      if ((candidate & *bits) != 0) having.push_back({candidate, candidate});
  };
  add(key.candidates);
  for (const auto& states : key.states) add(states);
  Ranges ranges = ranges_of(std::move(having));
  return RangeBounds{ranges, ranges};
}

void read_one_key(const NftKey& key, std::string_view op, const Json& right, Match& match) {
  const auto not_understood = [&] { match.doubt(fmt::format("what {} is compared with is not understood", key.name)); };
  const Number last = last_value(key);
  const bool has_flags =
      key.kind == Kind::state || (key.kind == Kind::known && key.words && key.words != NftWords::ct_direction);
  if (op == "!" || (op == "in" && has_flags && member(right, "set") == nullptr)) {
    auto values = has_flags ? with_bits(right, key) : std::nullopt;
    if (!values) return not_understood();
    return narrow(match, key, op == "!" ? complement_of(*values, last) : *values);
  }
  if (op == "==" || op == "in" || op == "!=") {
    bool is_conditional = false;
    const RangeBounds values = values_of(right, key, is_conditional);
    if (is_conditional) match.doubt("an element has a limit of its own");
    return narrow(match, key, op == "!=" ? complement_of(values, last) : values);
  }
  if (const auto values = compared(op, right, key)) return narrow(match, key, *values);
  not_understood();
}

// Whatever they do, the next statement follows.
constexpr std::string_view passing_statements[] = {
    "comment", "counter", "ct expectation", "ct helper", "ct timeout", "dup", "last", "log", "notrack", "secmark"};

// The next statement follows, or the rule ends there: a rate, an amount, a full set or a flow that is no longer known.
constexpr std::string_view conditional_statements[] = {"ct count", "flow",  "limit", "map",
                                                       "meter",    "quota", "reset", "set"};

NftEffect anything_since(Match& match, const std::string& why, NftEffect effect = NftEffect::anything) {
  match.because(why);
  return effect;
}

// Of nat, which ends there. Where its value comes from a map, the key may be missing, and the rule ends instead.
constexpr Named<NftEffect> nat_statements[] = {{"dnat", NftEffect::rewritten},
                                               {"redirect", NftEffect::rewritten},
                                               {"snat", NftEffect::accept},
                                               {"masquerade", NftEffect::accept}};
constexpr Named<NftEffect> nat_targets[] = {{"DNAT", NftEffect::rewritten},
                                            {"REDIRECT", NftEffect::rewritten},
                                            {"NETMAP", NftEffect::rewritten},
                                            {"SNAT", NftEffect::accept},
                                            {"MASQUERADE", NftEffect::accept}};

// Whether any part of it is looked up in a map.
bool looks_up(const Json& value) {
  if (value.IsArray()) return std::any_of(value.Begin(), value.End(), looks_up);
  if (!value.IsObject()) return false;
  return std::any_of(value.MemberBegin(), value.MemberEnd(),
                     [](const auto& part) { return part.name == "map" || looks_up(part.value); });
}

// "dnat ip to" in a table of both families leaves packets of the other alone (nft_nat_inet_eval(), net/netfilter/
// nft_nat.c). What has no address is of both.
void narrow_to_family(const Json& nat, Match& match) {
  const Json* const address = member(nat, "addr");
  if (address == nullptr) return;
  const std::string_view family = text_of(member(nat, "family"));
  if (family == "ip" || family == "ip6") return match.narrow(family == "ip" ? Family::ipv4 : Family::ipv6);
  if (const auto parsed = parse_address(text_of(*address))) return match.narrow(parsed->family);
  const bool is_of_both = !match.possible(Field::address4).empty() && !match.possible(Field::address6).empty();
  if (is_of_both) match.doubt("nft does not tell of which family it is");
}

// Of "meta nfproto ipv6 reject with tcp reset" nft 1.0.6 lists no more than "reject with tcp reset". egressc writes
// none that is of one family.
NftEffect read_reject(const Json& reject, const NftTable& table, Match& match) {
  const std::string_view type = text_of(member(reject, "type"));
  if (type == "tcp reset") {
    match.narrow(Field::protocol, Ranges{{ip_protocol::tcp, ip_protocol::tcp}});
    const bool is_of_both = !match.possible(Field::address4).empty() && !match.possible(Field::address6).empty();
    if (table.name.starts_with("inet ") && table.name != own_nft_table && is_of_both)
      match.doubt("nft does not tell of which family it is");
  }
  if (type == "icmp") match.narrow(Family::ipv4);
  if (type == "icmpv6") match.narrow(Family::ipv6);
  return NftEffect::drop;
}

// Of the modules of xtables nft tells the name, and nothing of what they were told.
NftEffect read_xt(const Json& xt, Match& match) {
  const std::string_view type = text_of(member(xt, "type"));
  const std::string_view name = text_of(member(xt, "name"));
  if (type == "target" && name == "REJECT") return NftEffect::drop;
  if (type == "target" && is_passing(name)) return NftEffect::none;
  if (type == "target")
    if (const NftEffect* effect = find_named(nat_targets, name)) return *effect;
  if (type != "match")
    return anything_since(match, fmt::format("nft does not tell what target {} does", printable(name, 40)));
  if (name != "comment") match.doubt(fmt::format("nft does not tell what match {} asks", printable(name, 40)));
  return NftEffect::none;
}

// A value that a packet always has: what is looked up in a map may be missing, and ends the rule.
bool is_plain(const Json& value) {
  return value.IsNumber() || value.IsString() || text_of(member(member(value, "meta"), "key")) == "mark";
}

NftEffect read_mangle(const Json& mangle, Match& match) {
  const Json* const left = member(mangle, "key");
  const Json* const value = member(mangle, "value");
  if (left == nullptr || value == nullptr) return anything_since(match, "a statement is not understood");
  const NftKeys keys = read_keys(*left, NftTracking{});
  if (!is_plain(*value)) match.doubt("the value that it sets may be missing");
  if (member(*left, "meta") != nullptr || member(*left, "ct") != nullptr) return NftEffect::none;
  const NftKey& key = keys.front();
  require(match, key);
  if (key.kind != NftKey::Kind::opaque || member(*left, "payload") == nullptr || !key.family) {
    if (member(*left, "tcp option") == nullptr)
      return anything_since(match, fmt::format("it rewrites {}", key.name), NftEffect::changed);
    match.doubt("it depends on tcp options");
  }
  return NftEffect::none;
}

}  // namespace

void read_condition(const Json& condition, const NftTable& table, Match& match) {
  const Json* const left = member(condition, "left");
  const Json* const right = member(condition, "right");
  const std::string_view op = text_of(member(condition, "op"));
  if (left == nullptr || right == nullptr) return match.doubt("a condition is not understood");
  const NftKeys keys = read_keys(*left, table.tracking);
  for (const NftKey& key : keys) require(match, key);
  const bool negated = op == "!=";
  const bool looks_up = negated || op == "==" || op == "in";
  if (const std::string_view name = text_of(*right); name.starts_with('@') && looks_up) {
    const NftJsonSet* const set = table.sets.find(table.name, name.substr(1));
    if (set == nullptr) return match.doubt(fmt::format("there is no set {}", printable(name, 40)));
    return match.narrow(table.sets.look_up(*set, keys), negated);
  }
  if (keys.size() == 1) return read_one_key(keys.front(), op, *right, match);
  if (!looks_up) return match.doubt("a comparison of several keys");
  const Json* const elements = member(*right, "set");
  match.narrow(look_up(elements == nullptr ? *right : *elements, keys), negated);
}

NftEffect read_effect(const NamedJson& statement, const NftTable& table, Match& match) {
  const auto& [name, value] = statement;
  if (name == "reject") return read_reject(*value, table, match);
  if (name == "xt") return read_xt(*value, match);
  if (name == "mangle") return read_mangle(*value, match);
  if (is_among(conditional_statements, name)) {
    match.doubt(fmt::format("it depends on a {}", name));
    return NftEffect::none;
  }
  if (is_among(passing_statements, name)) {
    const bool is_mapped = value->IsObject() && (looks_up(*value) || member(*value, "key") != nullptr);
    if (is_mapped) match.doubt(fmt::format("its {} may be missing", name));
    return NftEffect::none;
  }
  if (const NftEffect* effect = find_named(nat_statements, name)) {
    if (looks_up(*value)) match.doubt(fmt::format("its {} may be missing", name));
    narrow_to_family(*value, match);
    return *effect;
  }
  if (name == "queue") return anything_since(match, "a program decides on what is queued");
  return anything_since(match, fmt::format("what {} does is not understood", printable(name, 40)));
}

}  // namespace egressc::readers
