// What a question asks, flow by flow.
#pragma once

#include <string>
#include <vector>

#include "egressc/explain.h"
#include "explain/judge.h"

namespace egressc {

// Ids that the question may be about, one for each answer that the policy's subjects can give. Several only where the
// question leaves a user or a group open; then `open` names it.
struct Askers {
  std::vector<Ids> ids;
  std::string_view open;
};
Askers askers_of(const Policy& policy, const FlowQuestion& question);

// The addresses a name is listed with, anywhere in the policy; ascending. A prefix stands for its first address.
struct KnownAddresses {
  std::vector<Address> addresses;
  bool known = false;        // some entry of the policy has the name
  bool prefixes = false;     // some of them are prefixes
  std::size_t left_out = 0;  // beyond the most that are judged
};
KnownAddresses addresses_of(const Policy& policy, const DomainName& name);

// The names whose grants list the address; ascending.
std::vector<DomainName> names_of(const Policy& policy, const Address& address);

}  // namespace egressc
