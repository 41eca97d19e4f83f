// Resolvers that answer anybody over encrypted channels.
#pragma once

#include <optional>
#include <string_view>

#include "egressc/address.h"
#include "egressc/name.h"

namespace egressc {

// The table's name that is `name` or above it; "" if it is none of them.
std::string_view public_resolver(const DomainName& name);
// The same by address.
std::string_view public_resolver(const Address& address);

}  // namespace egressc
