#include "readers/nft_json_statement.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "egressc/diagnostics.h"
#include "egressc/observation.h"
#include "readers/nft_json_key.h"
#include "readers/xtables_rule.h"

namespace egressc::readers {
namespace {

// Whatever they do, the next statement follows.
constexpr std::string_view passing[] = {"comment", "counter", "ct expectation", "ct helper", "ct timeout", "dup",
                                        "last",    "log",     "notrack",        "secmark"};

// The next statement follows, or the rule ends there: a rate, an amount, a full set or a flow that is no longer known.
constexpr std::string_view conditional[] = {"ct count", "flow", "limit", "map", "meter", "quota", "reset", "set"};

template <std::size_t count>
bool is_among(const std::string_view (&list)[count], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

NftEffect unknown(NftJsonMatch& match, std::string why) {
  match.because(why);
  return NftEffect::anything;
}

// Of "meta nfproto ipv6 reject with tcp reset" nft 1.0.6 lists no more than "reject with tcp reset". egressc writes
// none that is of one family.
NftEffect read_reject(const Json& reject, const NftTable& table, NftJsonMatch& match) {
  const std::string_view type = text_of(member(reject, "type"));
  if (type == "tcp reset") {
    match.require_protocol(ip_protocol::tcp);
    if (table.name.starts_with("inet ") && table.name != own_nft_table && match.may_be_of_both_families())
      match.doubt("nft does not tell of which family it is");
  }
  if (type == "icmp") match.require(Family::ipv4);
  if (type == "icmpv6") match.require(Family::ipv6);
  return NftEffect::drop;
}

// Of the modules of xtables nft tells the name, and nothing of what they were told.
NftEffect read_xt(const Json& xt, NftJsonMatch& match) {
  const std::string_view type = text_of(member(xt, "type"));
  const std::string_view name = text_of(member(xt, "name"));
  if (type == "target" && name == "REJECT") return NftEffect::drop;
  if (type == "target" && is_passing(name)) return NftEffect::none;
  if (type != "match") return unknown(match, fmt::format("nft does not tell what target {} does", printable(name, 40)));
  if (name != "comment") match.doubt(fmt::format("nft does not tell what match {} asks", printable(name, 40)));
  return NftEffect::none;
}

// A value that a packet always has: what is looked up in a map may be missing, and ends the rule.
bool is_plain(const Json& value) {
  return value.IsNumber() || value.IsString() ||
         text_of(member(value, "meta") ? member(*member(value, "meta"), "key") : nullptr) == "mark";
}

NftEffect read_mangle(const Json& mangle, NftJsonMatch& match) {
  const Json* const left = member(mangle, "key");
  const Json* const value = member(mangle, "value");
  if (left == nullptr || value == nullptr) return unknown(match, "a statement is not understood");
  const NftKeys keys = read_keys(*left, NftTracking{});
  if (!is_plain(*value)) match.doubt("the value that it sets may be missing");
  if (member(*left, "meta") != nullptr || member(*left, "ct") != nullptr) return NftEffect::none;
  const NftKey& key = keys.front();
  match.require(key);
  if (key.kind != NftKey::Kind::opaque || member(*left, "payload") == nullptr || !key.family) {
    if (member(*left, "tcp option") == nullptr) return unknown(match, fmt::format("it rewrites {}", key.name));
    match.doubt("it depends on tcp options");
  }
  return NftEffect::none;
}

}  // namespace

NftEffect read_effect(const NamedJson& statement, const NftTable& table, NftJsonMatch& match) {
  const auto& [name, value] = statement;
  if (name == "reject") return read_reject(*value, table, match);
  if (name == "xt") return read_xt(*value, match);
  if (name == "mangle") return read_mangle(*value, match);
  if (is_among(conditional, name)) {
    match.doubt(fmt::format("it depends on a {}", name));
    return NftEffect::none;
  }
  if (is_among(passing, name)) {
    const bool is_mapped = value->IsObject() && (member(*value, "map") != nullptr || member(*value, "key") != nullptr);
    if (is_mapped) match.doubt(fmt::format("its {} may be missing", name));
    return NftEffect::none;
  }
  if (name == "queue") return unknown(match, "a program decides on what is queued");
  return unknown(match, fmt::format("what {} does is not understood", printable(name, 40)));
}

}  // namespace egressc::readers
