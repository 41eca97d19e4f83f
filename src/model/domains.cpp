#include "egressc/name.h"

#include <unordered_map>

#include "model/public_suffix.h"
#include "model/shared_domains.h"

namespace egressc {
namespace {

std::string_view without_star(const DomainName& name) {
  std::string_view key = name.key();
  if (name.is_wildcard()) key.remove_prefix(2);
  return key;
}

// Drops the last label and gives it out; "" at the end.
std::string_view take_last_label(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view label = dot == name.npos ? name : name.substr(dot + 1);
  name = name.substr(0, dot == name.npos ? 0 : dot);
  return label;
}

std::string_view last_two_labels(std::string_view name) {
  const std::size_t last = name.rfind('.');
  const std::size_t before = last == name.npos || last == 0 ? name.npos : name.rfind('.', last - 1);
  return before == name.npos ? name : name.substr(before + 1);
}

// The end of `name` that `pattern` covers; "" if it does not match.
std::string_view covered_by(std::string_view pattern, std::string_view name) {
  std::string_view rest = name;
  while (!pattern.empty()) {
    if (rest.empty()) return {};
    const std::string_view wanted = take_last_label(pattern);
    const std::string_view found = take_last_label(rest);
    if (wanted != "*" && wanted != found) return {};
  }
  return rest.empty() ? name : name.substr(rest.size() + 1);
}

// By their last two labels, which no pattern leaves open, so that a name is compared with few.
const std::unordered_multimap<std::string_view, const Provider*>& index() {
  static const auto made = [] {
    std::unordered_multimap<std::string_view, const Provider*> built;
    for (const Provider& provider : providers()) built.emplace(last_two_labels(provider.domain), &provider);
    return built;
  }();
  return made;
}

std::optional<SharedDomain> suffix_of(std::string_view name) {
  for (;;) {
    const std::string suffix(name);
    if (is_private_suffix(suffix)) return SharedDomain{suffix, Sharing::customers};
    if (is_registry_suffix(suffix)) return SharedDomain{suffix, Sharing::registry};
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return std::nullopt;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string_view describe(Sharing sharing) {
  switch (sharing) {
    case Sharing::registry:
      return "a registry's suffix";
    case Sharing::customers:
      return "a platform of many customers";
    case Sharing::store:
      return "an object store";
    case Sharing::delivery:
      return "a content delivery network";
    case Sharing::tunnel:
      return "a tunnel service";
    case Sharing::drop:
      return "a service that takes anybody's data";
    case Sharing::mirror:
      return "a zone whose names spell their own address";
  }
  return {};
}

std::optional<SharedDomain> shared_domain_of(const DomainName& name) {
  const std::string_view key = without_star(name);
  std::string_view longest;
  Sharing sharing = Sharing::registry;
  const auto [first, last] = index().equal_range(last_two_labels(key));
  for (auto row = first; row != last; ++row) {
    const std::string_view covered = covered_by(row->second->domain, key);
    if (covered.size() <= longest.size()) continue;
    longest = covered;
    sharing = row->second->sharing;
  }
  if (!longest.empty()) return SharedDomain{std::string(longest), sharing};
  return suffix_of(key);
}

std::optional<SharedDomain> shared_domain_below(const DomainName& name) {
  if (!name.is_wildcard()) return std::nullopt;
  const std::string_view key = without_star(name);
  for (const Provider& provider : providers()) {
    if (provider.domain.size() <= key.size() + 1 || !provider.domain.ends_with(key)) continue;
    if (provider.domain[provider.domain.size() - key.size() - 1] == '.')
      return SharedDomain{std::string(provider.domain), provider.sharing};
  }
  return std::nullopt;
}

}  // namespace egressc
