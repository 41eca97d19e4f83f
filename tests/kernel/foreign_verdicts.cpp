// foreign_verdicts 4|6 RULES [SETS]: what iptables-save text says of the flows on standard input, one a line:
// "UID GID LOOPBACK PROTOCOL ADDRESS PORT", numbers but for the address. Prints allowed, denied or undecided for each.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "egressc/readers.h"

namespace {

using namespace egressc;

std::string contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

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
  unsigned loopback = 0, protocol = 0;
  std::string address;
  FlowPoint point;
  while (std::cin >> point.uid >> point.gid >> loopback >> protocol >> address >> point.port) {
    point.loopback = loopback != 0;
    point.protocol = static_cast<std::uint8_t>(protocol);
    point.to = parse_address(address).value();
    const bool surely = meaning.least.contains(point);
    std::puts(surely ? "allowed" : meaning.most.contains(point) ? "undecided" : "denied");
  }
  return 0;
}
