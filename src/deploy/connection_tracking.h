// Whether the kernel knows the connections that live.
#pragma once

#include "kernel/kernel.h"

namespace egressc {

// Whether rules of the listing make the kernel track connections, over both families: those that have begun before that
// are NEW to the first rule that asks. In doubt it is no.
bool tracks_connections(const Listing& listing);

}  // namespace egressc
