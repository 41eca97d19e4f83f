// For LD_PRELOAD: this kernel lacks the nf_tables expression EGRESSC_TEST_MISSING. Its name in what is sent becomes one
// that no kernel has, so the kernel itself refuses the rule, in the way in which it refuses what is not built in.
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

extern "C" ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  static auto* const real = reinterpret_cast<ssize_t (*)(int, const msghdr*, int)>(::dlsym(RTLD_NEXT, "sendmsg"));
  const char* const missing = std::getenv("EGRESSC_TEST_MISSING");
  if (missing == nullptr) return real(socket, message, flags);
  const std::string_view name(missing, std::string_view(missing).size() + 1);  // with its NUL
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    char* const begin = static_cast<char*>(message->msg_iov[i].iov_base);
    char* const end = begin + message->msg_iov[i].iov_len;
    for (char* at = begin; (at = std::search(at, end, name.begin(), name.end())) != end; ++at) *at = 'X';
  }
  return real(socket, message, flags);
}
