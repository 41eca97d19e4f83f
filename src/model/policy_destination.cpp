#include "model/policy_destination.h"

#include <algorithm>

namespace egressc {
namespace {

bool looks_numeric(std::string_view text) {
  return text.find(':') != text.npos || text.find('/') != text.npos ||
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
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

}  // namespace egressc
