// What the policy says of itself, of its subjects, and of the host that it governs whole.
#include <fmt/core.h>

#include <algorithm>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {

void check_settings(const Policy& policy, Findings& findings) {
  if (policy.mode == Mode::monitor)
    findings.add("monitor", "mode: monitor denies nothing; it only logs what would be denied",
                 "mode: enforce, once its log is quiet");
  if (policy.scope == Scope::subjects && policy.subjects.empty())
    findings.add("no-subjects", "its scope is subjects, and it has none: nobody is governed, and nothing is denied",
                 "name the users whom it is for");
  if (!policy.log)
    findings.add("no-log", "there is no `log`: what is denied is counted, and nobody learns what it was",
                 "log: {nflog: 5, rate: 10/second}");
}

void check_subjects(const Policy& policy, Findings& findings) {
  for (const Subject& subject : policy.subjects) {
    if (subject.allow.empty() && policy.resolvers.empty())
      findings.add("no-grants", subject.where, &subject, "it is governed and may reach nothing",
                   "grant what it needs, or leave it so if it needs nothing");
    if (subject.uids.empty()) continue;
    if (subject.uids.front().first == 0) {
      Finding& finding =
          findings.add("root", subject.where, &subject,
                       "uid 0 is governed: what root's daemons need must be granted, and root can lift the rules",
                       policy.scope == Scope::host ? "grant what the host's own services need, and no more"
                                                   : "run the workload under a user of its own");
      if (policy.scope == Scope::host) finding.severity = Severity::note;
    }
    std::uint64_t users = 0;
    for (const IdRange& range : subject.uids) users += std::uint64_t{range.last} - range.first + 1;
    if (users > 1)
      findings.add("uid-range", subject.where, &subject,
                   fmt::format("{} share every grant of this subject", counted(users, "user")),
                   "give those who need less a subject of their own");
  }
}

namespace {

constexpr std::uint32_t last_system_uid = 999;  // login.defs(5): SYS_UID_MAX

struct Need {
  Baseline word;
  Severity severity;
  std::string_view why;
};

constexpr Need needs[] = {
    {Baseline::ndp, Severity::warning, "ndp (IPv6 finds no neighbour and no router)"},
    {Baseline::icmp_errors, Severity::warning, "icmp-errors (peers do not learn of a smaller MTU)"},
    {Baseline::mld, Severity::note, "mld (switches may forget the host's IPv6 groups)"},
    {Baseline::dhcp, Severity::note, "dhcp (leases are not renewed)"},
    {Baseline::loopback, Severity::note, "loopback (users that are no subjects do not reach services of this host)"},
};

void check_baseline(const Policy& policy, Findings& findings) {
  std::string lacks;
  Severity severity = Severity::note;
  for (const Need& need : needs) {
    if (std::find(policy.baseline.begin(), policy.baseline.end(), need.word) != policy.baseline.end()) continue;
    add_part(lacks, need.why);
    severity = std::max(severity, need.severity);
  }
  if (lacks.empty()) return;
  findings
      .add("baseline", fmt::format("`baseline` lacks {}", lacks), "add what this host needs: baseline: [ndp, mld, ...]")
      .severity = severity;
}

template <typename Matches>
bool any_grant(const Policy& policy, Matches matches) {
  return std::any_of(policy.subjects.begin(), policy.subjects.end(), [&](const Subject& subject) {
    return std::any_of(subject.allow.begin(), subject.allow.end(),
                       [&](const Grant& grant) { return matches(subject, grant); });
  });
}

bool opens(const Grant& grant, Protocol protocol, std::uint16_t port) {
  return std::any_of(grant.services.begin(), grant.services.end(),
                     [&](const Service& service) { return has_port(service, protocol, port); });
}

bool leaves_host(const Grant& grant) {
  const auto places = places_of(grant);
  return grant.live ||
         std::any_of(places.begin(), places.end(), [](const Prefix& place) { return !is_loopback(place.address); });
}

void check_resolver(const Policy& policy, Findings& findings) {
  const bool listed = std::any_of(policy.resolvers.begin(), policy.resolvers.end(),
                                  [](const Address& resolver) { return !is_loopback(resolver); });
  const auto asks = [](const Subject&, const Grant& grant) {
    return leaves_host(grant) && (opens(grant, Protocol::udp, domain_port) || opens(grant, Protocol::tcp, 853) ||
                                  opens(grant, Protocol::tcp, 443));
  };
  const auto is_named = [](const Subject&, const Grant& grant) { return !grant.names.empty(); };
  if (listed || any_grant(policy, asks) || (policy.resolvers.empty() && !any_grant(policy, is_named))) return;
  findings.add("host-resolver",
               "names are asked of this host's own resolver, and no subject may ask other name servers in turn",
               "make the resolver's user a subject, with port 53 of its forwarders, udp and tcp");
}

}  // namespace

void check_host(const Policy& policy, Findings& findings) {
  if (policy.scope != Scope::host || policy.mode == Mode::monitor) return;
  check_baseline(policy, findings);
  check_resolver(policy, findings);
  if (!any_grant(policy, [](const Subject&, const Grant& grant) {
        return opens(grant, Protocol::udp, 123) || opens(grant, Protocol::tcp, 4460);  // RFC 5905, RFC 8915
      }))
    findings.add("host-time", "nobody may ask for the time: the clock will drift, and certificates fail",
                 "grant udp/123 of your time servers to the user of chronyd or systemd-timesyncd");
  if (!any_grant(policy, [](const Subject& subject, const Grant& grant) {
        return !subject.uids.empty() && subject.uids.front().first <= last_system_uid &&
               (opens(grant, Protocol::tcp, 80) || opens(grant, Protocol::tcp, 443));
      }))
    findings.add("host-updates", "no system user may fetch anything by HTTP: updates will fail",
                 "grant the mirrors to root and to _apt, or their like");
}

}  // namespace egressc::lint
