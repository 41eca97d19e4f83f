// Any bytes as logs, parted by lines of "%% FORMAT", with a fixed guard: whatever they say, nothing beyond it is open.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "egressc/ceiling.h"
#include "egressc/learn.h"
#include "egressc/sources.h"

namespace {

using namespace egressc;

constexpr std::string_view guard_text = R"(egressc-guard: 1
allow:
  - {to: any, ports: [tcp/443, any/53]}
  - {to: ["*.shop.example", db.internal.example]}
never:
  - {to: [metadata, private, link-local], except: 10.0.0.0/24}
  - {to: ["*.attacker.example", 203.0.113.12]}
  - {to: 203.0.113.0/26, ports: [udp], subjects: {uid: 61102}}
)";

void require(bool holds) {
  if (!holds) std::abort();
}

const SourceFormat* format_of(std::string_view line) {
  constexpr std::string_view mark = "%% ";
  return line.starts_with(mark) ? find_source_format(line.substr(mark.size())) : nullptr;
}

void read(std::string_view text, const SourceFormat& format, std::vector<Observations>& logs) {
  ParseContext context;
  context.reference = 1795419858 * second;
  Observations& log = logs.emplace_back();
  log.file = "input";
  log.format = format.name;
  log.trust = format.trust;
  const LogParser parser = format.open(context, log);
  parser.feed(text);
  parser.finish();
  log.finish();
}

std::vector<Observations> logs_of(std::string_view text) {
  std::vector<Observations> logs;
  const SourceFormat* format = find_source_format("netfilter");
  while (!text.empty() && logs.size() < 8) {
    std::size_t end = 0;  // of this log
    const SourceFormat* next = nullptr;
    std::size_t after = text.size();
    for (std::size_t start = 0; start < text.size(); start = end) {
      const std::size_t newline = text.find('\n', start);
      end = newline == text.npos ? text.size() : newline + 1;
      next = format_of(text.substr(start, end - start - (newline == text.npos ? 0 : 1)));
      if (next == nullptr) continue;
      after = end;
      end = start;
      break;
    }
    if (end != 0) read(text.substr(0, end), *format, logs);
    text.remove_prefix(after);
    if (next != nullptr) format = next;
  }
  return logs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Diagnostics diagnostics;
  auto guard = read_guard(guard_text, "guard.yaml", nullptr, diagnostics);
  require(guard.has_value());
  const Ceiling ceiling({std::move(*guard)});
  const std::vector<Observations> logs = logs_of({reinterpret_cast<const char*>(data), size});
  LearnOptions options;
  options.include_denied = size % 2 != 0;
  options.least = size % 3 == 0 ? Trust::claimed : Trust::packet;
  Policy policy = learn_policy(logs, options, diagnostics).policy;
  // Whatever FlowSpace has room for.
  (void)within_flow_limit([&] {
    cut(policy, ceiling);
    require(flows_beyond(policy, ceiling.guards()).empty());
    require(excess_of(policy, ceiling).empty());
    require(cut(policy, ceiling) == 0);
    return true;
  });
  return 0;
}
