// Names that someone asked a resolver for and that have an address in them.
#pragma once

#include <cstdint>
#include <string_view>

#include "egressc/observation.h"
#include "sources/address_memo.h"

namespace egressc {

// Such a name is none to learn, but someone meant something by it: a reviewer shall see.
class NameClaims {
 public:
  NameClaims(Observations& observations, AddressMemo& addresses) : observations_(observations), addresses_(addresses) {}

  // Whether `name` has an address in it.
  bool claim(std::string_view name, const Address& client, std::uint16_t client_port, Micros at);

 private:
  void add(const Address& to, const Address& client, std::uint16_t client_port, Micros at);

  Observations& observations_;
  AddressMemo& addresses_;
};

}  // namespace egressc
