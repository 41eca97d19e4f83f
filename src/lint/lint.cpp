#include "lint/lint.h"

#include "lint/checks.h"

namespace egressc {

std::vector<Finding> lint_policy(const Policy& policy, const LintOptions& options) {
  Findings findings(options.file);
  check_settings(policy, findings);
  check_host(policy, findings);
  check_subjects(policy, findings);
  check_redundancy(policy, options.now, findings);
  check_live_names(policy, findings);
  check_breadth(policy, findings);
  check_families(policy, findings);
  check_destinations(policy, findings);
  check_services(policy, findings);
  check_dns(policy, findings);
  check_domains(policy, findings);
  check_names(policy, findings);
  check_evidence(policy, findings);
  if (options.now != no_time) check_time(policy, options.now, findings);
  if (options.host) {
    check_subordinate_ids(policy, options.host->subuid, options.users, findings);
    check_resolv_conf(policy, options.host->resolv_conf, findings);
  }
  return findings.take();
}

}  // namespace egressc
