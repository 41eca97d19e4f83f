// Any bytes as a dump of sets: an error with a line, or sets that rules of both families can ask for. A set and its
// negation share no flow, and together they leave none out.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "egressc/flow_space.h"
#include "egressc/readers.h"

namespace {

using namespace egressc;

void require(bool holds) {
  if (!holds) std::abort();
}

Meaning accepted(const std::string& match, Family family, const IpSets& sets) {
  Diagnostics diagnostics;
  const std::string text = "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -m set " + match + " -j ACCEPT\nCOMMIT\n";
  const auto filter = read_iptables(text, "rules", family, diagnostics, &sets);
  require(filter.has_value());
  return evaluate(*filter, FlowSpace::all());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const auto sets = read_ipsets(text, "input", diagnostics);
  require(sets.has_value() != diagnostics.has_errors());
  for (const Diagnostic& error : diagnostics.all()) require(error.where.line != 0);
  if (!sets) return 0;
  // Whatever FlowSpace has room for.
  (void)within_flow_limit([&] {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      for (const std::string set : {"a", "b"}) {
        for (const std::string directions : {"dst", "dst,dst", "src,dst,dst", "dst,src,dst"}) {
          const Meaning in = accepted("--match-set " + set + " " + directions, family, *sets);
          const Meaning out = accepted("! --match-set " + set + " " + directions, family, *sets);
          require((in.least - in.most).empty());
          require(!in.undecided.empty() || in.least == in.most);
          require(out.most == (out.most | in.most) - in.least);
        }
      }
    }
    return true;
  });
  return 0;
}
