#include <algorithm>

#include "extend/ledger.h"
#include "model/words/words.h"

namespace egressc::extend {
namespace {

bool holds_one(const std::vector<Service>& services, Protocol protocol, const PortRange& ports) {
  const bool splits = protocol == Protocol::tcp || protocol == Protocol::udp;
  return std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return (service.protocol == protocol || (splits && service.protocol == Protocol::any)) &&
           service.ports.first <= ports.first && ports.last <= service.ports.last;
  });
}

// In the order of their keys, whatever their order in the file.
std::string key_of(const std::vector<DomainName>& names) {
  std::set<std::string> keys;
  for (const DomainName& name : names) keys.insert(name.key());
  std::string all;
  for (const std::string& key : keys) all += key + ' ';
  return all;
}

}  // namespace

bool holds(const std::vector<Service>& services, const Service& service) {
  if (holds_one(services, service.protocol, service.ports)) return true;
  return service.protocol == Protocol::any && holds_one(services, Protocol::tcp, service.ports) &&
         holds_one(services, Protocol::udp, service.ports);
}

std::vector<Prefix> reach_of(const Grant& grant) {
  return grant.prefix ? std::vector<Prefix>{*grant.prefix} : grant.addresses;
}

void Holders::add(Number number, const Grant& grant) {
  if (!grant.names.empty()) by_names_[key_of(grant.names)].push_back(number);
  for (const Prefix& place : reach_of(grant)) add(number, place);
}

void Holders::add(Number number, const Prefix& place) {
  by_place_[place].push_back(number);
  lengths_[place.address.family].insert(place.length);
}

std::vector<Holders::Number> Holders::named(const std::vector<DomainName>& names) const {
  std::vector<Number> found;
  const auto append = [&](const std::string& key) {
    if (const auto holders = by_names_.find(key); holders != by_names_.end())
      found.insert(found.end(), holders->second.begin(), holders->second.end());
  };
  if (names.empty()) return found;
  append(key_of(names));
  if (names.size() != 1 || names.front().is_wildcard()) return found;
  const std::string& name = names.front().key();
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
    append("*" + name.substr(dot) + ' ');
  return found;
}

std::vector<Holders::Number> Holders::around(const Prefix& place) const {
  std::vector<Number> found;
  const auto lengths = lengths_.find(place.address.family);
  if (lengths == lengths_.end()) return found;
  for (const std::uint8_t length : lengths->second) {
    if (length > place.length) break;
    const auto holders = by_place_.find(prefix_around(place.address, length));
    if (holders != by_place_.end()) found.insert(found.end(), holders->second.begin(), holders->second.end());
  }
  sort_unique(found);
  return found;
}

}  // namespace egressc::extend
