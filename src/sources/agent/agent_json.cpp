// An agent's own log: one JSON object a line.
#include "sources/agent/claims.h"
#include "sources/agent/record.h"
#include "sources/envelope/parser.h"

namespace egressc::sources {
namespace {

constexpr std::string_view json_blanks = " \t\r\n";

}  // namespace

class AgentJsonParser {
 public:
  static constexpr LineRules line_rules{.free_text = true, .json = true};

  AgentJsonParser(const ParseContext& context, Observations& observations)
      : context_(context),
        claims_(observations),
        scanner_(context_, claims_),
        record_(context_.utc_offset_minutes, scanner_, claims_),
        call_(context_.utc_offset_minutes, scanner_, claims_),
        line_(context_.json_fields),
        call_line_({}, Speech::call),
        on_record_([this](const JsonRecord& record) {
          claims_.begin_record();
          record_.claim(record);
          for (const std::string_view call : record_.calls()) {
            const JsonFault fault = call_line_.read(call, on_call_);
            scanner_.scan(fault.rest, record_.subject());
          }
        }),
        on_call_([this](const JsonRecord& record) { call_.claim(record, record_.subject()); }) {}

  static int sniff(std::string_view head) {
    const std::size_t start = head.find_first_not_of(json_blanks);
    if (start == head.npos || head[start] != '{') return 0;
    head.remove_prefix(start);
    const std::size_t end = head.find('\n');
    const JsonFault fault = JsonLine({}).read(head.substr(0, end), [](const JsonRecord&) {});
    if (fault.reason.empty()) return 80;
    // The first line may be longer than the head.
    return end == head.npos && fault.reason == "invalid JSON" && fault.rest.empty() ? 40 : 0;
  }

  std::string_view read(std::string_view line, std::uint64_t number) {
    if (line.find_first_not_of(json_blanks) == line.npos) return {};
    const JsonFault fault = line_.read(line, on_record_);
    if (fault.reason.empty()) {
      claims_.end_line(number);
    } else {
      scanner_.scan(fault.rest, record_.subject());
      claims_.end_damaged_line(fault.reason, number);
    }
    return {};
  }

 private:
  const ParseContext context_;
  AgentClaims claims_;
  TextScanner scanner_;
  AgentRecord record_;
  AgentRecord call_;  // what a tool was called with, where that is JSON in a string
  JsonLine line_;
  JsonLine call_line_;
  const JsonLine::OnRecord on_record_;
  const JsonLine::OnRecord on_call_;
};

template struct Format<AgentJsonParser>;

}  // namespace egressc::sources
