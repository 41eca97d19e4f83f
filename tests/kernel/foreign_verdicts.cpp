// foreign_verdicts 4|6 RULES [SETS]: what iptables-save text says of the flows on standard input, one a line:
// "UID GID LOOPBACK PROTOCOL ADDRESS PORT", numbers but for the address. Prints allowed, denied or undecided for each.
#include <cstdio>
#include <string>

#include "egressc/readers.h"
#include "flow_lines.h"

using namespace egressc;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const Family family = argv[1] == std::string("4") ? Family::ipv4 : Family::ipv6;
  Diagnostics diagnostics;
  std::optional<IpSets> sets;
  if (argc > 3) sets = read_ipsets(contents(argv[3]), argv[3], diagnostics);
  auto filter = read_iptables(contents(argv[2]), argv[2], family, diagnostics, sets ? &*sets : nullptr);
  std::fputs(diagnostics.render(false).c_str(), stderr);
  if (!filter || diagnostics.has_errors()) return 1;
  const ReadRuleset ruleset{argv[2], std::move(*filter), FlowSpace::all()};
  const Meaning meaning = std::move(evaluate({&ruleset, 1}).front());
  FlowPoint flow;
  while (read_flow(flow)) std::puts(verdict(meaning, flow));
  return 0;
}
