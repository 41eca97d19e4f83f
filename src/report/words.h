// Words that what commands print has in common, and the members of its JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/explain.h"
#include "egressc/policy.h"
#include "model/document/document.h"

namespace egressc::report {

inline constexpr std::size_t whole_line = 4096;  // for printable()

// A number and what it counts.
using Counted = std::pair<std::uint64_t, std::string_view>;
// "412 granted, 3 for review": those that are not zero; "" if all are.
std::string counts_text(std::span<const Counted> counts);
// "IPv4"
std::string_view version_of(Family family);
// "tcp/443 198.51.100.7", "icmp 192.0.2.1", "protocol 132 192.0.2.1", and " lo" where it is.
std::string flow_text(const FlowPoint& flow);
// "tcp", "udp", "icmp", "icmpv6", else the number; "?" for 0.
std::string protocol_text(std::uint8_t protocol);
bool has_ports(std::uint8_t protocol);
// With ", " between them, escaped.
std::string joined(const std::vector<std::string>& words);
// "seen 412 times, 2026-11-20T08:00:01Z to 2026-11-23T06:59:58Z, by audit, netfilter; /usr/bin/python3".
std::string evidence_text(const Evidence& evidence);
// What ends it: "; /usr/bin/python3; an agent called it api.example.com"; "" without either.
std::string callers_text(const std::vector<std::string>& exe, const std::vector<std::string>& claimed);
// Every line of `text` behind `indent`.
std::string indented(std::string_view text, std::string_view indent);

namespace style {
inline constexpr std::string_view bold = "\033[1m", red = "\033[1;31m", bright_red = "\033[31;1m", green = "\033[1;32m",
                                  amber = "\033[1;33m", yellow = "\033[33m";
}

// `text` in a style, if `color`.
std::string painted(std::string_view style, std::string_view text, bool color);
std::string_view style_of(Ruling ruling);
// The verdict as a person reads it, in its color.
std::string painted(Ruling ruling, bool color);

// The members "file", "line" and "column" of an object.
void add_place(JsonText& json, const Location& where);
// "protocol", "address", "port" if it has one, "loopback".
void add_flow(JsonText& json, const FlowPoint& flow);
// "first" and "last", as far as they are known.
void add_times(JsonText& json, Micros first, Micros last);
// "by", "exe" and "claimed".
void add_sources(JsonText& json, const std::vector<std::string>& by, const std::vector<std::string>& exe,
                 const std::vector<std::string>& claimed);
void add_names(JsonText& json, const std::vector<DomainName>& names);

// A member that is a list, of what `write(json, value)` writes of each value.
template <typename List, typename Write>
void add_list(JsonText& json, std::string_view name, const List& values, Write write) {
  json.key(name);
  json.open_list();
  for (const auto& value : values) write(json, value);
  json.close();
}

}  // namespace egressc::report
