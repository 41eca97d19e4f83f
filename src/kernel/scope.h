// A systemd scope of its own (systemd.scope(5)), which outlives the session or the service that a process came from.
#pragma once

#include <string>
#include <vector>

namespace egressc::kernel {

std::string scope_name(int pid);

// What busctl(1) is given: org.freedesktop.systemd1(5), StartTransientUnit.
std::vector<std::string> scope_arguments(int pid);

// Moves the calling process. "" if that is done, or if systemd does not run this system; or why it is not.
std::string enter_own_scope();

}  // namespace egressc::kernel
