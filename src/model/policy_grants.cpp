#include "model/policy_grants.h"

#include "model/evidence.h"
#include "model/policy_destination.h"
#include "model/policy_fields.h"
#include "model/policy_words.h"

namespace egressc {
namespace {

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

constexpr MapField<Review> fields[] = {
    {"to", [](const PolicyInput& input, NodeId node, Review& entry) { read_destination(input, node, entry.what); }},
    {"ports",
     [](const PolicyInput& input, NodeId node, Review& entry) { read_services(input, node, entry.what.services); }},
    {"addresses", [](const PolicyInput& input, NodeId node,
                     Review& entry) { read_addresses(input, node, "addresses", entry.what.addresses); }},
    {"live", [](const PolicyInput& input, NodeId node,
                Review& entry) { entry.what.live = input.flag(node, "live").value_or(false); }},
    {"expires", [](const PolicyInput& input, NodeId node, Review& entry) { read_expires(input, node, entry.what); }},
    {"comment", [](const PolicyInput& input, NodeId node,
                   Review& entry) { entry.what.comment = input.text(node, "comment").value_or(""); }},
    {"new", [](const PolicyInput& input, NodeId node, Review& entry) { read_new(input, node, entry.what); }},
    {"evidence",
     [](const PolicyInput& input, NodeId node, Review& entry) { read_evidence(input, node, entry.what.evidence); }},
    {"reason",
     [](const PolicyInput& input, NodeId node, Review& entry) {
       entry.reason = input.word<Reason>(node, "reason", reasons).value_or(entry.reason);
     }},
};
constexpr std::span<const MapField<Review>> review_fields = fields;
constexpr std::span<const MapField<Review>> allow_fields = review_fields.first(std::size(fields) - 1);

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

}  // namespace egressc
