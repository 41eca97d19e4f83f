#include <fmt/format.h>

#include <system_error>

#include "commands/rehearsal_text.h"

namespace egressc {
namespace {

std::string_view protocol_word(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::tcp:
      return "tcp";
    case ip_protocol::udp:
      return "udp";
    case ip_protocol::icmp:
      return "icmp";
    default:
      return "icmpv6";
  }
}

}  // namespace

std::string who(const Probe& probe) {
  const Subject* const subject = probe.subject;
  const std::string label = subject == nullptr ? "no subject" : printable(subject->label);
  const FlowPoint& flow = probe.flow;
  if (subject != nullptr && subject->gids.empty()) return fmt::format("{} (uid {})", label, flow.uid);
  return fmt::format("{} (uid {}, gid {})", label, flow.uid, flow.gid);
}

std::string what(const FlowPoint& flow) {
  const std::string to = fmt::format("{} {}", protocol_word(flow.protocol), to_string(flow.to));
  const bool has_port = flow.protocol == ip_protocol::tcp || flow.protocol == ip_protocol::udp;
  return has_port ? fmt::format("{} {}", to, flow.port) : to;
}

std::string why_not_sent(int error) {
  return error == 0 ? "the packet went somewhere else" : std::system_category().message(error);
}

}  // namespace egressc
