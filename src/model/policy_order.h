// The one order of grants.
#pragma once

#include <compare>

#include "egressc/policy.h"

namespace egressc {

// Names before prefixes; then names, prefix, services, addresses, live, expires, comment. Evidence does not count.
std::strong_ordering order_of(const Grant& a, const Grant& b);
std::strong_ordering order_of(const Review& a, const Review& b);

// The same without services: equal entries can become one by putting their services together. Entries of review that
// name no service (a claim without a port) stay apart from those that do.
std::strong_ordering merge_order_of(const Grant& a, const Grant& b);
std::strong_ordering merge_order_of(const Review& a, const Review& b);

}  // namespace egressc
