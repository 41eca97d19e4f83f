
#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <tuple>

#include "egressc/policy.h"
#include "lint/checks.h"

namespace egressc::lint {
namespace {

constexpr LintRule table[] = {
    {"ambiguous-name", Severity::note, "a grant with several names: it is not known which was meant"},
    {"any-port", Severity::warning, "every port of a protocol"},
    {"any-protocol", Severity::note, "tcp and udp together, where the logs or a person did not say which"},
    {"baseline", Severity::warning, "host scope without what the kernel sends by itself"},
    {"cleartext", Severity::note, "a protocol that sends passwords or files unencrypted"},
    {"data-drop", Severity::warning, "a paste site, file drop or webhook catcher"},
    {"dns-elsewhere", Severity::warning, "port 53 of an address that is none of `resolvers`"},
    {"dns-tunnel", Severity::note, "a resolver that answers every name carries data"},
    {"encrypted-dns", Severity::warning, "DNS over HTTPS, TLS or QUIC, which the resolver's log does not see"},
    {"expired", Severity::warning, "a grant whose time is over"},
    {"expiring", Severity::note, "a grant that ends within 30 days"},
    {"guard", Severity::error, "what the guard never grants (--guard)"},
    {"host-resolver", Severity::warning, "host scope, and nobody may ask the world's name servers"},
    {"host-time", Severity::note, "host scope, and nobody may set the clock"},
    {"host-updates", Severity::note, "host scope, and no system user may fetch updates"},
    {"live-name", Severity::note, "names that mean whatever their zone says"},
    {"loopback", Severity::note, "services of this host, which may reach further than the subject"},
    {"loopback-answer", Severity::warning, "a public name with an address of this host (DNS rebinding)"},
    {"mail", Severity::warning, "direct delivery of mail"},
    {"metadata", Severity::error, "a cloud's metadata service, which hands out credentials"},
    {"metadata-within", Severity::warning, "a prefix that contains a metadata service"},
    {"mirror-name", Severity::warning, "a zone whose names mean any address, also internal ones"},
    {"monitor", Severity::warning, "a policy that denies nothing"},
    {"new-grant", Severity::note, "what an extension added, and nobody has looked at"},
    {"no-grants", Severity::note, "a subject that may reach nothing"},
    {"no-log", Severity::note, "denials that nobody will see"},
    {"no-subjects", Severity::error, "a policy about users that names none, and denies nothing"},
    {"one-family-name", Severity::note, "names with addresses of one family only"},
    {"one-family-subject", Severity::note, "wide grants over one family only"},
    {"pinned-name", Severity::note, "names whose addresses are fixed, and may change"},
    {"private", Severity::note, "destinations in private networks"},
    {"private-answer", Severity::note, "public names with private addresses"},
    {"protocol-assumed", Severity::warning, "a protocol that no log told"},
    {"public-suffix", Severity::error, "a wildcard below which anybody may register a name"},
    {"redundant", Severity::note, "a grant that others make unnecessary"},
    {"remote-control", Severity::warning, "an interface that runs commands for whoever reaches it"},
    {"resolver-mismatch", Severity::warning, "the host asks a name server that is none of `resolvers` (--host)"},
    {"review-left", Severity::note, "entries of `review` that nobody has decided"},
    {"root", Severity::warning, "uid 0 as a subject"},
    {"seen-once", Severity::note, "grants that rest on a single attempt"},
    {"shadowed", Severity::warning, "a grant that a wider one makes pointless"},
    {"shared-name", Severity::note, "a customer's name on a shared platform"},
    {"shared-wildcard", Severity::warning, "a wildcard that covers every customer of a platform"},
    {"smb", Severity::warning, "Windows file sharing with the internet"},
    {"stale", Severity::note, "grants that nothing has used for 90 days"},
    {"subordinate-ids", Severity::warning, "a user namespace's ids that the policy does not govern (--host)"},
    {"tor", Severity::warning, "the Tor network"},
    {"tunnel", Severity::warning, "a tunnel service"},
    {"uid-range", Severity::note, "a subject of many users"},
    {"wide-prefix", Severity::warning, "a prefix wider than /16, or /32 in IPv6, and no comment says why"},
};

constexpr std::size_t most_names = 3;

const LintRule& rule_of(std::string_view id) {
  const auto* rule = std::lower_bound(std::begin(table), std::end(table), id,
                                      [](const LintRule& known, std::string_view wanted) { return known.id < wanted; });
  assert(rule != std::end(table) && rule->id == id);
  return *rule;
}

}  // namespace

void Tally::add(const Location& where, const std::string& name) {
  if (count_++ == 0) first_ = where;
  if (names_.size() < most_names) names_.push_back(name);
}

std::string Tally::names() const { return joined(names_) + and_more(count_ - names_.size()); }

Finding& Findings::add(std::string_view rule, const Location& where, const Subject* subject, std::string message,
                       std::string remedy) {
  const LintRule& known = rule_of(rule);
  all_.push_back({known.id, known.severity, where, subject == nullptr ? std::string() : subject->label,
                  std::move(message), std::move(remedy), 1});
  if (all_.back().where.file.empty()) all_.back().where.file = file_;
  return all_.back();
}

Finding& Findings::add(std::string_view rule, std::string message, std::string remedy) {
  return add(rule, Location{}, nullptr, std::move(message), std::move(remedy));
}

void Findings::add(std::string_view rule, const Tally& tally, const Subject* subject, std::string message,
                   std::string remedy) {
  if (tally.count() == 0) return;
  add(rule, tally.first(), subject, fmt::format("{}: {}", message, tally.names()), std::move(remedy)).count =
      tally.count();
}

std::vector<Finding> Findings::take() {
  const auto place = [](const Finding& finding) {
    return std::make_tuple(finding.where.line, finding.where.column, finding.rule);
  };
  std::stable_sort(all_.begin(), all_.end(), [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
  return std::move(all_);
}

}  // namespace egressc::lint

namespace egressc {

std::span<const LintRule> lint_rules() { return lint::table; }

std::vector<Finding> lint_policy(const Policy& policy, const LintOptions& options) {
  using namespace lint;
  Findings findings(options.file);
  check_settings(policy, findings);
  check_destinations(policy, findings);
  check_domains(policy, findings);
  if (options.errors_only) {
    std::vector<Finding> found = findings.take();
    std::erase_if(found, [](const Finding& finding) { return finding.severity != Severity::error; });
    return found;
  }
  check_host(policy, findings);
  check_subjects(policy, findings);
  check_redundancy(policy, options.now, findings);
  check_live_names(policy, findings);
  check_breadth(policy, findings);
  check_families(policy, findings);
  check_services(policy, findings);
  check_dns(policy, findings);
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
