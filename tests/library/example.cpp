// example LOG - the policy that an audit log shows, as an nftables ruleset on standard output.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "egressc/backends.h"
#include "egressc/learn.h"
#include "egressc/lower.h"
#include "egressc/sources.h"

int main(int, char** argv) {
  using namespace egressc;
  std::stringstream log;
  log << std::ifstream(argv[1]).rdbuf();

  Observations seen;
  seen.file = argv[1];
  seen.format = "audit";
  seen.trust = Trust::kernel;  // whoever is governed cannot write this file
  const LogParser parser = find_source_format(seen.format)->open({}, seen);
  parser.feed(log.view());
  parser.finish();
  seen.finish();

  Diagnostics diagnostics;
  const Learnt learnt = learn_policy({&seen, 1}, {}, diagnostics);
  const auto lowered = lower_policy(learnt.policy, {.version = "example", .today = {}}, diagnostics);
  std::fputs(diagnostics.render(false).c_str(), stderr);
  if (!lowered) return 1;
  std::fputs(print_nftables(lowered->ruleset).c_str(), stdout);
}
