// The groups of checks, one a file. Each adds what it finds.
#pragma once

#include "lint/findings.h"

namespace egressc {

void check_breadth(const Policy& policy, Findings& findings);
void check_destinations(const Policy& policy, Findings& findings);
void check_dns(const Policy& policy, Findings& findings);
void check_domains(const Policy& policy, Findings& findings);
void check_evidence(const Policy& policy, Findings& findings);
void check_families(const Policy& policy, Findings& findings);
void check_host(const Policy& policy, Findings& findings);
void check_live_names(const Policy& policy, Findings& findings);
void check_names(const Policy& policy, Findings& findings);
void check_redundancy(const Policy& policy, Micros now, Findings& findings);
void check_resolv_conf(const Policy& policy, const std::string& resolv_conf, Findings& findings);
void check_services(const Policy& policy, Findings& findings);
void check_settings(const Policy& policy, Findings& findings);
void check_subjects(const Policy& policy, Findings& findings);
void check_subordinate_ids(const Policy& policy, const std::string& subuid, const UserIds& users, Findings& findings);
void check_time(const Policy& policy, Micros now, Findings& findings);

}  // namespace egressc
