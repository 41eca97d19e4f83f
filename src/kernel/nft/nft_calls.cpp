#include "kernel/nft/nft_calls.h"

#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <string_view>

#include "kernel/process/process.h"

namespace egressc::kernel {
namespace {

struct Instead {
  bool names_are_forgotten = false;
  bool ends = false;
  int sent = 0;
  int failed = 0;
};
Instead instead;  // of this process, which has one thread once anything of it is set

[[noreturn]] void end_with(const msghdr& message) {
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
    const iovec& part = message.msg_iov[i];
    if (write_all(STDOUT_FILENO, {static_cast<const char*>(part.iov_base), part.iov_len}) != 0) ::_exit(instead.failed);
  }
  ::_exit(instead.sent);
}

// What the next definition is of a function of this type, which is that of libc or of what stands before it.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <typename Entry>
Entry* look_up(const char* function, const char* name) {
  if (instead.names_are_forgotten) return nullptr;
  auto* const look_up = next<Entry*(const char*)>(function);
  return look_up == nullptr ? nullptr : look_up(name);
}

}  // namespace

void forget_names() { instead.names_are_forgotten = true; }

void end_before_sending(int sent, int failed) {
  instead.ends = true;
  instead.sent = sent;
  instead.failed = failed;
}

}  // namespace egressc::kernel

extern "C" {

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (egressc::kernel::instead.ends) egressc::kernel::end_with(*message);
  static auto* const send = egressc::kernel::next<ssize_t(int, const msghdr*, int)>("sendmsg");
  return send(fd, message, flags);
}

passwd* getpwnam(const char* name) { return egressc::kernel::look_up<passwd>("getpwnam", name); }

group* getgrnam(const char* name) { return egressc::kernel::look_up<group>("getgrnam", name); }
}
