// "-m addrtype": what the routes of a host say an address is.
#pragma once

#include <string_view>

#include "egressc/address.h"
#include "readers/ranges.h"

namespace egressc::readers {

// The addresses that surely and those that possibly are of one of the types.
struct AddressTypes {
  Ranges least;
  Ranges most;
};

AddressTypes parse_address_types(std::string_view list, Family family);

}  // namespace egressc::readers
