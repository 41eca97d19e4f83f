#include "report/words.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/summary.h"

namespace egressc::report {

std::string counts_text(std::span<const Counted> counts) {
  std::string text;
  for (const auto& [count, what] : counts)
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  return text;
}

std::string_view version_of(Family family) { return family == Family::ipv4 ? "IPv4" : "IPv6"; }

bool has_ports(std::uint8_t protocol) { return protocol != ip_protocol::icmp && protocol != ip_protocol::icmpv6; }

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::unknown:
      return "?";
    case ip_protocol::tcp:
      return "tcp";
    case ip_protocol::udp:
      return "udp";
    case ip_protocol::icmp:
      return "icmp";
    case ip_protocol::icmpv6:
      return "icmpv6";
    default:
      return std::to_string(protocol);
  }
}

std::string flow_text(const FlowPoint& flow) {
  std::string text = protocol_text(flow.protocol);
  if (flow.protocol == ip_protocol::tcp || flow.protocol == ip_protocol::udp) text += fmt::format("/{}", flow.port);
  text += " " + to_string(flow.to);
  return flow.loopback ? text + " lo" : text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + printable(word);
  return text;
}

std::string evidence_text(const Evidence& evidence) {
  if (evidence.empty()) return "no evidence: written by hand";
  std::string text = evidence.seen == 0 ? "only claimed" : "seen " + plural(evidence.seen, "time", "times");
  if (evidence.first != no_time) text += ", " + to_string_utc(evidence.first);
  if (evidence.last != no_time && evidence.last != evidence.first) text += " to " + to_string_utc(evidence.last);
  if (!evidence.by.empty()) text += ", by " + joined(evidence.by);
  return text + callers_text(evidence.exe, evidence.claimed);
}

std::string callers_text(const std::vector<std::string>& exe, const std::vector<std::string>& claimed) {
  std::string text;
  if (!exe.empty()) text += "; " + joined(exe);
  if (!claimed.empty()) text += "; an agent called it " + joined(claimed);
  return text;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += fmt::format("{}{}\n", indent, printable(text.substr(0, end), whole_line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string painted(std::string_view style, std::string_view text, bool color) {
  return color ? fmt::format("{}{}\033[0m", style, text) : std::string(text);
}

std::string_view style_of(Ruling ruling) {
  switch (ruling) {
    case Ruling::allowed:
      return style::green;
    case Ruling::denied:
      return style::red;
    case Ruling::undecided:
    case Ruling::partly:
      break;
  }
  return style::amber;
}

std::string painted(Ruling ruling, bool color) {
  return painted(style_of(ruling), ruling == Ruling::partly ? "allowed in part" : to_string(ruling), color);
}

void add_place(JsonText& json, const Location& where) {
  json.text("file", where.file);
  json.number("line", where.line);
  json.number("column", where.column);
}

void add_flow(JsonText& json, const FlowPoint& flow) {
  json.text("protocol", protocol_text(flow.protocol));
  json.text("address", to_string(flow.to));
  if (has_ports(flow.protocol)) json.number("port", flow.port);
  json.boolean("loopback", flow.loopback);
}

void add_times(JsonText& json, Micros first, Micros last) {
  if (first != no_time) json.text("first", to_string_utc(first));
  if (last != no_time) json.text("last", to_string_utc(last));
}

void add_sources(JsonText& json, const std::vector<std::string>& by, const std::vector<std::string>& exe,
                 const std::vector<std::string>& claimed) {
  json.texts("by", by);
  json.texts("exe", exe);
  json.texts("claimed", claimed);
}

void add_names(JsonText& json, const std::vector<DomainName>& names) {
  add_list(json, "names", names, [](JsonText& into, const DomainName& name) { into.text(name.spelling()); });
}

}  // namespace egressc::report
