#include <fmt/core.h>

#include "egressc/policy.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

// A range of ids, and whose it is.
struct Claim {
  IdRange ids;
  const Subject* subject;
};

// Calls found(claim, other, shared) for each claim that overlaps one that begins before it.
template <typename Found>
void find_overlaps(std::vector<Claim>& claims, Found found) {
  std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return a.ids < b.ids; });
  const Claim* widest = nullptr;  // of those before
  for (const Claim& claim : claims) {
    if (widest != nullptr && widest->ids.last >= claim.ids.first)
      found(claim, *widest, IdRange{claim.ids.first, std::min(claim.ids.last, widest->ids.last)});
    if (widest == nullptr || claim.ids.last > widest->ids.last) widest = &claim;
  }
}

// Subjects with the same uids are told apart by their gids.
void validate_gids(std::span<const Subject* const> group, Diagnostics& diagnostics) {
  if (group.size() < 2) return;
  std::vector<Claim> claims;
  for (const Subject* subject : group) {
    if (subject->gids.empty())
      diagnostics.error(
          subject->where,
          fmt::format("\"{}\" has the uids of other subjects, and no gid that tells it from them", subject->label),
          "a uid is governed whole: give each of them a gid, or make them one subject");
    for (const IdRange& gids : subject->gids) claims.push_back({gids, subject});
  }
  find_overlaps(claims, [&](const Claim& claim, const Claim& other, IdRange shared) {
    diagnostics.error(
        claim.subject->where,
        fmt::format("gid {} is in \"{}\" and in \"{}\"", id_text(shared), other.subject->label, claim.subject->label),
        "a user and group belong to one subject");
  });
}

void validate_uids(const std::vector<const Subject*>& subjects, Diagnostics& diagnostics) {
  std::vector<Claim> claims;
  for (std::size_t start = 0; start < subjects.size();) {
    std::size_t end = start + 1;
    while (end < subjects.size() && subjects[end]->uids == subjects[start]->uids) ++end;
    validate_gids(std::span(subjects).subspan(start, end - start), diagnostics);
    for (const IdRange& uids : subjects[start]->uids) claims.push_back({uids, subjects[start]});
    start = end;
  }
  find_overlaps(claims, [&](const Claim& claim, const Claim& other, IdRange shared) {
    diagnostics.error(
        claim.subject->where,
        fmt::format("uid {} is in \"{}\" and in \"{}\"", id_text(shared), other.subject->label, claim.subject->label),
        "a uid is governed whole: its subjects have exactly the same uids and differ in their gids");
  });
}

void validate_labels(std::vector<const Subject*> subjects, Diagnostics& diagnostics) {
  std::stable_sort(subjects.begin(), subjects.end(),
                   [](const Subject* a, const Subject* b) { return a->label < b->label; });
  for (std::size_t i = 1; i < subjects.size(); ++i)
    if (subjects[i]->label == subjects[i - 1]->label)
      diagnostics.error(subjects[i]->where, fmt::format("two subjects are called \"{}\"", subjects[i]->label),
                        "give one of them another name");
}

void validate_subjects(const Policy& policy, Diagnostics& diagnostics) {
  std::vector<const Subject*> subjects;
  bool by_uid = false;
  for (const Subject& subject : policy.subjects) {
    subjects.push_back(&subject);
    by_uid = by_uid || !subject.uids.empty();
    if (subject.uids.empty() && subject.gids.empty())
      diagnostics.error(subject.where, fmt::format("\"{}\" has neither uid nor gid", subject.label));
  }
  validate_labels(subjects, diagnostics);
  std::stable_sort(subjects.begin(), subjects.end(),
                   [](const Subject* a, const Subject* b) { return a->uids < b->uids; });
  for (const Subject* subject : subjects)
    if (by_uid && subject->uids.empty() && !subject->gids.empty())
      diagnostics.error(subject->where,
                        fmt::format("\"{}\" has only a gid, and other subjects have uids: it is not clear which rules "
                                    "hold for a process of both",
                                    subject->label),
                        "give it uids as well, or put it into a policy of its own");
  validate_uids(subjects, diagnostics);
}

std::string destination_of(const Grant& grant) {
  if (grant.prefix) return to_string(*grant.prefix);
  return grant.names.empty() ? "nothing" : grant.names.front().spelling();
}

void validate_names(const Grant& grant, Established established, Diagnostics& diagnostics) {
  const std::string to = destination_of(grant);
  if (grant.live && grant.names.size() > 1)
    diagnostics.error(grant.where,
                      fmt::format("several names ({}, …) cannot be live: it is not known which was meant", to),
                      "give the one that is meant, or leave `live` out");
  else if (grant.live && established == Established::cut)
    diagnostics.error(grant.where,
                      fmt::format("\"{}\" is live, and `established: cut` would cut its open connections "
                                  "whenever an address of it expires",
                                  to),
                      "established: keep");
  else if (!grant.live && grant.addresses.empty())
    diagnostics.error(grant.where, fmt::format("\"{}\" has no addresses and is not live: it would grant nothing", to),
                      grant.names.front().is_wildcard() ? "live: true, or list the addresses it stands for"
                                                        : "list its addresses, or set live: true");
}

void validate_prefix(const Grant& grant, Diagnostics& diagnostics) {
  const std::string to = destination_of(grant);
  if (grant.live)
    diagnostics.error(grant.where, fmt::format("{} cannot be live: only a name follows DNS", to), "leave `live` out");
  if (!grant.addresses.empty())
    diagnostics.error(grant.where, fmt::format("{} is an address itself, and cannot list others", to),
                      "leave `addresses` out, or give each a grant of its own");
  const Protocol foreign = grant.prefix->address.family == Family::ipv4 ? Protocol::icmpv6 : Protocol::icmp;
  if (std::any_of(grant.services.begin(), grant.services.end(),
                  [&](const Service& service) { return service.protocol == foreign; }))
    diagnostics.error(grant.where, fmt::format("{} cannot be reached by {}", to, to_string(foreign)),
                      foreign == Protocol::icmp ? "icmpv6 is what IPv6 uses" : "icmp is what IPv4 uses");
}

// What holds for entries of review too: they are grants in waiting, and may still lack ports and addresses.
void validate_grant(const Grant& grant, Established established, Diagnostics& diagnostics) {
  if (grant.prefix.has_value() != grant.names.empty()) {
    diagnostics.error(grant.where, "a grant leads to names or to one prefix, not to both and not to nothing");
    return;
  }
  if (grant.services.empty()) diagnostics.error(grant.where, "a grant without ports grants nothing");
  if (grant.prefix)
    validate_prefix(grant, diagnostics);
  else
    validate_names(grant, established, diagnostics);
}

void validate_settings(const Policy& policy, Diagnostics& diagnostics) {
  if (policy.scope == Scope::subjects && !policy.baseline.empty())
    diagnostics.error({}, "`baseline` is for `scope: host`: with `scope: subjects` the host itself is not governed",
                      "leave `baseline` out");
  for (const Address& resolver : policy.resolvers)
    if (is_unspecified(resolver) || is_multicast(resolver) || is_broadcast(resolver))
      diagnostics.error({}, fmt::format("no resolver can be at {}", to_string(resolver)),
                        "the address that stands in resolv.conf");
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

void validate(const Policy& policy, Diagnostics& diagnostics) {
  using namespace model;
  validate_settings(policy, diagnostics);
  validate_subjects(policy, diagnostics);
  for (const Subject& subject : policy.subjects)
    for (const Grant& grant : subject.allow) validate_grant(grant, policy.established, diagnostics);
}

}  // namespace egressc
