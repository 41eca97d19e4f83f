// An agent's own log: one JSON object a line.
#include <memory>

#include "egressc/sources.h"
#include "sources/agent/claims.h"
#include "sources/agent/record.h"
#include "sources/agent/scanner.h"
#include "sources/envelope/lines.h"

namespace egressc {

int sniff_agent_json(std::string_view head);
LogParser open_agent_json(const ParseContext& context, Observations& observations);

namespace {

constexpr std::string_view blanks = " \t\r\n";

class AgentJson {
 public:
  AgentJson(const ParseContext& context, Observations& observations)
      : context_(context),
        observations_(observations),
        claims_(observations),
        scanner_(context_, claims_),
        record_(context_.utc_offset_minutes, scanner_, claims_),
        line_(context_.json_fields),
        on_record_([this](const JsonRecord& record) {
          claims_.begin_record();
          record_.claim(record);
        }) {}

  void feed(std::string_view lines) {
    for_each_line(lines, observations_, [this](std::string_view line, std::uint64_t number) { read(line, number); });
  }

 private:
  void read(std::string_view line, std::uint64_t number) {
    if (line.find_first_not_of(blanks) == line.npos) return;
    const JsonFault fault = line_.read(line, on_record_);
    if (fault.reason.empty()) return claims_.end_line(number);
    scanner_.scan(fault.rest, record_.subject());
    claims_.end_damaged_line(fault.reason, number);
  }

  const ParseContext context_;
  Observations& observations_;
  AgentClaims claims_;
  TextScanner scanner_;
  AgentRecord record_;
  JsonLine line_;
  const JsonLine::OnRecord on_record_;
};

}  // namespace

int sniff_agent_json(std::string_view head) {
  const std::size_t start = head.find_first_not_of(blanks);
  if (start == head.npos || head[start] != '{') return 0;
  head.remove_prefix(start);
  const std::size_t end = head.find('\n');
  const JsonFault fault = JsonLine({}).read(head.substr(0, end), [](const JsonRecord&) {});
  if (fault.reason.empty()) return 80;
  // The first line may be longer than the head.
  return end == head.npos && fault.reason == "invalid JSON" && fault.rest.empty() ? 40 : 0;
}

LogParser open_agent_json(const ParseContext& context, Observations& observations) {
  auto json = std::make_shared<AgentJson>(context, observations);
  return {[json](std::string_view lines) { json->feed(lines); }, [] {}};
}

}  // namespace egressc
