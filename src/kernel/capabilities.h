// What the calling thread may do.
#pragma once

namespace egressc::kernel {

// Whether one of linux/capability.h, a number below 32, is in effect: capabilities(7).
bool has_capability(int capability);

}  // namespace egressc::kernel
