// Networks that are not the internet.
#pragma once

#include "egressc/address.h"

namespace egressc {

// Whether a part of the prefix is in a private network: RFC 1918, RFC 6598 (carriers), RFC 4193 (unique local), or
// link-local (RFC 3927, RFC 4291).
bool is_private(const Prefix& prefix);

}  // namespace egressc
