// Which entries of a list hold a flow.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "egressc/policy.h"

namespace egressc {

// Whether the services hold all of this one.
bool holds(const std::vector<Service>& services, const Service& service);

// The prefix of a grant, or the addresses of its names.
std::vector<Prefix> reach_of(const Grant& grant);

// Numbers of grants by where they lead. Lookups do not grow with the number of grants.
class Holders {
 public:
  using Number = std::uint32_t;

  void add(Number number, const Grant& grant);
  void add(Number number, const Prefix& place);

  // Those with exactly these names; then, for a single name, those whose wildcard matches it.
  std::vector<Number> named(const std::vector<DomainName>& names) const;
  // Those that lead to the place or to a prefix around it, ascending.
  std::vector<Number> around(const Prefix& place) const;

 private:
  std::map<std::string, std::vector<Number>, std::less<>> by_names_;
  std::map<Prefix, std::vector<Number>> by_place_;
  std::map<Family, std::set<std::uint8_t>> lengths_;
};

}  // namespace egressc
