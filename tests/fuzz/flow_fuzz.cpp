// Any bytes as a question about a flow: an error with a place in the text, or a question that says all it has to.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "egressc/explain.h"

namespace {

using namespace egressc;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  FlowNames names;
  names.labels = {"research-agent", "build"};
  names.users = {{"alice", 1001}};
  Diagnostics diagnostics;
  const auto question = read_flow(text, names, diagnostics);
  require(question.has_value() != diagnostics.has_errors());
  diagnostics.render(true);
  for (const Diagnostic& error : diagnostics.all()) require(error.where.column <= size + 1 && !error.hint.empty());
  if (!question) return 0;
  require(!question->subject.empty() || question->uid || question->gid);
  require(question->name || question->address);
  require(!question->protocols.empty());
  const bool echo = std::all_of(question->protocols.begin(), question->protocols.end(), [](std::uint8_t protocol) {
    return protocol == ip_protocol::icmp || protocol == ip_protocol::icmpv6;
  });
  require(echo == (question->port == 0));
  return 0;
}
