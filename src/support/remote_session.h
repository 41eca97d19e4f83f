// Whether somebody would be cut off with the network.
#pragma once

namespace egressc {

// Whether this process belongs to an ssh session: SSH_CONNECTION is set (ssh(1)), or a process that it descends from is
// sshd(8), since sudo(8) takes the variable away.
bool in_ssh_session();

}  // namespace egressc
