#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

#include "egressc/learn.h"
#include "egressc/name.h"
#include "model/words/words.h"

namespace egressc::learn {
namespace {

// "*.parent"; nullopt where others than the parent's owner have names below it.
std::optional<DomainName> pattern_above(const DomainName& name) {
  const std::size_t dot = name.key().find('.');
  if (dot == std::string::npos) return std::nullopt;
  const std::string parent = name.key().substr(dot + 1);
  if (parent.find('.') == std::string::npos) return std::nullopt;
  const auto pattern = DomainName::parse_pattern("*." + parent);
  if (!pattern) return std::nullopt;
  const auto shared = shared_domain_of(*pattern);
  if ((shared && shared->name == parent) || shared_domain_below(*pattern)) return std::nullopt;
  return pattern;
}

bool is_plain(const Grant& grant) {
  return grant.names.size() == 1 && !grant.names.front().is_wildcard() && !grant.live && !grant.expires &&
         grant.comment.empty();
}

using Siblings = std::map<std::pair<DomainName, std::vector<Service>>, std::vector<std::size_t>>;

Siblings siblings_of(const std::vector<Grant>& grants) {
  Siblings all;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    if (!is_plain(grants[i])) continue;
    if (auto pattern = pattern_above(grants[i].names.front()))
      all[{std::move(*pattern), grants[i].services}].push_back(i);
  }
  return all;
}

using IsPermitted = std::function<bool(const Subject&, const Grant&)>;

void generalize(Subject& subject, std::size_t least, const IsPermitted& is_permitted, std::vector<Generalized>& done) {
  std::vector<bool> is_replaced(subject.allow.size());
  std::vector<Grant> wildcards;
  for (const auto& [kind, numbers] : siblings_of(subject.allow)) {
    const auto& [pattern, services] = kind;
    Generalized made{subject.label, pattern, {}, services};
    Grant wildcard;
    wildcard.names = {pattern};
    wildcard.services = services;
    for (const std::size_t number : numbers) made.names.push_back(subject.allow[number].names.front());
    sort_unique(made.names);
    if (made.names.size() < least) continue;
    for (const std::size_t number : numbers) {
      const Grant& name = subject.allow[number];
      wildcard.addresses.insert(wildcard.addresses.end(), name.addresses.begin(), name.addresses.end());
    }
    if (is_permitted && !is_permitted(subject, wildcard)) continue;
    for (const std::size_t number : numbers) {
      merge(wildcard.evidence, std::move(subject.allow[number].evidence));
      is_replaced[number] = true;
    }
    wildcards.push_back(std::move(wildcard));
    done.push_back(std::move(made));
  }
  std::vector<Grant> kept;
  for (std::size_t i = 0; i < subject.allow.size(); ++i)
    if (!is_replaced[i]) kept.push_back(std::move(subject.allow[i]));
  subject.allow = std::move(kept);
  std::move(wildcards.begin(), wildcards.end(), std::back_inserter(subject.allow));
}

}  // namespace
}  // namespace egressc::learn

namespace egressc {

std::vector<Generalized> generalize(Policy& policy, std::size_t least,
                                    const std::function<bool(const Subject&, const Grant&)>& is_permitted) {
  std::vector<Generalized> done;
  for (Subject& subject : policy.subjects) learn::generalize(subject, least, is_permitted, done);
  normalize(policy);
  return done;
}

}  // namespace egressc
