#include "support/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <vector>

#include "model/words/text.h"

namespace egressc {
namespace {

constexpr std::string_view prefix = ".egressc-";

struct CloseDirectory {
  void operator()(DIR* open) const { ::closedir(open); }
};

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// The file that is to be replaced: where a link at `path` leads to, else `path`.
Result<std::string> resolve(const std::string& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return system_failure(path, errno);
    return path;
  }
  if (!S_ISLNK(status.st_mode)) return path;
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr)
    return Failure{fmt::format("{}: the symbolic link leads nowhere", printable(path, 4096))};
  return std::string(resolved);
}

struct Temporary {
  std::string path;
  Descriptor file;
};

Result<Temporary> make_temporary(const std::string& directory) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    std::string path = fmt::format("{}{}{}-{}", directory, prefix, ::getpid(), attempt);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd >= 0) return Temporary{std::move(path), Descriptor(fd)};
    if (errno != EEXIST) return system_failure(directory, errno);
  }
  return system_failure(directory, EEXIST);
}

// The owner, group and mode of the old file, as far as we may; never open to more than it was.
int take_over(int fd, const struct stat& old) {
  struct stat now;
  if (::fstat(fd, &now) != 0) return errno;
  mode_t mode = old.st_mode & 0777;
  if (now.st_gid != old.st_gid && ::fchown(fd, static_cast<uid_t>(-1), old.st_gid) != 0) mode &= ~mode_t{070};
  if (::fchmod(fd, mode) != 0) return errno;
  // Last, because whoever has given a file away may not change it any more. Whoever may not give it away keeps it.
  const bool given = now.st_uid == old.st_uid || ::fchown(fd, old.st_uid, static_cast<gid_t>(-1)) == 0;
  return given || errno == EPERM || errno == EINVAL ? 0 : errno;
}

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
    if (!take(path, directory)) continue;
    if (const auto fd = parse_number<int>(path); fd && *fd >= 0) return fd;
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

Result<StagedFile> StagedFile::stage(const std::string& path, std::string_view text) {
  auto target = resolve(path);
  if (!target) return target.failure();
  struct stat old;
  const bool exists = ::stat(target->c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) return system_failure(path, EISDIR);
  if (exists && !S_ISREG(old.st_mode)) return Failure{fmt::format("{}: not a regular file", printable(path, 4096))};
  // rename(2) would replace a file that is protected from writing.
  if (exists && ::faccessat(AT_FDCWD, target->c_str(), W_OK, AT_EACCESS) != 0) return system_failure(path, errno);

  const std::string directory = directory_of(*target);
  auto temporary = make_temporary(directory);
  if (!temporary) return temporary.failure();
  StagedFile staged(std::move(*target), std::move(temporary->path));
  const int fd = temporary->file.get();
  int error_number = exists ? take_over(fd, old) : 0;
  if (error_number == 0) error_number = write_all(fd, text);
  if (error_number == 0 && ::fsync(fd) != 0) error_number = errno;
  if (error_number != 0) return system_failure(path, error_number);
  return staged;
}

Result<Done> StagedFile::commit() {
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return system_failure(target_, errno);
  temporary_.clear();
  // The new name outlives a crash only if its directory is written too; not every file system can be asked for that.
  const Descriptor directory(::open(directory_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) ::fsync(directory.get());
  return Done{};
}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void remove_staged_files(const std::string& directory) {
  const std::unique_ptr<DIR, CloseDirectory> entries(::opendir(directory.c_str()));
  std::vector<std::string> names;
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr)
    if (std::string_view(entry->d_name).starts_with(prefix)) names.emplace_back(entry->d_name);
  for (const std::string& name : names) ::unlink(fmt::format("{}/{}", directory, name).c_str());
}

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
