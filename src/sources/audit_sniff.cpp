#include "sources/audit.h"
#include "sources/audit_lines.h"
#include "sources/audit_record.h"
#include "sources/lines.h"

namespace egressc {
namespace {

constexpr std::uint64_t record_certainty = 95;
constexpr std::uint64_t peer_certainty = 20;  // any key=value log may have a dst=

std::uint64_t certainty_of(std::string_view line, EnvelopeReader& envelopes, audit::DateReader& dates) {
  audit::Record record;
  if (audit::read_record(line, dates, record) != audit::Reading::no_record) return record_certainty;
  const std::string_view message = audit::message_in(line, envelopes, {}).text;
  if (audit::read_record(message, dates, record) != audit::Reading::no_record) return record_certainty;
  const bool peer = message.find("dst=") != message.npos || message.find("dst6=") != message.npos;
  return peer && audit::begins_with_field(message) ? peer_certainty : 0;
}

}  // namespace

int sniff_audit(std::string_view head) {
  Observations scratch;
  EnvelopeReader envelopes(audit::usual_program, {}, scratch);
  audit::DateReader dates{ParseContext{}};
  std::uint64_t lines = 0;
  std::uint64_t certainty = 0;
  for_each_line(head, scratch, [&](std::string_view line, std::uint64_t) {
    if (audit::is_separator(line)) return;
    ++lines;
    certainty += certainty_of(line, envelopes, dates);
  });
  return lines == 0 ? 0 : static_cast<int>(certainty / lines);
}

}  // namespace egressc
