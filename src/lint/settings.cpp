#include "lint/checks.h"

namespace egressc {

void check_settings(const Policy& policy, Findings& findings) {
  if (policy.mode == Mode::monitor)
    findings.add("monitor", "mode: monitor denies nothing; it only logs what would be denied",
                 "mode: enforce, once its log is quiet");
  if (!policy.log)
    findings.add("no-log", "there is no `log`: what is denied is counted, and nobody learns what it was",
                 "log: {nflog: 5, rate: 10/second}");
}

}  // namespace egressc
