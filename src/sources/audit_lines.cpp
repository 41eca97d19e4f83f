#include "sources/audit_lines.h"

#include <algorithm>

#include "sources/timestamp.h"

namespace egressc::audit {
namespace {

// Syslog tags of what passes audit records on. A line of anybody else is only text, whatever it looks like.
bool passes_records_on(std::string_view program) {
  static constexpr std::string_view names[] = {"kernel", "audit", "auditd", "audispd", "audisp-syslog"};
  return std::find(std::begin(names), std::end(names), program) != std::end(names);
}

}  // namespace

bool is_separator(std::string_view line) { return line.starts_with("----") || line.starts_with("time->"); }

Message message_in(std::string_view line, EnvelopeReader& envelopes, const ParseContext& context) {
  const Envelope envelope = envelopes.read(line);
  Message message{envelope.at, envelope.message};
  if (!envelope.program.empty()) {
    // The tag must be the first one: text that an agent wrote may go on like a line of the kernel's.
    const auto before = line.substr(0, static_cast<std::size_t>(envelope.message.data() - line.data()));
    const bool first = before.find(": ") == before.rfind(": ");
    if (!first || !passes_records_on(envelope.program)) return {};
  } else if (const auto stamp = parse_stamp(line, context)) {
    message.text = line.substr(stamp->length);  // without a host, as in a program's own log
  }
  std::string_view& text = message.text;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  static constexpr std::string_view printk = "audit: ";  // pr_fmt() in kernel/audit.c
  if (text.starts_with(printk)) text.remove_prefix(printk.size());
  return message;
}

bool begins_with_field(std::string_view text) {
  const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
  return end != 0 && end != text.npos && text[end] == '=';
}

}  // namespace egressc::audit
