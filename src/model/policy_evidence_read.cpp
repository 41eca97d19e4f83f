#include "model/evidence.h"
#include "model/policy_fields.h"
#include "model/policy_ids.h"

namespace egressc {
namespace {

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

constexpr MapField<Evidence> fields[] = {
    {"seen", [](const PolicyInput& input, NodeId node,
                Evidence& evidence) { evidence.seen = input.number(node, "seen", 0, ~std::uint64_t{0}).value_or(0); }},
    {"first", [](const PolicyInput& input, NodeId node,
                 Evidence& evidence) { evidence.first = read_time(input, node, "first"); }},
    {"last",
     [](const PolicyInput& input, NodeId node, Evidence& evidence) { evidence.last = read_time(input, node, "last"); }},
    {"by",
     [](const PolicyInput& input, NodeId node, Evidence& evidence) { read_texts(input, node, "by", evidence.by); }},
    {"exe",
     [](const PolicyInput& input, NodeId node, Evidence& evidence) { read_texts(input, node, "exe", evidence.exe); }},
    {"gid",
     [](const PolicyInput& input, NodeId node, Evidence& evidence) {
       input.each(node, "a list for gid", [&](NodeId element) {
         if (const auto id = read_id(input, element, "gid")) evidence.gid.push_back(*id);
       });
     }},
    {"claimed", [](const PolicyInput& input, NodeId node,
                   Evidence& evidence) { read_texts(input, node, "claimed", evidence.claimed); }},
};

}  // namespace

void read_evidence(const PolicyInput& input, NodeId node, Evidence& evidence) {
  if (!read_fields<Evidence>(input, node, "evidence", fields, evidence)) return;
  if (evidence.first != no_time && evidence.last != no_time && evidence.last < evidence.first)
    input.error(node, "evidence: `last` is before `first`");
}

}  // namespace egressc
