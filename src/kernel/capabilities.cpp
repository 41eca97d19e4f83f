#include "kernel/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cassert>

namespace egressc::kernel {

bool has_capability(int capability) {
  assert(capability < 32);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  return ::syscall(SYS_capget, &header, data) == 0 && (data[0].effective >> capability & 1) != 0;
}

}  // namespace egressc::kernel
