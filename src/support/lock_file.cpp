#include "support/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace egressc {

Result<std::optional<LockFile>> LockFile::take(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_failure(path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return std::optional(LockFile(std::move(file)));
  if (errno == EWOULDBLOCK) return std::optional<LockFile>();
  return system_failure(path, errno);
}

}  // namespace egressc
