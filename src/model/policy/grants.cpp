
#include "egressc/policy.h"
#include "model/policy/forms.h"
#include "model/policy/input.h"

namespace egressc::model {
namespace {

bool looks_numeric(std::string_view text) {
  return text.find(':') != text.npos || text.find('/') != text.npos ||
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}

// The prefix that "address/length" was probably meant to be, when its host bits are set.
std::optional<Prefix> without_host_bits(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  // A mapped address counts its length from the start of the IPv6 address (RFC 4291, 2.5.5.2).
  const bool mapped = address && address->family == Family::ipv4 && text.find(':') != text.npos;
  auto length = parse_decimal(text.substr(slash + 1), 128);
  if (!address || !length || (mapped && *length < 96)) return std::nullopt;
  if (mapped) *length -= 96;
  if (*length > address->bits()) return std::nullopt;
  return prefix_around(*address, static_cast<std::uint8_t>(*length));
}

void complain_of_address(const PolicyInput& input, NodeId node, std::string_view what, std::string_view text) {
  if (const auto meant = without_host_bits(text)) {
    const bool mapped = meant->address.family == Family::ipv4 && text.find(':') != text.npos;
    input.error(node,
                mapped ? fmt::format("{}: \"{}\" is a prefix of mapped IPv4 addresses, which leave as IPv4", what,
                                     printable(text))
                       : fmt::format("{}: \"{}\" has bits set behind its length", what, printable(text)),
                fmt::format("the prefix that contains it is {}; the address alone is {}", to_string(*meant),
                            to_string(*parse_address(text.substr(0, text.find('/'))))));
    return;
  }
  std::string hint = "such as 198.51.100.7, 203.0.113.0/24, \"2001:db8::7\" or \"2001:db8::/32\"";
  if (text.find("://") != text.npos)
    hint = "only the name of the host: no scheme, no path";
  else if (text.find('%') != text.npos)
    hint = "without the zone behind the %";
  else if (text.starts_with('['))
    hint = "without brackets; the port goes to `ports`";
  else if (const std::size_t colon = text.rfind(':');
           colon != text.npos && text.find(':') == colon && parse_decimal(text.substr(colon + 1), 65535))
    hint = fmt::format("the port goes to `ports`: [tcp/{}]", text.substr(colon + 1));
  input.error(node, fmt::format("{}: \"{}\" is not an address or a prefix", what, printable(text)), std::move(hint));
}

std::optional<DomainName> read_name(const PolicyInput& input, NodeId node) {
  const auto text = input.text(node, "to");
  if (!text) return std::nullopt;
  if (auto name = DomainName::parse_pattern(*text)) return name;
  std::string hint;
  if (*text == "*" || *text == "any" || *text == "all")
    hint = "every address is two grants: 0.0.0.0/0 and \"::/0\"";
  else if (text->find('*') != text->npos)
    hint = "a wildcard stands for all labels in front, as in \"*.example.com\"";
  input.error(node, fmt::format("to: \"{}\" is not a host name", printable(*text)), std::move(hint));
  return std::nullopt;
}

void read_names(const PolicyInput& input, NodeId node, Grant& grant) {
  std::size_t count = 0;
  input.each(node, "a name", [&](NodeId element) {
    ++count;
    const auto text = input.text(element, "to");
    if (!text) return;
    if (looks_numeric(*text)) {
      input.error(element, fmt::format("to: \"{}\" is not a name, and only names may share a grant", printable(*text)),
                  "give the address a grant of its own");
    } else if (auto name = read_name(input, element)) {
      grant.names.push_back(std::move(*name));
    }
  });
  if (count < 2)
    input.error(node, "to: a list means that several names share an address: it has at least two",
                "write a single name without brackets");
}

Micros read_time(const PolicyInput& input, NodeId node, std::string_view what) {
  const auto text = input.text(node, what);
  if (!text) return no_time;
  const auto time = parse_iso_time(*text);
  if (!time)
    input.error(node, fmt::format("{}: \"{}\" is not a time", what, printable(*text)), "such as 2026-11-23T06:59:58Z");
  return time.value_or(no_time);
}

void read_texts(const PolicyInput& input, NodeId node, std::string_view what, std::vector<std::string>& texts) {
  input.each(node, fmt::format("a list for {}", what), [&](NodeId element) {
    const auto text = input.text(element, what);
    if (!text) return;
    if (text->empty())
      input.error(element, fmt::format("{}: there is nothing between the quotes", what), "leave it out");
    else
      texts.emplace_back(*text);
  });
}

constexpr MapField<Evidence> evidence_fields[] = {
    {"seen", [](Input input, NodeId node,
                auto& evidence) { evidence.seen = input.number(node, "seen", 0, ~std::uint64_t{0}).value_or(0); }},
    {"first", [](Input input, NodeId node, auto& evidence) { evidence.first = read_time(input, node, "first"); }},
    {"last", [](Input input, NodeId node, auto& evidence) { evidence.last = read_time(input, node, "last"); }},
    {"by", [](Input input, NodeId node, auto& evidence) { read_texts(input, node, "by", evidence.by); }},
    {"exe", [](Input input, NodeId node, auto& evidence) { read_texts(input, node, "exe", evidence.exe); }},
    {"gid",
     [](Input input, NodeId node, auto& evidence) {
       input.each(node, "a list for gid", [&](NodeId element) {
         if (const auto id = read_id(input, element, "gid")) evidence.gid.push_back(*id);
       });
     }},
    {"claimed", [](Input input, NodeId node, auto& evidence) { read_texts(input, node, "claimed", evidence.claimed); }},
};

// `evidence` of the policy file.
void read_evidence(const PolicyInput& input, NodeId node, Evidence& evidence) {
  if (!read_fields<Evidence>(input, node, "evidence", evidence_fields, evidence)) return;
  if (evidence.first != no_time && evidence.last != no_time && evidence.last < evidence.first)
    input.error(node, "evidence: `last` is before `first`");
}

std::string hint_for_service(std::string_view text) {
  if (parse_decimal(text, 65535)) return fmt::format("with its protocol: tcp/{}", text);
  const std::size_t slash = text.find('/');
  const std::string_view protocol = text.substr(0, slash);
  if ((protocol == "icmp" || protocol == "icmpv6") && slash != text.npos)
    return fmt::format("{} has no ports: it means echo requests", protocol);
  if (const std::string_view near = closest(protocol, {"tcp", "udp", "any", "icmp", "icmpv6"});
      !parse_protocol(protocol) && !near.empty())
    return fmt::format("did you mean {}{}?", near, printable(slash == text.npos ? "" : text.substr(slash)));
  if (!parse_protocol(protocol)) return "the protocol is tcp, udp, any (both), icmp or icmpv6";
  return "ports are 1 to 65535, a range has the smaller one first: tcp/443, udp/1000-2000";
}

void read_expires(const PolicyInput& input, NodeId node, Grant& grant) {
  const auto text = input.text(node, "expires");
  if (!text) return;
  grant.expires = parse_date(*text);
  if (!grant.expires)
    input.error(node, fmt::format("expires: \"{}\" is not a date of the calendar", printable(*text)),
                "such as 2026-12-31, the last day on which it holds, UTC");
}

void read_new(const PolicyInput& input, NodeId node, Grant& grant) {
  if (input.tree.kind(node) == NodeKind::list)
    read_addresses(input, node, "new", grant.new_addresses);
  else
    grant.is_new = input.flag(node, "new").value_or(false);
}

constexpr MapField<Review> review_fields[] = {
    {"to", [](Input input, NodeId node, auto& entry) { read_destination(input, node, entry.what); }},
    {"ports", [](Input input, NodeId node, auto& entry) { read_services(input, node, entry.what.services); }},
    {"addresses",
     [](Input input, NodeId node, auto& entry) { read_addresses(input, node, "addresses", entry.what.addresses); }},
    {"live", [](Input input, NodeId node, auto& entry) { entry.what.live = input.flag(node, "live").value_or(false); }},
    {"expires", [](Input input, NodeId node, auto& entry) { read_expires(input, node, entry.what); }},
    {"comment",
     [](Input input, NodeId node, auto& entry) { entry.what.comment = input.text(node, "comment").value_or(""); }},
    {"new", [](Input input, NodeId node, auto& entry) { read_new(input, node, entry.what); }},
    {"evidence", [](Input input, NodeId node, auto& entry) { read_evidence(input, node, entry.what.evidence); }},
    {"reason", [](Input input, NodeId node,
                  auto& entry) { entry.reason = input.word<Reason>(node, "reason", reasons).value_or(entry.reason); }},
};
constexpr std::span<const MapField<Review>> allow_fields = std::span(review_fields).first(std::size(review_fields) - 1);

std::optional<Review> read_entry(const PolicyInput& input, NodeId node, std::string_view what,
                                 std::span<const MapField<Review>> known) {
  Review entry;
  entry.what.where = input.where(node);
  if (!read_fields<Review>(input, node, what, known, entry)) return std::nullopt;
  if (input.tree.find(node, "to") == no_node)
    input.error(node, fmt::format("{} has no `to`", what), "a name, an address or a prefix");
  return entry;
}

}  // namespace

void read_destination(const PolicyInput& input, NodeId node, Grant& grant) {
  const NodeKind kind = input.tree.kind(node);
  if (kind == NodeKind::list) return read_names(input, node, grant);
  if (kind != NodeKind::scalar) return input.wrong_kind(node, "a name, an address or a prefix");
  const std::string_view text = input.tree.text(node);
  grant.prefix = parse_prefix(text);
  if (grant.prefix) return;
  if (looks_numeric(text)) return complain_of_address(input, node, "to", text);
  if (auto name = read_name(input, node)) grant.names.push_back(std::move(*name));
}

void read_addresses(const PolicyInput& input, NodeId node, std::string_view what, std::vector<Prefix>& addresses) {
  input.each(node, "a list of addresses", [&](NodeId element) {
    const auto text = input.text(element, what);
    if (!text) return;
    if (const auto prefix = parse_prefix(*text))
      addresses.push_back(*prefix);
    else
      complain_of_address(input, element, what, *text);
  });
}

std::optional<Address> read_address(const PolicyInput& input, NodeId node, std::string_view what) {
  const auto text = input.text(node, what);
  if (!text) return std::nullopt;
  const auto address = parse_address(*text);
  if (!address)
    input.error(node, fmt::format("{}: \"{}\" is not an address", what, printable(*text)),
                "such as 192.0.2.53 or \"2001:db8::53\"");
  return address;
}

void read_services(const PolicyInput& input, NodeId node, std::vector<Service>& services) {
  if (input.tree.kind(node) == NodeKind::scalar)
    return input.error(node, "ports: a list is wanted here", fmt::format("[{}]", printable(input.tree.text(node))));
  input.each(node, "a list of ports", [&](NodeId element) {
    const auto text = input.text(element, "ports");
    if (!text) return;
    if (const auto service = parse_service(*text))
      services.push_back(*service);
    else
      input.error(element, fmt::format("ports: \"{}\" is not a protocol with ports", printable(*text)),
                  hint_for_service(*text));
  });
}

void read_allow(const PolicyInput& input, NodeId node, std::vector<Grant>& allow) {
  input.each(node, "a list of grants", [&](NodeId element) {
    auto entry = read_entry(input, element, "a grant", allow_fields);
    if (!entry) return;
    if (input.tree.find(element, "ports") == no_node)
      input.error(element, "a grant has no `ports`", "such as [tcp/443]; every port of TCP is [tcp]");
    else if (const NodeId ports = input.tree.find(element, "ports");
             input.tree.kind(ports) == NodeKind::list && input.tree.first(ports) == no_node)
      input.error(ports, "ports: an empty list grants nothing", "such as [tcp/443]; every port of TCP is [tcp]");
    allow.push_back(std::move(entry->what));
  });
}

void read_review(const PolicyInput& input, NodeId node, std::vector<Review>& review) {
  input.each(node, "a list of what was seen", [&](NodeId element) {
    auto entry = read_entry(input, element, "an entry of review", review_fields);
    if (!entry) return;
    if (input.tree.find(element, "reason") == no_node)
      input.error(element, "an entry of review has no `reason`",
                  "move it to `allow` to grant it, or say why it is here");
    review.push_back(std::move(*entry));
  });
}

}  // namespace egressc::model
