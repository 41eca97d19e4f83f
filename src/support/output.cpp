#include "support/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
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

// Where somebody else can put a link, or a file that then gets what is ours.
bool is_shared(const struct stat& directory) {
  const uid_t self = ::geteuid();
  return (directory.st_uid != self && directory.st_uid != 0) || (directory.st_mode & S_IWOTH) != 0 ||
         ((directory.st_mode & S_IWGRP) != 0 && directory.st_gid != ::getegid());
}

// The file that is to be replaced: a name in an open directory. Links on the way are followed one by one, and none that
// somebody else could have made.
class Place {
 public:
  static Result<Place> find(const std::string& path) {
    Place place(path);
    std::vector<std::string> left = names_of(path);
    if (left.empty()) return system_failure(path, path.empty() ? ENOENT : EISDIR);
    if (const int error_number = place.enter(path.starts_with('/') ? "/" : "."); error_number != 0)
      return system_failure(path, error_number);
    bool is_of_link = false;  // what comes last stands in a link
    for (int links = 0;;) {
      place.name = std::move(left.back());
      left.pop_back();
      struct stat status;
      if (::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT || !left.empty()) return system_failure(path, errno);
        if (is_of_link) return Failure{fmt::format("{}: the symbolic link leads nowhere", printable(path, 4096))};
        return place;
      }
      if (S_ISLNK(status.st_mode)) {
        if (is_shared(place.around))
          return Failure{
              fmt::format("{}: {} is a symbolic link in a directory that others can write: name the file "
                          "that it leads to",
                          printable(path, 4096), printable(place.name))};
        if (++links > most_links) return system_failure(path, ELOOP);
        is_of_link = is_of_link || left.empty();
        if (const int error_number = place.follow(left); error_number != 0) return system_failure(path, error_number);
        continue;
      }
      if (left.empty()) {
        place.old = status;
        return place;
      }
      if (const int error_number = place.enter(place.name.c_str()); error_number != 0)
        return system_failure(path, error_number);
    }
  }

  // Why nothing may take its place, or nullopt.
  std::optional<Failure> obstacle() const {
    if (!old) return std::nullopt;
    if (S_ISDIR(old->st_mode)) return system_failure(path, EISDIR);
    if (is_shared(around) && old->st_uid != ::geteuid() && old->st_uid != 0 && old->st_uid != around.st_uid)
      return Failure{
          fmt::format("{}: it belongs to another user, in a directory that others can write", printable(path, 4096))};
    return std::nullopt;
  }

  bool is_special() const { return old && !S_ISREG(old->st_mode) && !S_ISDIR(old->st_mode); }

  std::string path;  // as it was named
  Descriptor directory;
  struct stat around = {};  // of the directory
  std::string name;
  std::optional<struct stat> old;  // of what is there

 private:
  static constexpr int most_links = 40;  // as Linux has it: path_resolution(7)

  explicit Place(const std::string& as_named) : path(as_named) {}

  // The last comes first; "x/" has to be a directory.
  static std::vector<std::string> names_of(std::string_view path) {
    std::vector<std::string> names;
    const bool is_directory = path.ends_with('/');
    while (!path.empty())
      if (const std::string_view name = take_until(path, '/'); !name.empty()) names.emplace_back(name);
    if (is_directory) names.emplace_back(".");
    std::reverse(names.begin(), names.end());
    return names;
  }

  int enter(const char* where) {
    const int from = directory ? directory.get() : AT_FDCWD;
    const int no_follow = directory ? O_NOFOLLOW : 0;
    Descriptor next(::openat(from, where, O_PATH | O_DIRECTORY | O_CLOEXEC | no_follow));
    if (!next || ::fstat(next.get(), &around) != 0) return errno;
    directory = std::move(next);
    return 0;
  }

  int follow(std::vector<std::string>& left) {
    char target[PATH_MAX];
    const ssize_t size = ::readlinkat(directory.get(), name.c_str(), target, sizeof target);
    if (size < 0) return errno;
    const std::string_view text(target, static_cast<std::size_t>(size));
    for (std::string& each : names_of(text)) left.push_back(std::move(each));
    if (!text.starts_with('/')) return 0;
    directory = Descriptor();
    return enter("/");
  }
};

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

struct StagedFile::Target {
  Place place;
  std::string temporary;  // its name; "" once it has taken the place

  explicit Target(Place found) : place(std::move(found)) {}
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() {
    if (!temporary.empty()) ::unlinkat(place.directory.get(), temporary.c_str(), 0);
  }

  Result<Descriptor> make_temporary() {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      std::string name = fmt::format("{}{}-{}", prefix, ::getpid(), attempt);
      const int fd =
          ::openat(place.directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
      if (fd >= 0) {
        temporary = std::move(name);
        return Descriptor(fd);
      }
      if (errno != EEXIST) return system_failure(directory_of(place.path), errno);
    }
    return system_failure(directory_of(place.path), EEXIST);
  }
};

Result<StagedFile> StagedFile::stage(const std::string& path, std::string_view text) {
  auto found = Place::find(path);
  if (!found) return found.failure();
  auto target = std::make_unique<Target>(std::move(*found));
  const Place& place = target->place;
  if (const auto obstacle = place.obstacle()) return *obstacle;
  if (place.is_special()) return Failure{fmt::format("{}: not a regular file", printable(place.path, 4096))};
  // rename(2) would replace a file that is protected from writing.
  if (place.old && ::faccessat(place.directory.get(), place.name.c_str(), W_OK, AT_EACCESS) != 0)
    return system_failure(place.path, errno);

  const auto file = target->make_temporary();
  if (!file) return file.failure();
  int error_number = place.old ? take_over(file->get(), *place.old) : 0;
  if (error_number == 0) error_number = write_all(file->get(), text);
  if (error_number == 0 && ::fsync(file->get()) != 0) error_number = errno;
  if (error_number != 0) return system_failure(place.path, error_number);
  return StagedFile(std::move(target));
}

Result<Done> StagedFile::commit() {
  const Place& place = target_->place;
  const int directory = place.directory.get();
  if (::renameat(directory, target_->temporary.c_str(), directory, place.name.c_str()) != 0)
    return system_failure(place.path, errno);
  target_->temporary.clear();
  // The new name outlives a crash only if its directory is written too; not every file system can be asked for that.
  const Descriptor written(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (written) ::fsync(written.get());
  return Done{};
}

StagedFile::StagedFile(std::unique_ptr<Target> target) : target_(std::move(target)) {}
StagedFile::StagedFile(StagedFile&&) noexcept = default;
StagedFile::~StagedFile() = default;

void remove_staged_files(const std::string& directory) {
  const std::unique_ptr<DIR, CloseDirectory> entries(::opendir(directory.c_str()));
  std::vector<std::string> names;
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr)
    if (std::string_view(entry->d_name).starts_with(prefix)) names.emplace_back(entry->d_name);
  for (const std::string& name : names) ::unlink(fmt::format("{}/{}", directory, name).c_str());
}

Result<Done> write_file_atomically(const std::string& path, std::string_view text) {
  if (const auto fd = own_descriptor(path)) return write_to(*fd, path, text);
  const auto place = Place::find(path);
  if (!place) return place.failure();
  if (const auto obstacle = place->obstacle()) return *obstacle;
  if (place->is_special()) {
    const Descriptor file(
        ::openat(place->directory.get(), place->name.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW));
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
