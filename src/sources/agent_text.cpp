#include "sources/agent_text.h"

#include <memory>

#include "sources/agent_claims.h"
#include "sources/lines.h"
#include "sources/text_scanner.h"

namespace egressc {
namespace {

class AgentText {
 public:
  AgentText(const ParseContext& context, Observations& observations)
      : context_(context), observations_(observations), claims_(observations), scanner_(context_, claims_) {}

  void feed(std::string_view lines) {
    for_each_line(lines, observations_, [this](std::string_view line, std::uint64_t number) {
      claims_.begin_record();
      scanner_.scan(line, {});
      claims_.end_line(number);
    });
  }

 private:
  const ParseContext context_;
  Observations& observations_;
  AgentClaims claims_;
  TextScanner scanner_;
};

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 || (byte >= '\b' && byte <= '\r') || byte == 0x1b;
}

}  // namespace

// Anything may be an agent's output, but not what is no text at all.
int sniff_agent_text(std::string_view head) {
  if (head.empty()) return 0;
  std::size_t others = 0;
  for (const char c : head) {
    if (c == '\0') return 0;
    if (!is_text(c)) ++others;
  }
  return others * 10 < head.size() ? 1 : 0;
}

LogParser open_agent_text(const ParseContext& context, Observations& observations) {
  auto text = std::make_shared<AgentText>(context, observations);
  return {[text](std::string_view lines) { text->feed(lines); }, [] {}};
}

}  // namespace egressc
