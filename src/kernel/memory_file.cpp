#include "kernel/memory_file.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "egressc/diagnostics.h"

namespace egressc::kernel {

Failure failed(std::string_view what, int error_number) {
  return {fmt::format("{}: {}", printable(what, 4096), std::generic_category().message(error_number))};
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size >= 0)
      text.remove_prefix(static_cast<std::size_t>(size));
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

Result<OwnedFd> memory_file(std::string_view text) {
  OwnedFd file(::memfd_create("egressc", MFD_CLOEXEC));
  if (!file) return failed("memfd_create", errno);
  if (const int error_number = write_all(file.get(), text); error_number != 0)
    return failed("memory for a child process", error_number);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return failed("lseek", errno);
  return file;
}

Result<std::string> read_all(const OwnedFd& file) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return failed("fstat", errno);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t size = ::pread(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("what a child process wrote", errno);
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  text.resize(done);
  return text;
}

}  // namespace egressc::kernel
