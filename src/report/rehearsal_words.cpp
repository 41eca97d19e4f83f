#include <fmt/core.h>

#include <system_error>

#include "report/explain_words.h"
#include "report/rehearsal_text.h"

namespace egressc {
std::string who(const Probe& probe) {
  const Subject* const subject = probe.subject;
  const std::string label = subject == nullptr ? "no subject" : printable(subject->label);
  const FlowPoint& flow = probe.flow;
  if (subject != nullptr && subject->gids.empty()) return fmt::format("{} (uid {})", label, flow.uid);
  return fmt::format("{} (uid {}, gid {})", label, flow.uid, flow.gid);
}

std::string what(const FlowPoint& flow) {
  const std::string to = fmt::format("{} {}", protocol_text(flow.protocol), to_string(flow.to));
  return has_ports(flow.protocol) ? fmt::format("{} {}", to, flow.port) : to;
}

std::string why_not_sent(int error) {
  return error == 0 ? "the packet went somewhere else" : std::system_category().message(error);
}

}  // namespace egressc
