// Functions of libc that libnftables calls and that this program has of its own: the first definition that the dynamic
// linker finds is the one that everybody gets (ld.so(8)). They do what it does, until a child process says otherwise.
#pragma once

namespace egressc::kernel {

// From now on no user and no group has a name here. For "1001" libnftables looks for a user of that name first.
void forget_names();

// What is sent next with sendmsg(2), by which libnftables sends the transaction and nothing else, is not: it is written
// to the standard output, and the process ends, with status `sent`, or `failed` if it cannot be written.
void end_before_sending(int sent, int failed);

}  // namespace egressc::kernel
