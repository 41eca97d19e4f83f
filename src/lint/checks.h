// What the checks are made of: findings in the making, questions about a grant, and the groups of checks.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lint/lint.h"
#include "model/words/words.h"

namespace egressc::lint {

// Grants of one kind that are told of together.
class Tally {
 public:
  // `name` stands for it in the message, if it is among the first.
  void add(const Location& where, const std::string& name);
  std::uint64_t count() const { return count_; }
  const Location& first() const { return first_; }
  // "a, b, c and 17 more"
  std::string names() const;

 private:
  std::uint64_t count_ = 0;
  Location first_;
  std::vector<std::string> names_;
};

class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  // With the rule's severity; `subject` is nullptr for what concerns the policy as a whole. The reference is good until
  // the next call.
  Finding& add(std::string_view rule, const Location& where, const Subject* subject, std::string message,
               std::string remedy);
  // The same for the policy as a whole.
  Finding& add(std::string_view rule, std::string message, std::string remedy);
  // One finding for all of a tally; none for an empty one. ": names" is put behind the message.
  void add(std::string_view rule, const Tally& tally, const Subject* subject, std::string message, std::string remedy);

  std::vector<Finding> take();

 private:
  std::string file_;
  std::vector<Finding> all_;
};

// "api.example.com", "a.example or b.example", "203.0.113.0/24".
std::string name_of(const Grant& grant);

// The prefix of the grant, or the addresses of its name.
std::span<const Prefix> places_of(const Grant& grant);

// Wider than /16, or /32 in IPv6: what the check calls wide.
bool is_wide(const Prefix& prefix);

bool has_port(const Service& service, Protocol protocol, std::uint16_t port);
// Whether a service names the port, and not just a hundred or more at once.
bool names_port(const Grant& grant, Protocol protocol, std::uint16_t port);

// The checks. Each adds what it finds.

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

}  // namespace egressc::lint
