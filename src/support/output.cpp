#include "support/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

#include "support/descriptor.h"
#include "support/staged_file.h"

namespace egressc {
namespace {

Result<Done> write_to(int fd, std::string_view name, std::string_view text) {
  const int error_number = write_all(fd, text);
  if (error_number != 0) return system_failure(name, error_number);
  return Done{};
}

// /dev/stdout and its kin are links that may end at a regular file, which its reader would lose if it were replaced.
std::optional<int> own_descriptor(std::string_view path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view directory : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(directory)) continue;
    path.remove_prefix(directory.size());
    int fd = -1;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), fd);
    if (error == std::errc{} && end == path.data() + path.size() && fd >= 0) return fd;
  }
  return std::nullopt;
}

bool is_special(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

class MadeDirectory {
 public:
  explicit MadeDirectory(const std::string& path) : path_(path), made_(::mkdir(path.c_str(), 0755) == 0) {}
  MadeDirectory(const MadeDirectory&) = delete;
  MadeDirectory& operator=(const MadeDirectory&) = delete;
  ~MadeDirectory() {
    if (made_) ::rmdir(path_.c_str());  // fails, as it should, once files are in it
  }

 private:
  const std::string& path_;
  bool made_;
};

}  // namespace

Result<Done> write_file_atomically(const std::string& path, std::string_view text) {
  if (const auto fd = own_descriptor(path)) return write_to(*fd, path, text);
  if (is_special(path)) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) return system_failure(path, errno);
    return write_to(file.get(), path, text);
  }
  auto staged = StagedFile::stage(path, text);
  if (!staged) return staged.failure();
  return staged->commit();
}

Result<Done> write_directory(const std::string& directory, std::span<const OutputFile> files) {
  const MadeDirectory made(directory);
  struct stat status;
  if (::stat(directory.c_str(), &status) != 0) return system_failure(directory, errno);
  if (!S_ISDIR(status.st_mode)) return system_failure(directory, ENOTDIR);
  std::vector<StagedFile> staged;
  staged.reserve(files.size());
  for (const OutputFile& file : files) {
    auto one = StagedFile::stage(directory + "/" + file.name, file.text);
    if (!one) return one.failure();
    staged.push_back(std::move(*one));
  }
  for (StagedFile& file : staged) {
    auto placed = file.commit();
    if (!placed) return placed;
  }
  return Done{};
}

Result<Done> write_stdout(std::string_view text) { return write_to(STDOUT_FILENO, "standard output", text); }

Result<Done> write_stderr(std::string_view text) { return write_to(STDERR_FILENO, "standard error", text); }

}  // namespace egressc
