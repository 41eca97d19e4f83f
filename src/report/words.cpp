#include "report/words.h"

#include <fmt/format.h>

#include "report/summary.h"

namespace egressc {
namespace {

constexpr std::size_t whole_line = 4096;

std::string_view color_of(Ruling ruling) {
  switch (ruling) {
    case Ruling::allowed:
      return "\033[1;32m";
    case Ruling::denied:
      return "\033[1;31m";
    case Ruling::undecided:
    case Ruling::partly:
      break;
  }
  return "\033[1;33m";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + printable(word);
  return text;
}

}  // namespace

std::string place_text(const Location& where) {
  std::string text = printable(where.file, whole_line);
  if (where.line != 0) text += fmt::format(":{}", where.line);
  if (where.column != 0) text += fmt::format(":{}", where.column);
  return text;
}

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
      return fmt::to_string(protocol);
  }
}

std::string flow_text(const FlowPoint& flow) {
  std::string text = protocol_text(flow.protocol);
  if (flow.protocol == ip_protocol::tcp || flow.protocol == ip_protocol::udp) text += fmt::format("/{}", flow.port);
  text += " " + to_string(flow.to);
  return flow.loopback ? text + " lo" : text;
}

std::string evidence_text(const Evidence& evidence) {
  if (evidence.empty()) return "no evidence: written by hand";
  std::string text = evidence.seen == 0 ? "only claimed" : "seen " + plural(evidence.seen, "time", "times");
  if (evidence.first != no_time) text += ", " + to_string_utc(evidence.first);
  if (evidence.last != no_time && evidence.last != evidence.first) text += " to " + to_string_utc(evidence.last);
  if (!evidence.by.empty()) text += ", by " + joined(evidence.by);
  if (!evidence.exe.empty()) text += "; " + joined(evidence.exe);
  if (!evidence.claimed.empty()) text += "; an agent called it " + joined(evidence.claimed);
  return text;
}

std::string_view words_for(Ruling ruling) { return ruling == Ruling::partly ? "allowed in part" : to_string(ruling); }

std::string painted(Ruling ruling, bool color) {
  return color ? fmt::format("{}{}\033[0m", color_of(ruling), words_for(ruling)) : std::string(words_for(ruling));
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

}  // namespace egressc
